#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pidproof::oci {

// A value of a profile and its place, such as syscalls[3].args[0].op. A value that is not as it
// should be throws std::invalid_argument whose text begins with the place.
class Value {
 public:
  Value(const nlohmann::json& json, std::string place) : json_(json), place_(std::move(place)) {}

  const std::string& place() const { return place_; }

  // Of an object; nothing where the key is missing or null.
  std::optional<Value> Find(std::string_view key) const;
  Value At(std::string_view key) const;
  // The elements of the list at the key; none where it is missing or null.
  std::vector<Value> ItemsAt(std::string_view key) const;
  std::vector<std::string> TextsAt(std::string_view key) const;

  std::string Text() const;
  std::uint64_t Number(std::uint64_t highest) const;

  // "PLACE COMPLAINT", with the value shown between when it is short.
  [[noreturn]] void Complain(std::string_view complaint) const;

 private:
  std::string PlaceOf(std::string_view key) const;

  const nlohmann::json& json_;
  std::string place_;
};

}  // namespace pidproof::oci
