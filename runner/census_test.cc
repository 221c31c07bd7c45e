#include "runner/census.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace pidproof::runner::census_test {
namespace {

constexpr double kPace = 4;

class EachSingleCall : public testing::TestWithParam<std::string_view> {};

// One call missing must not blur its neighbours: the rows that rest on it change, all others stay.
TEST_P(EachSingleCall, ChangesTheRowsThatRestOnItAndNoOther) {
  const Census native = TakeCensus(World::Parse("native"), kPace);
  ASSERT_EQ(native.failure, "");
  if (!native.Has("pidfd_open")) GTEST_SKIP() << "this kernel has no pidfd_open to take away";
  for (const std::string_view call : RefusableCalls()) {
    const World world = World::Parse(fmt::format("{}:{}", call, GetParam()));
    const Census census = TakeCensus(world, kPace);
    ASSERT_EQ(census.failure, "");
    ASSERT_EQ(census.findings.size(), native.findings.size());
    for (std::size_t i = 0; i < native.findings.size(); ++i) {
      const Probe& probe = *native.findings[i].probe;
      // Where this kernel has not got the feature there is nothing to take away.
      if (native.findings[i].availability != Availability::kPresent) continue;
      const bool rests = std::count(probe.calls.begin(), probe.calls.end(), call) != 0;
      const bool changed = census.findings[i].availability != Availability::kPresent;
      EXPECT_EQ(changed, rests) << world.name << ": " << census.findings[i].evidence;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Ways, EachSingleCall, testing::Values("enosys", "eperm", "sigsys"),
                         [](const auto& way) { return std::string(way.param); });

TEST(Census, NamesTheFilterWhereTheKernelHasNoSuchAnswer) {
  const Census eperm = TakeCensus(World::Parse("all:eperm"), kPace);
  EXPECT_EQ(Word(eperm.Find("pidfd_open")->availability), "filtered");
  EXPECT_EQ(eperm.Find("pidfd_open")->saw, "EPERM");
  const Census sigsys = TakeCensus(World::Parse("all:sigsys"), kPace);
  EXPECT_EQ(Word(sigsys.Find("pidfd_getfd")->availability), "filtered");
  EXPECT_EQ(sigsys.Find("pidfd_getfd")->saw, "SIGSYS");
}

TEST(Census, NamesTheNeedThatIsMissingAndWhy) {
  const Census census = TakeCensus(World::Parse("waitid:einval"), kPace);
  EXPECT_EQ(census.Lacks({"pidfd_open"}).why, "");
  EXPECT_EQ(census.Lacks({"pidfd_open", "waitid/p_pidfd"}).why,
            "needs waitid/p_pidfd, which is filtered here (EINVAL)");
  EXPECT_EQ(census.Lacks({"pidfd_open", "waitid/p_pidfd"}).feature, "waitid/p_pidfd");
  EXPECT_EQ(census.Lacks({"no/such"}).why, "needs no/such, which was not probed");
}

}  // namespace
}  // namespace pidproof::runner::census_test
