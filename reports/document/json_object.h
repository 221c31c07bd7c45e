#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/document/json_text.h"
#include "reports/document/vocabulary.h"

namespace pidproof::reports {

// One object of a document that may come from anywhere, read key by key. Every getter gives a value
// of exactly the type asked for or throws std::runtime_error with one line: the place, what is
// wrong there, and the fix. Keys that no caller asks for are ignored, since the document grows by
// additions.
class JsonObject {
 public:
  // Throws unless `value` is an object. `place` is how messages call it, such as "cells[3]". The
  // value must outlive this.
  JsonObject(const Json& value, std::string place);

  bool Has(const char* key) const { return value_->contains(key); }

  std::string String(const char* key) const;
  std::string StringOrNull(const char* key) const;  // null reads as ""
  std::string OneOf(const char* key, std::span<const Word> list) const;
  template <Closed Enum>
  Enum OneOf(const char* key) const {
    return *Named<Enum>(OneOf(key, WordsOf(Enum{})));
  }
  std::uint64_t Count(const char* key, std::uint64_t most = UINT64_MAX) const;
  double Amount(const char* key) const;  // never negative
  bool Flag(const char* key) const;
  JsonObject Object(const char* key) const;

  // Calls visit(JsonObject) for each row of a list of objects.
  template <typename Visit>
  void ForEachRow(const char* key, Visit visit) const {
    const Json& list = List(key);
    for (std::size_t i = 0; i < list.size(); ++i) {
      visit(JsonObject(list[i], Place(key) + "[" + std::to_string(i) + "]"));
    }
  }

  // A list of counts.
  std::vector<std::uint64_t> Counts(const char* key, std::uint64_t most) const;
  std::vector<double> Amounts(const char* key) const;  // none is negative

  // Calls visit(key, count) for each member of an object of counts.
  template <typename Visit>
  void ForEachCount(const char* key, Visit visit) const {
    const JsonObject counts = Object(key);
    for (const auto& [word, count] : counts.value_->items()) {
      visit(word, counts.Count(word.c_str()));
    }
  }

  // The same for an object whose keys are words of that list.
  template <typename Visit>
  void ForEachCountOf(std::span<const Word> list, const char* key, Visit visit) const {
    ForEachCount(key, [&](const std::string& word, std::uint64_t count) {
      RefuseUnless(list, key, word);
      visit(word, count);
    });
  }

  // Refuses the document on account of `key`.
  [[noreturn]] void Refuse(std::string_view key, std::string_view wrong_and_fix) const;

 private:
  const Json& At(const char* key, std::string_view type) const;
  const Json& List(const char* key) const;
  std::string Place(std::string_view key) const;
  // Refuses a word of `key` that the list does not hold.
  void RefuseUnless(std::span<const Word> list, const char* key, std::string_view word) const;

  const Json* value_;
  std::string place_;
};

// A string of unknown origin as one short, quoted line of ASCII, fit for a message.
std::string Quoted(std::string_view text);

}  // namespace pidproof::reports
