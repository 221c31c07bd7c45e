#include "reports/document/json_object.h"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace pidproof::reports {
namespace {

std::string ListOf(std::span<const Word> list) {
  std::string words;
  for (const Word& word : list) {
    if (!words.empty()) words += ", ";
    words += word.word;
  }
  return words;
}

}  // namespace

std::string Quoted(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  const bool cut = text.size() > kLongest;
  const std::string shown(text.substr(0, kLongest));
  return AsciiJsonLine(shown) + (cut ? "..." : "");
}

JsonObject::JsonObject(const Json& value, std::string place)
    : value_(&value), place_(std::move(place)) {
  if (!value.is_object()) {
    const std::string here = place_.empty() ? "the document" : place_;
    throw std::runtime_error(
        fmt::format("{} must be an object, but is of type {}: give what pidproof wrote", here,
                    value.type_name()));
  }
}

std::string JsonObject::Place(std::string_view key) const {
  const bool plain = key.size() < 60 &&
                     key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos;
  const std::string name = plain ? std::string(key) : Quoted(key);
  return place_.empty() ? name : place_ + "." + name;
}

void JsonObject::Refuse(std::string_view key, std::string_view wrong_and_fix) const {
  throw std::runtime_error(fmt::format("{} {}", Place(key), wrong_and_fix));
}

const Json& JsonObject::At(const char* key, std::string_view type) const {
  const auto found = value_->find(key);
  if (found == value_->end()) Refuse(key, fmt::format("is missing: add it, {}", type));
  return *found;
}

const Json& JsonObject::List(const char* key) const {
  const Json& list = At(key, "a list");
  if (!list.is_array()) {
    Refuse(key, fmt::format("is of type {}: make it a list", list.type_name()));
  }
  return list;
}

JsonObject JsonObject::Object(const char* key) const {
  return JsonObject(At(key, "an object"), Place(key));
}

std::string JsonObject::String(const char* key) const {
  const Json& value = At(key, "a string");
  if (!value.is_string()) {
    Refuse(key, fmt::format("is of type {}: make it a string", value.type_name()));
  }
  return value.get<std::string>();
}

std::string JsonObject::StringOrNull(const char* key) const {
  return At(key, "a string or null").is_null() ? std::string() : String(key);
}

std::string JsonObject::OneOf(const char* key, std::span<const Word> list) const {
  std::string word = String(key);
  RefuseUnless(list, key, word);
  return word;
}

void JsonObject::RefuseUnless(std::span<const Word> list, const char* key,
                              std::string_view word) const {
  if (std::ranges::find(list, word, &Word::word) != list.end()) return;
  Refuse(key, fmt::format("is {}: make it one of {}", Quoted(word), ListOf(list)));
}

std::uint64_t JsonObject::Count(const char* key, std::uint64_t most) const {
  const Json& value = At(key, "a whole number from 0");
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most) {
    const std::string is = value.is_number() ? JsonLine(value) : value.type_name();
    Refuse(key, fmt::format("is {}: make it a whole number from 0 to {}", is, most));
  }
  return value.get<std::uint64_t>();
}

std::vector<std::uint64_t> JsonObject::Counts(const char* key, std::uint64_t most) const {
  std::vector<std::uint64_t> counts;
  for (const Json& value : List(key)) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most) {
      Refuse(key, fmt::format("is not a list of whole numbers from 0 to {}: make it one", most));
    }
    counts.push_back(value.get<std::uint64_t>());
  }
  return counts;
}

std::vector<double> JsonObject::Amounts(const char* key) const {
  std::vector<double> amounts;
  for (const Json& value : List(key)) {
    if (!value.is_number() || value.get<double>() < 0) {
      Refuse(key, "is not a list of numbers from 0: make it one");
    }
    amounts.push_back(value.get<double>());
  }
  return amounts;
}

double JsonObject::Amount(const char* key) const {
  const Json& value = At(key, "a number from 0");
  if (!value.is_number() || value.get<double>() < 0) {
    const std::string is = value.is_number() ? JsonLine(value) : value.type_name();
    Refuse(key, fmt::format("is {}: make it a number from 0", is));
  }
  return value.get<double>();
}

bool JsonObject::Flag(const char* key) const {
  const Json& value = At(key, "true or false");
  if (!value.is_boolean()) {
    Refuse(key, fmt::format("is of type {}: make it true or false", value.type_name()));
  }
  return value.get<bool>();
}

}  // namespace pidproof::reports
