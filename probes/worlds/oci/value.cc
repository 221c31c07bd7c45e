#include "probes/worlds/oci/value.h"

#include <fmt/format.h>

#include <stdexcept>

namespace pidproof::oci {

std::optional<Value> Value::Find(std::string_view key) const {
  if (!json_.is_object()) Complain("is not an object; use {...}");
  const auto at = json_.find(std::string(key));
  if (at == json_.end() || at->is_null()) return std::nullopt;
  return Value(*at, PlaceOf(key));
}

Value Value::At(std::string_view key) const {
  const std::optional<Value> found = Find(key);
  if (!found) throw std::invalid_argument(fmt::format("{} is missing; add it", PlaceOf(key)));
  return *found;
}

std::vector<Value> Value::ItemsAt(std::string_view key) const {
  const std::optional<Value> list = Find(key);
  std::vector<Value> items;
  if (!list) return items;
  if (!list->json_.is_array()) list->Complain("is not a list; use [...]");
  for (std::size_t i = 0; i < list->json_.size(); ++i) {
    items.emplace_back(list->json_[i], fmt::format("{}[{}]", list->place_, i));
  }
  return items;
}

std::vector<std::string> Value::TextsAt(std::string_view key) const {
  std::vector<std::string> texts;
  for (const Value& item : ItemsAt(key)) texts.push_back(item.Text());
  return texts;
}

std::string Value::Text() const {
  if (!json_.is_string()) Complain("is not text; use \"...\"");
  return json_.get<std::string>();
}

std::uint64_t Value::Number(std::uint64_t highest) const {
  if (!json_.is_number_unsigned() || json_.get<std::uint64_t>() > highest) {
    Complain(fmt::format("is not a whole number from 0 to {}; write one", highest));
  }
  return json_.get<std::uint64_t>();
}

void Value::Complain(std::string_view complaint) const {
  constexpr std::size_t kShort = 60;
  const bool plain = json_.is_primitive();
  const std::string shown =
      plain ? json_.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace) : "";
  const bool fits = plain && shown.size() <= kShort;
  throw std::invalid_argument(fmt::format("{}{}{} {}", place_.empty() ? "the profile" : place_,
                                          fits ? " " : "", fits ? shown : "", complaint));
}

std::string Value::PlaceOf(std::string_view key) const {
  return place_.empty() ? std::string(key) : fmt::format("{}.{}", place_, key);
}

}  // namespace pidproof::oci
