// KTAP (Documentation/dev-tools/ktap.rst, version 1): flat, since readers lose nested lines. A
// reason stands on a line of its own before the result: LKFT's reader makes what follows "# SKIP" a
// part of the name.
#include <fmt/format.h>

#include "reports/formats/cases.h"
#include "reports/formats/format.h"

namespace pidproof::reports::formats::ktap {

namespace {

std::string_view Start(Result result) {
  return result == Result::kPass || result == Result::kSkip ? "ok" : "not ok";
}

std::string_view Directive(Result result) {
  switch (result) {
    case Result::kSkip:
      return " # SKIP";
    case Result::kError:
      return " # ERROR";
    case Result::kTimeout:
      return " # TIMEOUT";
    case Result::kPass:
    case Result::kFail:
      break;
  }
  return "";
}

std::string Lines(const std::vector<Case>& cases) {
  std::string text;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Case& each = cases[i];
    if (!each.reason.empty()) text += fmt::format("# {}: {}\n", each.name, each.reason);
    text +=
        fmt::format("{} {} {}{}\n", Start(each.result), i + 1, each.name, Directive(each.result));
  }
  return text;
}

std::string Ktap(const std::vector<compare::NamedDocument>& documents, const Settings&) {
  const std::vector<Case> cases = Cases(documents);
  return fmt::format("KTAP version 1\n1..{}\n{}", cases.size(), Lines(cases));
}

// The older head, and the totals, are those of tools/testing/selftests/kselftest.h.
std::string Kselftest(const std::vector<compare::NamedDocument>& documents, const Settings&) {
  const std::vector<Case> cases = Cases(documents);
  const Totals totals = Count(cases);
  return fmt::format(
      "TAP version 13\n1..{}\n{}# Totals: pass:{} fail:{} xfail:0 xpass:0 skip:{} error:{}\n",
      cases.size(), Lines(cases), totals.pass, totals.fail, totals.skip, totals.error);
}

const Registered<Format> kKtap{{
    .name = "ktap",
    .summary = "KTAP version 1: KUnit's tools, LKFT, prove",
    .render = Ktap,
}};

const Registered<Format> kKselftest{{
    .name = "kselftest",
    .summary = "as a kernel selftest prints it, with totals",
    .render = Kselftest,
}};

}  // namespace

}  // namespace pidproof::reports::formats::ktap
