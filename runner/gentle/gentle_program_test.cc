// The options of `pidproof probe` that spare machines and people.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "reports/document/document.h"
#include "runner/program_testing.h"

namespace pidproof::runner::gentle::gentle_program_test {
namespace {

TEST(GentleProgram, PutsAPseudonymInThePlaceOfTheHostsName) {
  const auto host = [&](const std::string& salt) {
    return reports::FromJson(RunProgram("probe --quiet --json - --anonymise " + salt).out).host;
  };
  const std::string name = host("one").hostname;
  EXPECT_TRUE(name.starts_with("host-")) << name;
  EXPECT_EQ(host("one --hostname").hostname, name);
  EXPECT_NE(host("other").hostname, name);
}

TEST(GentleProgram, TriesNoMoreOnceItsProcessorTimeIsUsedUp) {
  const Printed printed = RunProgram("probe --quiet --json - --cpu-budget 1ms");
  EXPECT_EQ(printed.status, 3);
  const reports::Document document = reports::FromJson(printed.out);
  EXPECT_EQ(document.host.fingerprint, "") << "it says nothing of what was not tried";
  EXPECT_NE(document.run.failure.find("--cpu-budget"), std::string::npos) << document.run.failure;
  for (const reports::Feature& feature : document.features) {
    EXPECT_EQ(feature.availability, reports::Availability::kUnclear) << feature.feature;
  }
  const reports::Document whole =
      reports::FromJson(RunProgram("probe --quiet --json - --cpu-budget 1h").out);
  EXPECT_EQ(whole.features.size(), document.features.size());
  EXPECT_NE(whole.host.fingerprint, "");
}

// The wait ends at once, and a document that is there stays.
TEST(GentleProgram, CanBeInterruptedBeforeItBegins) {
  const TempDir folder;
  std::ofstream(folder.File("host.json")) << "old";
  const std::string said = folder.File("said");
  const Printed printed = RunProgram(
      fmt::format("probe --spread 1h --json {} 2> {} & until grep -q begins {}; do :; done; "
                  "kill -TERM $!; wait $!",
                  folder.File("host.json"), said, said));
  EXPECT_EQ(printed.status, 130);
  std::string kept;
  std::ifstream(folder.File("host.json")) >> kept;
  EXPECT_EQ(kept, "old");
}

}  // namespace
}  // namespace pidproof::runner::gentle::gentle_program_test
