#include "probes/system/unshare.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <iterator>

#include "probes/system/require.h"

namespace pidproof::unshare_test {
namespace {

constexpr std::uint8_t kSkip = 3;

// What a child returns: an errno.
int InChild(int (*ask)()) {
  const pid_t child = Require(sys::Fork());
  if (child == 0) _exit(ask());
  return Require(sys::Waitid(P_PID, child, WEXITED)).si_status;
}

// A filter that answers 0 to unshare in the kernel's place. mask: of the flags that are compared
// with CLONE_NEWUTS; 0 for any flags.
void Lie(std::uint32_t mask) {
  const std::uint32_t compared = mask & CLONE_NEWUTS;
  sock_filter program[] = {
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, kSkip + 1, SYS_unshare},
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, args[0])},
      {BPF_ALU | BPF_AND | BPF_K, 0, 0, mask},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, compared},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
  };
  Require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  Require(sys::InstallFilter({static_cast<unsigned short>(std::size(program)), program}));
}

ino_t OwnUts() {
  struct stat status {};
  Require(stat("/proc/self/ns/uts", &status) == 0);
  return status.st_ino;
}

constexpr int kFlags = CLONE_NEWUSER | CLONE_NEWUTS;
constexpr int kStayed = 255;

TEST(Unshare, LeavesANamespace) {
  const int left = InChild([] {
    const ino_t before = OwnUts();
    const sys::Status own = sys::Unshare(kFlags);
    return own.ok() && OwnUts() == before ? kStayed : own.error();
  });
  if (left == EPERM || left == ENOSPC) GTEST_SKIP() << "no user namespace can be made here";
  EXPECT_EQ(left, 0);
}

TEST(Unshare, DoesNotBelieveAFilterThatAnswersForTheKernel) {
  EXPECT_EQ(InChild([] {
              Lie(0);
              return sys::Unshare(kFlags).error();
            }),
            EPERM);
}

// Of all flags: what is no flag gets EINVAL from the kernel.
TEST(Unshare, DoesNotBelieveAFilterThatAnswersToThoseFlagsAlone) {
  EXPECT_EQ(InChild([] {
              Lie(~0U);
              return sys::Unshare(CLONE_NEWUTS).error();
            }),
            EPERM);
}

TEST(Unshare, ReportsWhatTheKernelAnswers) {
  EXPECT_EQ(InChild([] { return sys::Unshare(0x2).error(); }), EINVAL);
}

}  // namespace
}  // namespace pidproof::unshare_test
