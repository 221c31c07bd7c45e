#include "probes/system/cpu_budget.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace pidproof::cpu_budget_test {
namespace {

using std::chrono::hours;
using std::chrono::nanoseconds;

nanoseconds Now() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

// By the clock of the process, not of the wall: it is the same on a busy machine.
void Spend(nanoseconds time) {
  const nanoseconds end = Now() + time;
  while (Now() < end) {
  }
}

constexpr nanoseconds kSome = std::chrono::milliseconds(20);

TEST(CpuBudget, HasNoBoundUnlessThereIsOne) {
  EXPECT_FALSE(CpuBudget().IsUsedUp());
  EXPECT_FALSE(CpuBudget().ForChild().IsUsedUp());
  EXPECT_FALSE(CpuBudget(hours(1000)).IsUsedUp());
  EXPECT_TRUE(CpuBudget(nanoseconds(0)).IsUsedUp());
}

TEST(CpuBudget, IsUsedUpByThisProcess) {
  CpuBudget budget(Now() + hours(1));
  EXPECT_FALSE(budget.IsUsedUp());
  Spend(kSome);
  EXPECT_TRUE(CpuBudget(kSome / 2).IsUsedUp());
}

TEST(CpuBudget, CountsChildrenThatWereReaped) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // Of its own time, not of its parent's.
    const bool begins_at_zero = !CpuBudget(kSome).IsUsedUp();
    Spend(kSome);
    _exit(begins_at_zero && CpuBudget(kSome / 2).IsUsedUp() ? 0 : 1);
  }
  int status = -1;
  const nanoseconds own = Now();
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(CpuBudget(own + kSome / 2).IsUsedUp() || Now() >= own + kSome / 2);
}

}  // namespace
}  // namespace pidproof::cpu_budget_test
