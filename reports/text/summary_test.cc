#include "reports/text/summary.h"

#include <gtest/gtest.h>

#include "reports/document/sample_document_testing.h"

namespace pidproof::reports::text::summary_test {
namespace {

std::string MeaningOf(const std::vector<Verdict>& verdicts) {
  Document document;
  for (const Verdict verdict : verdicts) {
    document.cells.push_back(sample::SampleCell("a/b", Path::kPidfd, verdict, "", 1, {}));
  }
  return Summarize(document).meaning;
}

TEST(Summary, NamesBadRowsAndCountsBugs) {
  Document document;
  for (const char* name : {"a/1", "a/2", "a/3", "a/4"}) {
    document.cells.push_back(
        sample::SampleCell(name, Path::kPidfd, Verdict::kInconclusive, "", 1, {}));
  }
  EXPECT_EQ(NamedBadRows(document), "undecided: a/1 pidfd, a/2 pidfd, a/3 pidfd, and 1 more");
  document.cells[3].verdict = Verdict::kViolated;
  EXPECT_EQ(NamedBadRows(document), "violated: a/4 pidfd");
  for (Cell& cell : document.cells) cell.verdict = Verdict::kHazardous;
  EXPECT_EQ(NamedBadRows(document), "");
  document.cells[0].kernel_bugs = {{"a-bug", "lost", 3, ""}};
  document.cells[1].kernel_bugs = {{"a-bug", "lost", 1, ""}};
  EXPECT_EQ(Summarize(document).meaning, "Nothing violated. 1 known kernel bug met.");
}

TEST(Summary, CountsNativeFeaturesAndAllVerdicts) {
  const Summary summary = Summarize(sample::SampleDocument());
  ASSERT_EQ(summary.features.size(), 5U);
  EXPECT_EQ(summary.features[0].word.word, "present");
  EXPECT_EQ(summary.features[0].rows, 4U);
  EXPECT_EQ(summary.features[2].rows, 1U);  // filtered: the other world's two are not counted
  ASSERT_EQ(summary.verdicts.size(), 8U);
  EXPECT_EQ(summary.verdicts[0].rows, 6U);  // upheld, with the other world's two
}

TEST(Summary, SaysWhatItMeans) {
  EXPECT_EQ(MeaningOf({}), "Nothing was found: there is no feature and no verdict.");
  Document probed;
  probed.features = sample::SampleFeatures();
  EXPECT_EQ(Summarize(probed).meaning, "Nothing violated: no scenario was run.");
  EXPECT_EQ(MeaningOf({Verdict::kUpheld, Verdict::kUnsupported, Verdict::kHazardous}),
            "Nothing violated.");
  EXPECT_EQ(MeaningOf({Verdict::kUnsupported}),
            "Nothing violated, and nothing shown: no scenario is supported here.");
  EXPECT_EQ(MeaningOf({Verdict::kUpheld, Verdict::kHung, Verdict::kBroken}),
            "Nothing violated, but 2 could not be decided.");
  EXPECT_EQ(MeaningOf({Verdict::kUpheld, Verdict::kViolated}), "1 violated.");
  EXPECT_EQ(MeaningOf({Verdict::kCrashed, Verdict::kViolated}),
            "1 violated, 1 could not be decided.");
}

TEST(Summary, CountsCostsWhereThereIsNothingElse) {
  Document document;
  document.benchmarks = sample::SampleBenchmarks();
  const Summary summary = Summarize(document);
  EXPECT_EQ(summary.meaning, "4 of 5 costs were measured.");
  EXPECT_EQ(summary.tone, Tone::kQuiet);
}

TEST(Summary, SaysWhenTheRunWasInterrupted) {
  Document document = sample::SampleDocument();
  EXPECT_EQ(Summarize(document).meaning.find("interrupted"), std::string::npos);
  document.run.interrupted = true;
  EXPECT_NE(Summarize(document).meaning.find("interrupted"), std::string::npos);
}

TEST(Summary, SaysWhenTheKernelReportedTrouble) {
  Document document;
  document.cells.push_back(sample::SampleCell("a/b", Path::kPidfd, Verdict::kUpheld, "", 1, {}));
  document.run.kernel_watch = "own kernel";
  document.kernel_log.emplace().push_back({.kind = "oops", .text = "Oops"});
  EXPECT_EQ(Summarize(document).meaning,
            "Nothing violated. The kernel reported trouble (1 line in kernel_log).");
  EXPECT_EQ(Summarize(document).tone, Tone::kUndecided);
  document.run.kernel_watch = "shared kernel";
  EXPECT_EQ(
      Summarize(document).meaning,
      "Nothing violated. The kernel reported trouble (1 line in kernel_log), which others may "
      "have caused.");
  EXPECT_EQ(Summarize(document).tone, Tone::kGood);
}

TEST(Summary, IsQuietOnlyWhenNothingWasDecided) {
  Document document;
  EXPECT_EQ(Summarize(document).tone, Tone::kUndecided) << "nothing was found";
  document.features = sample::SampleFeatures();
  EXPECT_EQ(Summarize(document).tone, Tone::kQuiet);
  document.cells.push_back(sample::SampleCell("a/b", Path::kPidfd, Verdict::kUpheld, "", 1, {}));
  EXPECT_EQ(Summarize(document).tone, Tone::kGood);
  document.cells.push_back(sample::SampleCell("a/b", Path::kPidfd, Verdict::kHung, "", 1, {}));
  EXPECT_EQ(Summarize(document).tone, Tone::kUndecided);
  document.cells.push_back(sample::SampleCell("a/b", Path::kPidfd, Verdict::kViolated, "", 1, {}));
  EXPECT_EQ(Summarize(document).tone, Tone::kBad);
}

}  // namespace
}  // namespace pidproof::reports::text::summary_test
