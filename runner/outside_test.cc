// Sandboxes that isolate by scope leave everything inside alone: they show only outside.
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "probes/system/isolate.h"
#include "probes/system/landlock.h"
#include "reports/ready/ready.h"
#include "runner/census.h"
#include "runner/document.h"

namespace pidproof::runner::outside_test {
namespace {

using namespace std::chrono_literals;

constexpr double kSlowdown = 10;
constexpr uid_t kNobody = 65534;

std::string Said(const Census& census, std::string_view feature) {
  const Finding* finding = census.Find(feature);
  if (finding == nullptr) return "not probed: " + census.failure;
  std::string said(Word(finding->availability));
  if (!finding->refused_by.empty()) said += " by " + finding->refused_by;
  return said;
}

// Landlock's signal scope came with ABI 6 (6.12).
bool HasSignalScope() {
  const Ended ended = Isolate(
      Isolation::kChild, 60s,
      [](const FrameWriter&) {
        if (!sys::EnterLandlockDomain(kLandlockScopeSignal).ok()) _exit(1);
      },
      [](const Frame&) {});
  return ended.how == Ended::kReturned;
}

class OutsideOfADomain : public testing::Test {
 protected:
  void SetUp() override {
    if (!HasSignalScope()) GTEST_SKIP() << "this kernel has no Landlock domain for signals";
  }
};

std::string ImpactOn(const Census& census, const std::string& consumer) {
  std::vector<reports::Feature> features;
  for (const Finding& finding : census.findings) features.push_back(ToRow("any", finding));
  return std::string(
      reports::ready::WordOf(reports::ready::Assess(features, {consumer}).front().impact).word);
}

TEST_F(OutsideOfADomain, SignalsAreRefusedByASecurityModuleAndNothingElseChanges) {
  const Census native = TakeCensus(World::Parse("native"), kSlowdown);
  const Census confined = TakeCensus(World::Parse("landlock-signal"), kSlowdown);
  ASSERT_EQ(confined.failure, "");
  EXPECT_EQ(Said(confined, "outside/signal"), "denied by lsm");
  EXPECT_EQ(Said(confined, "outside/getfd").substr(0, 6), "denied");
  EXPECT_EQ(confined.Find("outside/signal")->kernel_has, "yes");
  for (const Finding& finding : native.findings) {
    if (finding.probe->name == "outside/signal" || finding.probe->name == "outside/getfd") continue;
    if (finding.probe->name.starts_with("outside/") && finding.saw.empty()) continue;
    EXPECT_EQ(Said(confined, finding.probe->name), Said(native, finding.probe->name))
        << finding.probe->name;
  }
}

TEST_F(OutsideOfADomain, ConsumersThatActOnOthersFailAndThoseWithChildrenOfTheirOwnDoNot) {
  const Census confined = TakeCensus(World::Parse("landlock-signal"), kSlowdown);
  EXPECT_EQ(ImpactOn(confined, "earlyoom"), "broken-late");
  EXPECT_EQ(ImpactOn(confined, "procps-pkill"), "broken-at-start");
  const Census native = TakeCensus(World::Parse("native"), kSlowdown);
  EXPECT_EQ(ImpactOn(confined, "glib"), ImpactOn(native, "glib"));
  EXPECT_EQ(ImpactOn(native, "earlyoom"), "native");
}

TEST_F(OutsideOfADomain, FewerRightsAreNoExcuse) {
  World confined = World::Parse("landlock-signal");
  if (geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  confined.view = Privileges{"nobody", kNobody, 0};
  const Census census = TakeCensus(confined, kSlowdown);
  EXPECT_EQ(Said(census, "outside/signal"), "denied by lsm") << census.failure;
  World open = World::Parse("native");
  open.view = confined.view;
  EXPECT_EQ(Said(TakeCensus(open, kSlowdown), "outside/signal"), "present");
}

// The whole program runs inside of one, and its parent outside.
TEST_F(OutsideOfADomain, ADomainAroundTheProgramShowsToo) {
  std::string said;
  Isolate(
      Isolation::kChild, 120s,
      [](const FrameWriter& up) {
        if (!sys::EnterLandlockDomain(kLandlockScopeSignal).ok()) _exit(1);
        up.Send('s', Said(TakeCensus(World::Parse("native"), kSlowdown), "outside/signal"));
      },
      [&](const Frame& frame) { said = frame.bytes; });
  EXPECT_EQ(said, "denied by lsm");
}

// In a PID namespace whose first process takes the census, no process outside has a PID.
TEST(Outside, IsUnclearWhereNoOtherProcessIsVisible) {
  std::vector<std::string> said;
  const Ended ended = Isolate(
      Isolation::kUserNamespace, 120s,
      [](const FrameWriter& up) {
        const Census census = TakeCensus(World::Parse("native"), kSlowdown);
        up.Send('s', Said(census, "outside/signal"));
        up.Send('s', ImpactOn(census, "earlyoom"));
      },
      [&](const Frame& frame) { said.emplace_back(frame.bytes); });
  if (ended.how == Ended::kNotStarted) GTEST_SKIP() << "no user namespace here: " << ended.text;
  EXPECT_EQ(said, (std::vector<std::string>{"unclear", "native"}));
}

}  // namespace
}  // namespace pidproof::runner::outside_test
