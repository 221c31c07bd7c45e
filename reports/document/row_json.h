// Rows of the document as JSON objects, written and read by one list of their fields (fields.h).
#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "reports/document/json_object.h"
#include "reports/document/vocabulary.h"

namespace pidproof::reports {

class RowWriter;

template <typename T>
concept IsRow = requires(RowWriter& io, const T& row) {
  Fields(io, row);
};

template <IsRow Row>
Json RowOf(const Row& row);
// Throws as JsonObject does.
template <IsRow Row>
Row ReadRow(const JsonObject& object);

// What stands behind a value limits what is read, and is nothing to the writer.
class RowWriter {
 public:
  template <typename T>
  void Required(const char* key, const T& value, const auto&...) {
    row_[key] = Value(value);
  }
  void OrNull(const char* key, const std::string& text) {
    row_[key] = text.empty() ? Json() : Json(text);
  }
  template <typename T>
  void Optional(const char* key, const T& value, const auto&...) {
    if (IsKnown(value)) row_[key] = Value(value);
  }
  void Derived(const auto& write) { write(row_); }
  Json Take() { return std::move(row_); }

 private:
  static bool IsKnown(bool flag) { return flag; }
  static bool IsKnown(const std::string& text) { return !text.empty(); }
  // JSON has no word for infinity.
  static bool IsKnown(const std::optional<double>& amount) {
    return amount && std::isfinite(*amount);
  }
  template <typename T>
  static bool IsKnown(const std::optional<T>& value) {
    return value.has_value();
  }
  template <typename T>
  static bool IsKnown(const std::vector<T>& rows) {
    return !rows.empty();
  }
  static bool IsKnown(const std::map<std::string, std::uint64_t>& counts) {
    return !counts.empty();
  }

  template <typename T>
  static Json Value(const T& value) {
    return value;
  }
  // A whole number has no ".0", which would be a fifth of what a benchmark takes.
  static Json Value(double amount) {
    constexpr double kExact = 1LL << 53;
    if (amount != std::floor(amount) || std::abs(amount) >= kExact) return amount;
    return static_cast<std::int64_t>(amount);
  }
  static Json Value(const std::vector<double>& amounts) {
    Json list = Json::array();
    for (const double amount : amounts) list.push_back(Value(amount));
    return list;
  }
  template <Closed Enum>
  static Json Value(const Enum& value) {
    return WordOf(value);
  }
  template <typename T>
  static Json Value(const std::optional<T>& value) {
    return Value(*value);
  }
  template <IsRow Row>
  static Json Value(const std::vector<Row>& rows) {
    Json list = Json::array();
    for (const Row& row : rows) list.push_back(RowOf(row));
    return list;
  }

  Json row_ = Json::object();
};

class RowReader {
 public:
  explicit RowReader(const JsonObject& object) : object_(object) {}

  void Required(const char* key, auto& value, const auto&... limit) { Read(key, value, limit...); }
  void OrNull(const char* key, std::string& text) { text = object_.StringOrNull(key); }
  void Optional(const char* key, auto& value, const auto&... limit) {
    if (object_.Has(key)) Read(key, value, limit...);
  }
  void Derived(const auto&) {}

 private:
  template <typename T>
  void Read(const char* key, std::optional<T>& value, const auto&... limit) {
    Read(key, value.emplace(), limit...);
  }
  void Read(const char* key, std::string& text) { text = object_.String(key); }
  void Read(const char* key, std::string& word, std::span<const Word> list) {
    word = object_.OneOf(key, list);
  }
  template <Closed Enum>
  void Read(const char* key, Enum& value) {
    value = object_.OneOf<Enum>(key);
  }
  void Read(const char* key, bool& flag) { flag = object_.Flag(key); }
  void Read(const char* key, double& amount) { amount = object_.Amount(key); }
  template <std::integral Count>
  void Read(const char* key, Count& count,
            std::uint64_t most = std::uint64_t{std::numeric_limits<Count>::max()}) {
    count = static_cast<Count>(object_.Count(key, most));
  }
  void Read(const char* key, std::vector<std::uint64_t>& counts, std::uint64_t most) {
    counts = object_.Counts(key, most);
  }
  void Read(const char* key, std::vector<double>& amounts) { amounts = object_.Amounts(key); }
  void Read(const char* key, std::map<std::string, std::uint64_t>& counts) {
    object_.ForEachCount(
        key, [&](const std::string& word, std::uint64_t count) { counts[word] = count; });
  }
  void Read(const char* key, std::map<std::string, std::uint64_t>& counts,
            std::span<const Word> list) {
    object_.ForEachCountOf(
        list, key, [&](const std::string& word, std::uint64_t count) { counts[word] = count; });
  }
  template <IsRow Row>
  void Read(const char* key, std::vector<Row>& rows) {
    object_.ForEachRow(key, [&](const JsonObject& row) { rows.push_back(ReadRow<Row>(row)); });
  }

  const JsonObject& object_;
};

template <IsRow Row>
Json RowOf(const Row& row) {
  RowWriter io;
  Fields(io, row);
  return io.Take();
}

template <IsRow Row>
Row ReadRow(const JsonObject& object) {
  Row row;
  RowReader io(object);
  Fields(io, row);
  return row;
}

}  // namespace pidproof::reports
