#include "probes/system/shared_memory_child.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include <array>
#include <cstddef>

#include "probes/system/sys.h"

namespace pidproof::shared_memory_child_test {
namespace {

// It exits, and leaves our stack as it was.
TEST(SharedMemoryChild, EndsOnOurStackAndOnItsOwn) {
  alignas(64) std::array<std::byte, 4096> stack;
  const auto end = reinterpret_cast<std::uintptr_t>(stack.data() + stack.size());
  for (const std::uintptr_t at : {std::uintptr_t{0}, end}) {
    const Result<pid_t> child = sys::CloneExiting(CLONE_VM | CLONE_VFORK | SIGCHLD, at, nullptr);
    ASSERT_TRUE(child.ok()) << child.error();
    const Result<siginfo_t> ended = sys::Waitid(P_PID, *child, WEXITED);
    ASSERT_TRUE(ended.ok());
    EXPECT_EQ(ended->si_pid, *child);
    EXPECT_EQ(ended->si_code, CLD_EXITED);
    EXPECT_EQ(ended->si_status, 0);
  }
}

TEST(SharedMemoryChild, ReturnsTheErrno) {
  EXPECT_EQ(sys::CloneExiting(CLONE_SIGHAND, 0, nullptr).error(), EINVAL);  // without CLONE_VM
  abi::CloneArgs args{};
  EXPECT_EQ(sys::Clone3Exiting(args, 1).error(), EINVAL);
}

}  // namespace
}  // namespace pidproof::shared_memory_child_test
