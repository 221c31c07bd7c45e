#include "reports/formats/cases.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "reports/document/gaps.h"
#include "reports/document/index.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::formats {

namespace {

bool MayStand(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-';
}

Result ResultOf(Verdict verdict) {
  switch (verdict) {
    case Verdict::kUpheld:
    case Verdict::kHazardous:
      return Result::kPass;
    case Verdict::kViolated:
      return Result::kFail;
    case Verdict::kInconclusive:
    case Verdict::kUnsupported:
      return Result::kSkip;
    case Verdict::kHung:
      return Result::kTimeout;
    case Verdict::kCrashed:
    case Verdict::kBroken:
      return Result::kError;
  }
  return Result::kError;
}

// The names of one document: of its suites, and of its rows, no two of which are the same.
class Names {
 public:
  explicit Names(std::string prefix) : prefix_(std::move(prefix)) {}

  std::string Suite(std::string_view world, std::string_view part) const {
    const std::string place = world == kNative ? "" : Dotted(world) + ".";
    return fmt::format("{}{}{}", prefix_, place, part);
  }

  std::string Row(const std::string& suite, std::string_view row) {
    const std::string name = fmt::format("{}.{}", suite, Dotted(row));
    std::string unused = name;
    for (int number = 2; !taken_.insert(unused).second; ++number) {
      unused = fmt::format("{}-{}", name, number);
    }
    return unused;
  }

 private:
  std::string prefix_;
  std::set<std::string> taken_;
};

Case OfFeature(const Feature& feature, Names& names) {
  const std::string suite = names.Suite(feature.world, "features");
  const bool present = feature.availability == Availability::kPresent;
  return {.suite = suite,
          .name = names.Row(suite, feature.feature),
          .result = present ? Result::kPass : Result::kSkip,
          .reason = present ? ""
                            : text::Printable(fmt::format("{}: {}", WordOf(feature.availability),
                                                          feature.evidence)),
          .world = feature.world,
          .row = feature.feature};
}

Case OfCell(const Cell& cell, Names& names) {
  const std::string suite = names.Suite(cell.world, WordOf(cell.path));
  Case each{.suite = suite,
            .name = names.Row(suite, cell.scenario),
            .result = ResultOf(cell.verdict),
            .seconds = cell.seconds,
            .world = cell.world,
            .row = cell.scenario};
  if (cell.verdict == Verdict::kUpheld) return each;
  each.reason = text::Printable(fmt::format("{}: {}", WordOf(cell.verdict), cell.why));
  if (cell.verdict == Verdict::kHazardous && cell.hits.value_or(0) > 0) each.hits = cell.hits;
  return each;
}

Case OfCompleteness(const Document& document, Names& names) {
  const std::vector<std::string> gaps = Gaps(document);
  const std::string undecided = WhyUndecided(document);
  const std::string suite = names.Suite(kNative, "run");
  return {.suite = suite,
          .name = names.Row(suite, "complete"),
          .result = !gaps.empty()       ? Result::kError
                    : undecided.empty() ? Result::kPass
                                        : Result::kSkip,
          .reason =
              text::Printable(gaps.empty() ? undecided : fmt::format("{}", fmt::join(gaps, "; "))),
          .seconds = document.run.seconds};
}

Case OfKernelLog(const Document& document, Names& names) {
  const std::string suite = names.Suite(kNative, "run");
  Case log{.suite = suite, .name = names.Row(suite, "kernel_log")};
  if (!document.kernel_log) {
    log.result = Result::kSkip;
    log.reason = text::Printable(document.run.kernel_watch);
  } else if (!document.kernel_log->empty()) {
    // On a shared kernel another program may have caused it.
    log.result = KernelComplained(document) ? Result::kFail : Result::kSkip;
    log.reason =
        text::Printable(fmt::format("{} ({} in all, {})", document.kernel_log->front().text,
                                    document.kernel_log->size(), document.run.kernel_watch));
  }
  return log;
}

}  // namespace

bool IsTime(std::string_view text) {
  constexpr std::string_view kForm = "0000-00-00T00:00:00Z";
  return std::ranges::equal(text, kForm, [](char c, char form) {
    return form == '0' ? c >= '0' && c <= '9' : c == form;
  });
}

std::string Dotted(std::string_view name) {
  std::string dotted(name);
  for (char& c : dotted) c = c == '/' ? '.' : MayStand(c) ? c : '_';
  return dotted;
}

std::vector<Case> CasesOf(const compare::NamedDocument& named, bool only_document) {
  const Document& document = named.document;
  Names names(only_document ? "" : Dotted(named.name) + ".");
  std::vector<Case> cases = {OfCompleteness(document, names)};
  if (!document.run.kernel_watch.empty()) cases.push_back(OfKernelLog(document, names));
  for (const Feature& feature : document.features) cases.push_back(OfFeature(feature, names));
  for (const Cell& cell : document.cells) cases.push_back(OfCell(cell, names));
  return cases;
}

std::vector<Case> Cases(const std::vector<compare::NamedDocument>& documents) {
  std::vector<Case> cases;
  for (const compare::NamedDocument& named : documents) {
    std::ranges::move(CasesOf(named, documents.size() == 1), std::back_inserter(cases));
  }
  return cases;
}

Totals Count(const std::vector<Case>& cases) {
  Totals totals;
  for (const Case& each : cases) {
    switch (each.result) {
      case Result::kPass:
        ++totals.pass;
        break;
      case Result::kFail:
        ++totals.fail;
        break;
      case Result::kSkip:
        ++totals.skip;
        break;
      case Result::kError:
      case Result::kTimeout:
        ++totals.error;
        break;
    }
  }
  return totals;
}

}  // namespace pidproof::reports::formats
