#include "runner/exit_style.h"

#include <algorithm>
#include <iterator>

#include "reports/document/gaps.h"
#include "reports/formats/cases.h"
#include "runner/gate.h"

namespace pidproof::runner {

namespace {

struct Style {
  std::string_view name;
  ExitStyle style;
  int pass;
  int fail;
  int skip;   // nothing was decided
  int error;  // rows that could not be run to their end, or a gap in the document
  int usage;
};

constexpr Style kStyles[] = {
    {"native", ExitStyle::kNative, 0, 1, 3, 3, 2},
    {"kselftest", ExitStyle::kKselftest, 0, 1, 4, 1, 1},
    {"ltp", ExitStyle::kLtp, 0, 1, 32, 2, 2},
    {"automake", ExitStyle::kAutomake, 0, 1, 77, 99, 99},
    {"bisect", ExitStyle::kBisect, 0, 1, 125, 125, 128},
    {"nagios", ExitStyle::kNagios, 0, 2, 3, 3, 3},
    {"npd", ExitStyle::kNpd, 0, 1, 2, 2, 2},
    {"execcondition", ExitStyle::kExecCondition, 0, 1, 3, 3, 255},
    {"always-zero", ExitStyle::kAlwaysZero, 0, 0, 0, 0, 2},
};

const Style& RowOf(ExitStyle style) { return *std::ranges::find(kStyles, style, &Style::style); }

bool DecidesNothing(const std::vector<reports::formats::Case>& cases) {
  return std::ranges::none_of(cases, [](const reports::formats::Case& each) {
    return each.result == reports::formats::Result::kPass && !each.row.empty();
  });
}

}  // namespace

std::vector<std::string> ExitStyleNames() {
  std::vector<std::string> names;
  for (const Style& each : kStyles) names.emplace_back(each.name);
  return names;
}

std::optional<ExitStyle> ExitStyleOf(std::string_view name) {
  const auto* const row = std::ranges::find(kStyles, name, &Style::name);
  return row == std::end(kStyles) ? std::nullopt : std::optional(row->style);
}

int StatusOf(const reports::Document& document, ExitStyle style) {
  if (style == ExitStyle::kNative) return reports::ExitStatus(document);
  const Style& row = RowOf(style);
  const auto cases = reports::formats::CasesOf({"", document}, true);
  const reports::formats::Totals totals = reports::formats::Count(cases);
  const bool nothing = DecidesNothing(cases);
  if (totals.fail > 0 && style == ExitStyle::kLtp && totals.error > 0) return row.fail | row.error;
  if (totals.fail > 0) return row.fail;
  if (nothing && reports::Gaps(document).empty()) return row.skip;
  if (totals.error > 0) return row.error;
  // A bisection that only looks at what was asked for cannot pass a kernel that left it open.
  if (style == ExitStyle::kBisect && reports::ExitStatus(document) != 0) return row.skip;
  return row.pass;
}

int StatusAs(int native, ExitStyle style) {
  const Style& row = RowOf(style);
  switch (native) {
    case 0:
      return row.pass;
    case 1:
      return row.fail;
    case kUndecided:
      return row.error;
    default:
      return row.usage;
  }
}

ExitStyle ExitStyleIn(int argc, char** argv) {
  constexpr std::string_view kOption = "--exit-style";
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument(argv[i]);
    std::optional<ExitStyle> style;
    if (argument == kOption && i + 1 < argc) style = ExitStyleOf(argv[i + 1]);
    if (argument.starts_with(kOption) && argument.substr(kOption.size()).starts_with('='))
      style = ExitStyleOf(argument.substr(kOption.size() + 1));
    if (style) return *style;
  }
  return ExitStyle::kNative;
}

}  // namespace pidproof::runner
