// LAVA: the lines of a result file as test-definitions' send-to-lava.sh reads them, and the signals
// that the dispatcher reads from a console.
#include <fmt/format.h>

#include "reports/formats/cases.h"
#include "reports/formats/format.h"

namespace pidproof::reports::formats::lava {

namespace {

std::string_view LavaWord(Result result) {
  switch (result) {
    case Result::kPass:
      return "pass";
    case Result::kFail:
      return "fail";
    case Result::kSkip:
      return "skip";
    case Result::kError:
    case Result::kTimeout:
      break;
  }
  return "unknown";
}

std::string Lines(const std::vector<compare::NamedDocument>& documents, const Settings&) {
  std::string text;
  for (const Case& each : Cases(documents)) {
    text += fmt::format("{} {}", each.name, LavaWord(each.result));
    text += each.hits ? fmt::format(" {} hits\n", *each.hits) : "\n";
  }
  return text;
}

std::string Signals(const std::vector<compare::NamedDocument>& documents, const Settings&) {
  std::string text;
  for (const Case& each : Cases(documents)) {
    text += fmt::format("<LAVA_SIGNAL_TESTCASE TEST_CASE_ID={} RESULT={}", each.name,
                        LavaWord(each.result));
    text += each.hits ? fmt::format(" MEASUREMENT={} UNITS=hits>\n", *each.hits) : ">\n";
  }
  return text;
}

const Registered<Format> kLines{{
    .name = "lava",
    .summary = "a result file of LAVA's test-definitions",
    .render = Lines,
}};

const Registered<Format> kSignals{{
    .name = "lava-signals",
    .summary = "signals that LAVA's dispatcher reads from the console",
    .render = Signals,
}};

}  // namespace

}  // namespace pidproof::reports::formats::lava
