#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>
#include <set>
#include <stdexcept>
#include <string>

#include "runner/gentle/spread.h"
#include "runner/pseudonym/pseudonym.h"

namespace pidproof::runner::gentle::gentle_test {
namespace {

using std::chrono::milliseconds;

TEST(Spread, PutsHostsEvenlyOverItsTime) {
  constexpr milliseconds kSpread(60'000);
  std::map<std::int64_t, int> tenths;
  for (int i = 0; i < 10'000; ++i) {
    const milliseconds delay = DelayOf("node" + std::to_string(i), kSpread);
    ASSERT_GE(delay.count(), 0);
    ASSERT_LT(delay, kSpread);
    EXPECT_EQ(delay, DelayOf("node" + std::to_string(i), kSpread)) << "the same each time";
    ++tenths[delay.count() / 6'000];
  }
  ASSERT_EQ(tenths.size(), 10U);
  for (const auto& [tenth, hosts] : tenths) {
    EXPECT_GT(hosts, 850) << tenth;  // 1,000 expected, a standard deviation of 30
    EXPECT_LT(hosts, 1'150) << tenth;
  }
  EXPECT_EQ(DelayOf("node1", milliseconds(0)), milliseconds(0));
}

// In a child: it cannot be undone without privilege.
TEST(BeNice, MakesNicerNeverLessNice) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    BeNice(11);
    if (getpriority(PRIO_PROCESS, 0) < 11) _exit(1);
    const int nice = getpriority(PRIO_PROCESS, 0);
    BeNice(3);
    _exit(getpriority(PRIO_PROCESS, 0) == nice ? 0 : 2);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

// RFC 4231, test case 2: HMAC-SHA-256 of this text by this key.
TEST(Pseudonym, IsHmacSha256) {
  EXPECT_EQ(pseudonym::Of("what do ya want for nothing?", "Jefe"), "host-5bdcc146bf60754e");
}

TEST(Pseudonym, TellsHostsApartAndDependsOnTheSalt) {
  std::set<std::string> names;
  for (int i = 0; i < 10'000; ++i) names.insert(pseudonym::Of("n" + std::to_string(i), "salt"));
  EXPECT_EQ(names.size(), 10'000U);
  EXPECT_NE(pseudonym::Of("n1", "salt"), pseudonym::Of("n1", "Salt"));
  EXPECT_THROW(pseudonym::Of("n1", ""), std::invalid_argument);
}

}  // namespace
}  // namespace pidproof::runner::gentle::gentle_test
