// JUnit's XML, in the part that Jenkins, GitLab and GitHub's actions read alike: a reason is an
// attribute, since Jenkins shows no other text of a skipped case; a time has no zone.
#include <fmt/format.h>

#include <map>

#include "reports/formats/cases.h"
#include "reports/formats/format.h"
#include "reports/html/markup.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::formats::junit {

namespace {

using html::Escaped;

constexpr std::size_t kLongestReason = 1000;

std::string Attribute(std::string_view name, std::string_view value) {
  return fmt::format(" {}=\"{}\"", name, Escaped(value));
}

// Of skipped cases only a suite has a count (junit-10.xsd of Jenkins' xunit plugin).
std::string Counts(const Totals& totals) {
  return fmt::format(" tests=\"{}\" failures=\"{}\" errors=\"{}\"",
                     totals.pass + totals.fail + totals.skip + totals.error, totals.fail,
                     totals.error);
}

std::string Outcome(const Case& each) {
  const std::string message =
      Attribute("message", text::Printable(each.reason.substr(0, kLongestReason)));
  switch (each.result) {
    case Result::kFail:
      return fmt::format("<failure type=\"violated\"{}/>", message);
    case Result::kError:
      return fmt::format("<error type=\"error\"{}/>", message);
    case Result::kTimeout:
      return fmt::format("<error type=\"timeout\"{}/>", message);
    case Result::kSkip:
      return fmt::format("<skipped{}/>", message);
    case Result::kPass:
      break;
  }
  return each.reason.empty() ? ""
                             : fmt::format("<system-out>{}</system-out>", Escaped(each.reason));
}

std::string TestCase(const Case& each) {
  const std::string head = fmt::format(
      "    <testcase{}{} time=\"{:.3f}\"", Attribute("classname", "pidproof." + each.suite),
      Attribute("name", each.name.substr(each.suite.size() + 1)), each.seconds.value_or(0));
  const std::string outcome = Outcome(each);
  return outcome.empty() ? head + "/>\n" : fmt::format("{}>{}</testcase>\n", head, outcome);
}

std::string Property(std::string_view name, std::string_view value) {
  return fmt::format("      <property{}{}/>\n", Attribute("name", name),
                     Attribute("value", text::Printable(value)));
}

// "2026-11-30T12:00:00Z" without the zone; empty where the document's is none.
std::string WithoutZone(const std::string& started) {
  return IsTime(started) ? started.substr(0, started.size() - 1) : "";
}

std::string Suite(const std::string& suite, const std::vector<Case>& cases,
                  const Document& document) {
  double seconds = 0;
  for (const Case& each : cases) seconds += each.seconds.value_or(0);
  const Totals totals = Count(cases);
  std::string text =
      fmt::format("  <testsuite{}{} skipped=\"{}\" time=\"{:.3f}\"{}>\n    <properties>\n",
                  Attribute("name", suite), Counts(totals), totals.skip, seconds,
                  Attribute("timestamp", WithoutZone(document.run.started)));
  text += Property("release", document.host.release) + Property("machine", document.host.machine) +
          Property("tool", document.tool) + "    </properties>\n";
  for (const Case& each : cases) text += TestCase(each);
  return text + "  </testsuite>\n";
}

std::string Junit(const std::vector<compare::NamedDocument>& documents, const Settings&) {
  std::vector<Case> all;
  std::string suites;
  for (const compare::NamedDocument& named : documents) {
    std::map<std::string, std::vector<Case>> by_suite;
    for (const Case& each : CasesOf(named, documents.size() == 1)) {
      by_suite[each.suite].push_back(each);
      all.push_back(each);
    }
    for (const auto& [suite, cases] : by_suite) suites += Suite(suite, cases, named.document);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pidproof\"{}>\n{}"
      "</testsuites>\n",
      Counts(Count(all)), suites);
}

const Registered<Format> kJunit{{
    .name = "junit",
    .summary = "JUnit's XML: Jenkins, GitLab, GitHub",
    .render = Junit,
}};

}  // namespace

}  // namespace pidproof::reports::formats::junit
