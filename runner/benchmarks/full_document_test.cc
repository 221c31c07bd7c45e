#include "runner/benchmarks/full_document.h"

#include <gtest/gtest.h>

#include <map>

#include "probes/probe.h"
#include "probes/registry.h"
#include "reports/compare/diff.h"
#include "scenarios/scenario.h"

namespace pidproof::runner::benchmarks::full_document_test {
namespace {

using reports::Verdict;

std::map<Verdict, std::size_t> Verdicts(const reports::Document& document) {
  std::map<Verdict, std::size_t> verdicts;
  for (const reports::Cell& cell : document.cells) ++verdicts[cell.verdict];
  return verdicts;
}

TEST(FullDocument, IsThatOfARunOfEverything) {
  const reports::Document document = FullDocument(1);
  EXPECT_EQ(document.features.size(), Registered<Probe>::All().size());
  EXPECT_EQ(document.scenarios.size(), scenarios::AllScenarios().size());
  EXPECT_EQ(document.cells.size(), 2 * document.scenarios.size());
  std::map<Verdict, std::size_t> verdicts = Verdicts(document);
  EXPECT_GT(verdicts[Verdict::kUpheld], document.cells.size() / 2);
  EXPECT_GT(verdicts[Verdict::kUnsupported], document.cells.size() / 20);
  EXPECT_GT(verdicts[Verdict::kHazardous], document.cells.size() / 20);
  EXPECT_EQ(verdicts[Verdict::kViolated], 0U);
  EXPECT_EQ(verdicts[Verdict::kBroken], 0U);
}

TEST(FullDocument, IsReadAsItWasWritten) {
  const std::string text = reports::ToJson(FullDocument(1));
  EXPECT_EQ(reports::ToJson(reports::FromJson(text)), text);
}

TEST(FullDocument, DiffersFromThatOfAnotherSeedAndNotFromItsOwn) {
  const reports::Document document = FullDocument(1);
  EXPECT_TRUE(reports::compare::Compare(document, FullDocument(1)).differences.empty());
  EXPECT_GT(reports::compare::Compare(document, FullDocument(2)).differences.size(), 20U);
}

}  // namespace
}  // namespace pidproof::runner::benchmarks::full_document_test
