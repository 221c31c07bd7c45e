// TAP version 14 (testanything.org): descriptions behind " - ", reasons as YAML.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reports/document/json_text.h"
#include "reports/formats/cases.h"
#include "reports/formats/format.h"

namespace pidproof::reports::formats::tap14 {

namespace {

bool IsOk(Result result) { return result == Result::kPass || result == Result::kSkip; }

std::string_view Severity(Result result) {
  switch (result) {
    case Result::kFail:
      return "fail";
    case Result::kError:
      return "error";
    case Result::kTimeout:
      return "timeout";
    case Result::kPass:
    case Result::kSkip:
      break;
  }
  return "comment";
}

std::string Tap14(const std::vector<compare::NamedDocument>& documents, const Settings&) {
  const std::vector<Case> cases = Cases(documents);
  std::string text = fmt::format("TAP version 14\n1..{}\n", cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Case& each = cases[i];
    text += fmt::format("{} {} - {}{}\n", IsOk(each.result) ? "ok" : "not ok", i + 1, each.name,
                        each.result == Result::kSkip ? " # SKIP" : "");
    if (each.reason.empty()) continue;
    // A JSON string is a YAML string.
    text += fmt::format("  ---\n  message: {}\n  severity: {}\n  ...\n",
                        JsonLine(Json(each.reason)), Severity(each.result));
  }
  return text;
}

const Registered<Format> kTap14{{
    .name = "tap14",
    .summary = "TAP version 14, with reasons as YAML",
    .render = Tap14,
}};

}  // namespace

}  // namespace pidproof::reports::formats::tap14
