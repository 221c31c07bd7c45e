#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "probes/registry.h"
#include "reports/fleet/answer.h"
#include "reports/fleet/database.h"

namespace pidproof::reports::fleet {

struct Asked {
  std::vector<std::string> words;  // behind the question's name
  std::int64_t now = 0;            // seconds since 1970
};

// A question to a fleet: a `const Registered<Question>` in a file of questions/. ask throws
// std::invalid_argument, in one line, for words that it does not understand.
struct Question {
  std::string_view name;
  std::string_view words;    // what must or may follow: "FEATURE"; empty: nothing
  std::string_view summary;  // one line
  Answer (*ask)(Database& fleet, const Asked& asked);
};

}  // namespace pidproof::reports::fleet
