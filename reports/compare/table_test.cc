#include "reports/compare/table.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "reports/document/sample_document_testing.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::compare::table_test {
namespace {

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// An environment whose document has one feature, one cell and something of another world.
NamedDocument Environment(std::string name, Availability availability, Verdict verdict) {
  Document document;
  document.host = {.release = "6.1",
                   .machine = "x86_64",
                   .libc = "",
                   .uid = 0,
                   .isolation = "none: refused",
                   .pid_max = {},
                   .seccomp_mode = {}};
  document.features = {{"native", "pidfd_open", "5.3", availability, "", ""},
                       {"enosys", "elsewhere", "5.3", Availability::kAbsent, "", ""}};
  document.cells = {sample::SampleCell("a/b", Path::kPidfd, verdict, "", 1, {}),
                    sample::InWorld("enosys", sample::SampleCell("c/d", Path::kPidfd,
                                                                 Verdict::kHung, "", 1, {}))};
  return {std::move(name), std::move(document)};
}

std::vector<NamedDocument> Three() {
  std::vector<NamedDocument> three = {
      Environment("old", Availability::kAbsent, Verdict::kUnsupported),
      Environment("new", Availability::kPresent, Verdict::kUpheld),
      Environment("box|<b>", Availability::kFiltered, Verdict::kUnsupported)};
  three[1].document.features.push_back({"native", "clone3", "5.3", Availability::kPresent, "", ""});
  return three;
}

TEST(Table, CountsHowStrongTheEvidenceIsWhereThereAreRaces) {
  std::vector<NamedDocument> three = Three();
  three[1].document.cells[0].opportunities = 5000;
  const std::string table = Table(three, {});
  EXPECT_TRUE(Has(table, "environment  release  machine  isolation  strong/fair/weak\n")) << table;
  EXPECT_TRUE(Has(table, "new          6.1      x86_64   none       1/0/0\n")) << table;
}

TEST(Table, SetsDocumentsSideBySide) {
  EXPECT_EQ(Table(Three(), {}), R"(Environments
     environment  release  machine  isolation
  1  old          6.1      x86_64   none
  2  new          6.1      x86_64   none
  3  box|<b>      6.1      x86_64   none

Features
  feature     1   2    3
  pidfd_open  no  yes  filtered
  clone3      -   yes  -

Verdicts
  scenario  path   1            2       3
  a/b       pidfd  unsupported  upheld  unsupported

)");
}

TEST(Table, MarksEveryAvailability) {
  std::string marks;
  for (const Availability availability :
       {Availability::kPresent, Availability::kAbsent, Availability::kFiltered,
        Availability::kDenied, Availability::kUnclear}) {
    const std::string text = Table({Environment("x", availability, Verdict::kUpheld)}, {});
    const std::size_t at = text.find("pidfd_open  ") + 12;
    marks += text.substr(at, text.find('\n', at) - at) + " ";
  }
  EXPECT_EQ(marks, "yes no filtered denied unclear ");
}

TEST(Table, MarkdownNamesItsColumnsAndEscapesThem) {
  const std::string text = Table(Three(), {.markdown = true, .only_differing = false});
  EXPECT_TRUE(Has(text,
                  "### Features\n\n"
                  "| feature | old | new | box\\|\\<b\\> |\n"
                  "| --- | :-: | :-: | :-: |\n"
                  "| pidfd_open | no | yes | filtered |\n"));
}

TEST(Table, SaysNothingOfIsolationWhereNoTrialWasRun) {
  std::vector<NamedDocument> three = Three();
  EXPECT_TRUE(Has(Table(three, {.markdown = true}), "| release | machine | isolation |"));
  for (NamedDocument& environment : three) environment.document.host.isolation.clear();
  EXPECT_TRUE(Has(Table(three, {.markdown = true}), "| release | machine |\n"));
}

TEST(Table, MarkdownNumbersManyColumns) {
  const auto head = [](std::size_t count) {
    const std::vector<NamedDocument> environments(
        count, Environment("name", Availability::kPresent, Verdict::kUpheld));
    const std::string text = Table(environments, {.markdown = true, .only_differing = false});
    return text.substr(text.find("| feature"), 22);
  };
  EXPECT_EQ(head(8), "| feature | name | nam");
  EXPECT_EQ(head(9), "| feature | 1 | 2 | 3 ");
}

TEST(Table, FoldsEnvironmentsThatSayTheSame) {
  const std::string text = Table({Environment("a", Availability::kPresent, Verdict::kUpheld),
                                  Environment("b", Availability::kAbsent, Verdict::kUpheld),
                                  Environment("c", Availability::kPresent, Verdict::kUpheld)},
                                 {.fold = true});
  EXPECT_TRUE(Has(text, "  1  a            6.1      x86_64   none\n  1  c "));
  EXPECT_TRUE(Has(text, "  feature     1    2\n  pidfd_open  yes  no\n"));
}

TEST(Table, OnlyDifferingLeavesOutWhatIsAlike) {
  std::vector<NamedDocument> two = {Environment("a", Availability::kPresent, Verdict::kUpheld),
                                    Environment("b", Availability::kPresent, Verdict::kViolated)};
  const TableStyle style{.markdown = false, .only_differing = true};
  const std::string text = Table(two, style);
  EXPECT_TRUE(Has(text, "Features  (1 left out that are the same everywhere)\n\n"));
  EXPECT_FALSE(Has(text, "pidfd_open"));
  EXPECT_TRUE(Has(text, "a/b       pidfd  upheld  violated\n"));
  two[1].document.features.clear();  // a document that does not say differs from one that does
  EXPECT_TRUE(Has(Table(two, style), "  pidfd_open  yes  -\n"));
}

TEST(Table, ManyEnvironmentsFoldAtTheTerminalsWidth) {
  const std::vector<NamedDocument> many(
      24, Environment("name", Availability::kFiltered, Verdict::kInconclusive));
  const std::string table = Table(many, {});
  std::istringstream text(table);
  for (std::string line; std::getline(text, line);) EXPECT_LE(text::Width(line), 100U) << line;
  std::size_t marks = 0;
  for (auto at = table.find("inconclusive"); at != std::string::npos;
       at = table.find("inconclusive", at + 1)) {
    ++marks;
  }
  EXPECT_EQ(marks, 24U);
}

TEST(Table, StringsOfTheDocumentCannotSteerTheTerminal) {
  for (const bool markdown : {false, true}) {
    const std::string text = Table({{"\x1b[2J", sample::HostileDocument()}}, {markdown, false});
    EXPECT_FALSE(Has(text, "\x1b"));
    EXPECT_FALSE(Has(text, "\xff"));
  }
}

TEST(Table, NoDocumentsIsNoError) {
  EXPECT_EQ(Table({}, {}), "Environments\n\nFeatures\n\nVerdicts\n\n");
}

}  // namespace
}  // namespace pidproof::reports::compare::table_test
