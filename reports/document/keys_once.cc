#include "reports/document/keys_once.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "reports/document/json_object.h"

namespace pidproof::reports {

namespace {

// Follows a parser through the text, object by object, and keeps no value.
class KeysOnce final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return NextElement(); }
  bool boolean(bool) override { return NextElement(); }
  bool number_integer(number_integer_t) override { return NextElement(); }
  bool number_unsigned(number_unsigned_t) override { return NextElement(); }
  bool number_float(number_float_t, const string_t&) override { return NextElement(); }
  bool string(string_t&) override { return NextElement(); }
  bool binary(binary_t&) override { return NextElement(); }
  bool start_object(std::size_t) override { return Begin(false); }
  bool start_array(std::size_t) override { return Begin(true); }
  bool end_object() override { return End(); }
  bool end_array() override { return End(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }
  bool key(string_t& key) override {
    if (!levels_.back().keys.insert(key).second) {
      throw std::runtime_error(
          fmt::format("the key {} stands twice in {}: keep one", Quoted(key), Place()));
    }
    levels_.back().key = std::move(key);
    return true;
  }

 private:
  struct Level {
    bool is_list = false;
    std::size_t elements = 0;  // begun, of a list
    std::set<std::string, std::less<>> keys = {};
    std::string key = {};  // the last one
  };

  bool Begin(bool is_list) {
    NextElement();
    levels_.push_back({.is_list = is_list});
    return true;
  }
  bool End() {
    levels_.pop_back();
    return true;
  }
  bool NextElement() {
    if (!levels_.empty()) ++levels_.back().elements;
    return true;
  }

  // Of the innermost object, cut where it is too long for a line.
  std::string Place() const {
    constexpr std::size_t kLongest = 200;
    std::string place;
    for (std::size_t i = 0; i + 1 < levels_.size(); ++i) {
      if (place.size() > kLongest) return place + " ...";
      const Level& level = levels_[i];
      place += level.is_list ? fmt::format("[{}]", level.elements - 1)
                             : fmt::format("{}{}", i == 0 ? "" : ".", Quoted(level.key));
    }
    return place.empty() ? "the whole" : place;
  }

  std::vector<Level> levels_;
};

}  // namespace

void RefuseRepeatedKeys(std::string_view text) {
  KeysOnce keys;
  nlohmann::json::sax_parse(text, &keys);
}

}  // namespace pidproof::reports
