#include "reports/summary.h"

#include <gtest/gtest.h>

#include "reports/sample_document.h"

namespace pidproof::reports {
namespace {

std::string MeaningOf(const std::vector<std::string>& verdicts) {
  Matrix matrix;
  for (const std::string& verdict : verdicts) {
    matrix.cells.push_back(sample::SampleCell("a/b", "pidfd", verdict, "", 1, {}));
  }
  return Summarize(matrix).meaning;
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
  EXPECT_EQ(MeaningOf({}), "Nothing was found out: there is no feature and no verdict.");
  Matrix probed;
  probed.features = sample::SampleFeatures();
  EXPECT_EQ(Summarize(probed).meaning, "Nothing violated: no scenario was run.");
  EXPECT_EQ(MeaningOf({"upheld", "unsupported", "hazardous"}), "Nothing violated.");
  EXPECT_EQ(MeaningOf({"unsupported"}),
            "Nothing violated, and nothing shown: no scenario is supported here.");
  EXPECT_EQ(MeaningOf({"upheld", "hung", "broken"}),
            "Nothing violated, but 2 could not be decided.");
  EXPECT_EQ(MeaningOf({"upheld", "violated"}), "1 violated.");
  EXPECT_EQ(MeaningOf({"crashed", "violated"}), "1 violated, 1 could not be decided.");
}

TEST(Summary, SaysWhenTheRunWasInterrupted) {
  Matrix matrix = sample::SampleDocument();
  EXPECT_EQ(Summarize(matrix).meaning.find("interrupted"), std::string::npos);
  matrix.run.interrupted = true;
  EXPECT_NE(Summarize(matrix).meaning.find("interrupted"), std::string::npos);
}

TEST(Summary, SaysWhenTheKernelReportedTrouble) {
  Matrix matrix;
  matrix.cells.push_back(sample::SampleCell("a/b", "pidfd", "upheld", "", 1, {}));
  matrix.run.kernel_watch = "own kernel";
  matrix.kernel_log.emplace().push_back({.kind = "oops", .text = "Oops"});
  EXPECT_EQ(Summarize(matrix).meaning,
            "Nothing violated. The kernel reported trouble (1 line in kernel_log).");
  EXPECT_EQ(Summarize(matrix).tone, Tone::kUndecided);
  matrix.run.kernel_watch = "shared kernel";
  EXPECT_EQ(
      Summarize(matrix).meaning,
      "Nothing violated. The kernel reported trouble (1 line in kernel_log), which others may "
      "have caused.");
  EXPECT_EQ(Summarize(matrix).tone, Tone::kGood);
}

TEST(Summary, IsQuietOnlyWhenNothingWasDecided) {
  Matrix matrix;
  EXPECT_EQ(Summarize(matrix).tone, Tone::kUndecided) << "nothing was found out";
  matrix.features = sample::SampleFeatures();
  EXPECT_EQ(Summarize(matrix).tone, Tone::kQuiet);
  matrix.cells.push_back(sample::SampleCell("a/b", "pidfd", "upheld", "", 1, {}));
  EXPECT_EQ(Summarize(matrix).tone, Tone::kGood);
  matrix.cells.push_back(sample::SampleCell("a/b", "pidfd", "hung", "", 1, {}));
  EXPECT_EQ(Summarize(matrix).tone, Tone::kUndecided);
  matrix.cells.push_back(sample::SampleCell("a/b", "pidfd", "violated", "", 1, {}));
  EXPECT_EQ(Summarize(matrix).tone, Tone::kBad);
}

}  // namespace
}  // namespace pidproof::reports
