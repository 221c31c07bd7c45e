#include "probes/system/sys.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <limits.h>
#include <unistd.h>

#include "probes/system/require.h"

namespace pidproof::sys_test {
namespace {

// Without the guard, -1 would be all processes, 0 this group, 1 init.
TEST(SysKill, RefusesEveryPidThatIsNotASingleProcess) {
  for (const pid_t pid : {1, 0, -1, -2, INT_MIN})
    EXPECT_THROW(static_cast<void>(sys::Kill(pid, 0)), Broken) << pid;
}

TEST(SysKill, AsksTheKernelForOthers) {
  EXPECT_TRUE(sys::Kill(getpid(), 0).ok());
  EXPECT_EQ(sys::Kill(INT_MAX, 0).error(), ESRCH);
}

TEST(SysPoll, DistinguishesTimeOutFromReadiness) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const Fd from(ends[0]);
  Fd to(ends[1]);
  EXPECT_EQ(*sys::Poll(from.get(), POLLIN, 0), 0);
  to.reset();
  EXPECT_NE(*sys::Poll(from.get(), POLLIN, 0) & POLLHUP, 0);
}

}  // namespace
}  // namespace pidproof::sys_test
