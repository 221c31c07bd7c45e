// GitHub's workflow commands, and the summary of a job. A step shows at most ten annotations of a
// level, and takes a summary of at most 1 MiB.
#include <fmt/format.h>

#include <algorithm>

#include "reports/formats/cases.h"
#include "reports/formats/format.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::formats::github {

namespace {

constexpr std::size_t kMostAnnotations = 10;
constexpr std::size_t kLargestSummary = std::size_t{1} << 20;

bool IsBad(Result result) {
  return result == Result::kFail || result == Result::kError || result == Result::kTimeout;
}

// Percent-encoded as the runner decodes it; a property's value needs ':' and ',' too.
std::string Encoded(std::string_view text, bool property) {
  std::string encoded;
  for (const char c : text) {
    const bool special = c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ','));
    encoded += special ? fmt::format("%{:02X}", static_cast<unsigned char>(c)) : std::string(1, c);
  }
  return encoded;
}

std::string Annotation(std::string_view level, std::string_view title, std::string_view text) {
  return fmt::format("::{} title={}::{}\n", level, Encoded(title, true), Encoded(text, false));
}

// What failed before what could not be run.
std::vector<Case> Bad(const std::vector<Case>& cases) {
  std::vector<Case> bad;
  std::ranges::copy_if(cases, std::back_inserter(bad),
                       [](const Case& each) { return IsBad(each.result); });
  std::ranges::stable_partition(bad, [](const Case& each) { return each.result == Result::kFail; });
  return bad;
}

std::string Annotations(const std::vector<compare::NamedDocument>& documents, const Settings&) {
  const std::vector<Case> bad = Bad(Cases(documents));
  const std::size_t shown = bad.size() <= kMostAnnotations ? bad.size() : kMostAnnotations - 1;
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) text += Annotation("error", bad[i].name, bad[i].reason);
  if (shown < bad.size()) {
    text += Annotation("error", "pidproof", fmt::format("and {} more", bad.size() - shown));
  }
  return text;
}

// As it may stand in a cell of a table, whatever it holds.
std::string InTable(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '|' || c == '\\' || c == '`' || c == '[' || c == ']' || c == '*' || c == '_' ||
        c == '#' || c == '@' || c == '!') {
      safe += '\\';
    }
    safe += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
  }
  return safe;
}

std::string_view ResultWord(Result result) {
  switch (result) {
    case Result::kFail:
      return "failed";
    case Result::kError:
      return "error";
    case Result::kTimeout:
      return "timeout";
    case Result::kSkip:
      return "skipped";
    case Result::kPass:
      break;
  }
  return "passed";
}

// The worst first, so that what does not fit is what was skipped; what simply passed is left out.
std::string Summary(const std::vector<compare::NamedDocument>& documents, const Settings&) {
  std::vector<Case> cases = Cases(documents);
  const Totals totals = Count(cases);
  std::string text = "## pidproof\n\n| environment | kernel | machine |\n|---|---|---|\n";
  for (const compare::NamedDocument& named : documents) {
    text += fmt::format("| {} | {} | {} |\n", InTable(text::Printable(named.name)),
                        InTable(text::Printable(named.document.host.release)),
                        InTable(text::Printable(named.document.host.machine)));
  }
  text += fmt::format("\n{} passed, {} failed, {} errors, {} skipped\n", totals.pass, totals.fail,
                      totals.error, totals.skip);
  std::ranges::stable_sort(cases, {}, [](const Case& each) {
    return each.result == Result::kFail   ? 0
           : IsBad(each.result)           ? 1
           : each.hits                    ? 2
           : each.result == Result::kSkip ? 3
                                          : 4;
  });
  const std::string head = "\n| row | result | reason |\n|---|---|---|\n";
  std::string rows;
  for (const Case& each : cases) {
    if (each.result == Result::kPass && each.reason.empty()) break;
    const std::string row = fmt::format("| {} | {} | {} |\n", InTable(each.name),
                                        ResultWord(each.result), InTable(each.reason));
    if (text.size() + head.size() + rows.size() + row.size() > kLargestSummary - 100) {
      return text + head + rows + "\nThe rest does not fit into a summary.\n";
    }
    rows += row;
  }
  return rows.empty() ? text : text + head + rows;
}

const Registered<Format> kGithub{{
    .name = "github",
    .summary = "annotations of a GitHub workflow, at most ten",
    .render = Annotations,
}};

const Registered<Format> kGithubSummary{{
    .name = "github-summary",
    .summary = "Markdown for $GITHUB_STEP_SUMMARY",
    .render = Summary,
}};

}  // namespace

}  // namespace pidproof::reports::formats::github
