#include "runner/json_input.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "reports/document/json_object.h"
#include "runner/files.h"

namespace pidproof::runner {

namespace {

using Json = nlohmann::json;
using Event = Json::parse_event_t;

// Follows a parser through the text, object by object.
class KeysOnce {
 public:
  void Take(Event event, const Json& parsed) {
    switch (event) {
      case Event::key:
        return Enter(parsed.get_ref<const std::string&>());
      case Event::value:
        return NextElement();
      case Event::object_start:
      case Event::array_start:
        NextElement();
        levels_.push_back({.is_list = event == Event::array_start});
        return;
      case Event::object_end:
      case Event::array_end:
        levels_.pop_back();
        return;
    }
  }

 private:
  struct Level {
    bool is_list = false;
    std::size_t elements = 0;  // begun, of a list
    std::set<std::string> keys = {};
    std::string key = {};  // the last one
  };

  void Enter(const std::string& key) {
    if (!levels_.back().keys.insert(key).second) {
      throw std::runtime_error(
          fmt::format("the key {} stands twice in {}: keep one", reports::Quoted(key), Place()));
    }
    levels_.back().key = key;
  }

  void NextElement() {
    if (!levels_.empty()) ++levels_.back().elements;
  }

  // Of the innermost object.
  std::string Place() const {
    std::string place;
    for (std::size_t i = 0; i + 1 < levels_.size(); ++i) {
      const Level& level = levels_[i];
      place += level.is_list ? fmt::format("[{}]", level.elements - 1)
                             : fmt::format("{}{}", i == 0 ? "" : ".", reports::Quoted(level.key));
    }
    return place.empty() ? "the whole" : place;
  }

  std::vector<Level> levels_;
};

}  // namespace

std::string ReadJson(const std::string& file) {
  std::string text = ReadInput(file);
  KeysOnce keys;
  const auto follow = [&](int, Event event, const Json& parsed) {
    keys.Take(event, parsed);
    return true;
  };
  try {
    [[maybe_unused]] const Json whole = Json::parse(text, follow, /*allow_exceptions=*/false);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(fmt::format("{}: {}", file, error.what()));
  }
  return text;
}

}  // namespace pidproof::runner
