#include "runner/ready/readiness.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "probes/probe.h"
#include "probes/worlds/world.h"
#include "reports/ready/consumer.h"
#include "runner/census.h"
#include "runner/document.h"

namespace pidproof::runner::ready::readiness_test {
namespace {

std::vector<reports::Feature> FeaturesIn(const World& world) {
  std::vector<reports::Feature> features;
  for (const Finding& finding : TakeCensus(world, 1).findings) {
    features.push_back(ToRow(world.name, finding));
  }
  return features;
}

TEST(Readiness, AgreesWithTheConsumersOwnFirstCalls) {
  std::set<reports::ready::Impact> seen;
  for (const char* name : {"native",
                           "linux-5.3",
                           "pidfd_open:enosys",
                           "pidfd_open:eperm",
                           "pidfd_open:sigsys",
                           "pidfd_send_signal:enosys",
                           "pidfd_send_signal:eperm",
                           "pidfd_send_signal:sigsys",
                           "waitid:einval",
                           "waitid:eperm",
                           "waitid:sigsys",
                           "clone:einval",
                           "clone:eperm",
                           "clone:sigsys",
                           "clone3:enosys",
                           "clone3:einval",
                           "clone3:eperm",
                           "clone3:sigsys",
                           "clone3:enosys,clone:eperm",
                           "clone3:enosys,clone:sigsys",
                           "pidfd_open:enosys,pidfd_send_signal:sigsys",
                           "all:enosys",
                           "all:eperm",
                           "all:sigsys"}) {
    const World world = World::Parse(name);
    const std::vector<reports::Feature> features = FeaturesIn(world);
    const std::vector<ConsumerStartup> startups = StartConsumersIn(world, 1);
    EXPECT_EQ(startups.size(), 9u) << name;
    for (const ConsumerStartup& startup : startups) {
      const reports::ready::Readiness row =
          reports::ready::Assess(features, {startup.consumer}).front();
      EXPECT_EQ(startup.impact, row.impact) << startup.consumer << " in " << name;
      EXPECT_EQ(startup.feature, row.feature) << startup.consumer << " in " << name;
      seen.insert(startup.impact);
    }
  }
  EXPECT_EQ(seen.size(), 5u) << "native, degraded-silently, broken-at-start, broken-late, crash";
}

TEST(Readiness, SaysSoWhereAStartupContradicts) {
  const std::vector<reports::Feature> features = FeaturesIn(World::Parse("native"));
  const std::vector<reports::ready::Readiness> rows = reports::ready::Assess(features, {"go-1.24"});
  const Comparison agreed = Compare(rows, {{"go-1.24", rows[0].impact, rows[0].feature}});
  EXPECT_TRUE(agreed.agrees);
  EXPECT_NE(agreed.text.find("as computed"), std::string::npos);
  const Comparison differing =
      Compare(rows, {{"go-1.24", reports::ready::Impact::kCrash, "pidfd_open"}});
  EXPECT_FALSE(differing.agrees);
  EXPECT_NE(differing.text.find("crash by pidfd_open: but computed native"), std::string::npos);
}

TEST(Consumers, CallFunctionsThatSomeGlibcHas) {
  int functions = 0;
  for (const auto* consumer : Registered<reports::ready::Consumer>::All()) {
    if (consumer->by_libc.empty()) continue;
    ++functions;
    const Probe* probe = Registered<Probe>::Find(consumer->by_libc);
    ASSERT_NE(probe, nullptr) << consumer->name;
    EXPECT_NE(probe->libc.Text(), "") << consumer->name;
  }
  EXPECT_GT(functions, 0);
}

TEST(Consumers, CallUponFeaturesThatAreProbed) {
  for (const reports::ready::Consumer* consumer : Registered<reports::ready::Consumer>::All()) {
    const auto check = [&](std::string_view feature) {
      EXPECT_NE(Registered<Probe>::Find(feature), nullptr)
          << consumer->name << " needs " << feature;
    };
    for (const reports::ready::Step& step : consumer->steps) {
      check(step.feature);
      std::ranges::for_each(step.with, check);
      std::ranges::for_each(step.without, check);
    }
  }
}

}  // namespace
}  // namespace pidproof::runner::ready::readiness_test
