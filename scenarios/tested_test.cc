#include "scenarios/tested.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>

#include "probes/system/child.h"
#include "probes/system/require.h"
#include "probes/worlds/fault_testing.h"

namespace pidproof::scenarios::tested_test {
namespace {

Child Made(bool zombie) {
  Child child = Require(Child::Make(body::Lingers, {.how = SpawnOptions::kClone3}));
  if (zombie) {
    child.Kill();
    child.AwaitZombie();
  }
  return child;
}

std::string ErrorOf(int error) { return std::to_string(error); }

TEST(Tested, SignalsAreLostOrRefused) {
  EXPECT_EQ(
      Playing("signal-lost",
              [] {
                Child child = Made(false);
                static_cast<void>(
                    tested::PidfdSendSignal(child.pidfd().get(), SIGKILL, nullptr, 0));
                return ErrorOf(tested::PidfdSendSignal(child.pidfd().get(), 0, nullptr, 0).error());
              }),
      "0");
  EXPECT_EQ(
      Playing("zombie-dead",
              [] {
                Child child = Made(true);
                return ErrorOf(tested::PidfdSendSignal(child.pidfd().get(), 0, nullptr, 0).error());
              }),
      ErrorOf(ESRCH));
}

TEST(Tested, StatusesAreHandedOutWrong) {
  const auto wait_twice = [] {
    Child child = Made(true);
    const int pidfd = child.pidfd().get();
    const Result<siginfo_t> first = tested::Waitid(abi::kIdPidfd, pidfd, WEXITED | WNOHANG);
    const Result<siginfo_t> second = tested::Waitid(abi::kIdPidfd, pidfd, WEXITED | WNOHANG);
    child.Disown();
    const std::string status = first.ok() ? std::to_string(first->si_status) : "-";
    return status + " " + ErrorOf(second.error());
  };
  EXPECT_EQ(Playing("signal-lost", wait_twice), "9 " + ErrorOf(ECHILD));  // another fault
  EXPECT_EQ(Playing("status-twice", wait_twice), "9 0");
  EXPECT_EQ(Playing("status-lost", wait_twice), "- " + ErrorOf(ECHILD));
  EXPECT_EQ(Playing("status-wrong", wait_twice), "10 " + ErrorOf(ECHILD));
}

TEST(Tested, PollIsWrongBothWays) {
  const auto poll = [](bool zombie) {
    return [zombie] {
      Child child = Made(zombie);
      return std::to_string(Require(tested::Poll(child.pidfd().get(), POLLIN, 0)));
    };
  };
  EXPECT_EQ(Playing("lost-wakeup", poll(true)), "0");
  EXPECT_EQ(Playing("early-wakeup", poll(false)), std::to_string(POLLIN));
  EXPECT_EQ(Playing("early-wakeup", poll(true)), std::to_string(POLLIN));
}

// In both, the PID belongs to a stranger by now.
TEST(Tested, StrangersAreSignalledAndReaped) {
  const auto signal_gone = [](bool knows_pid) {
    return [knows_pid] {
      Child gone = Made(true);
      gone.Reap();
      Child stranger = Made(false);
      const tested::Subject subject(gone.pidfd().get(), knows_pid ? stranger.pid() : 0);
      const int error = tested::PidfdSendSignal(subject, SIGUSR1, nullptr, 0).error();
      stranger.Kill();
      return ErrorOf(error) + " " + std::to_string(stranger.Reap().si_status);
    };
  };
  EXPECT_EQ(Playing("signal-stranger", signal_gone(true)), "0 " + std::to_string(SIGUSR1));
  EXPECT_EQ(Playing("signal-stranger", signal_gone(false)), ErrorOf(ESRCH) + " 9");
  EXPECT_EQ(Playing("wait-stranger", signal_gone(true)), ErrorOf(ESRCH) + " 9");
  EXPECT_EQ(Playing("wait-stranger",
                    [] {
                      Child gone = Made(true);
                      gone.Reap();
                      Child stranger = Made(true);
                      const tested::Subject subject(gone.pidfd().get(), stranger.pid());
                      const auto waited = Require(tested::Waitid(abi::kIdPidfd, subject, WEXITED));
                      const bool stolen = waited.si_pid == stranger.pid();
                      stranger.Disown();
                      return std::string(stolen ? "stolen" : "not stolen");
                    }),
            "stolen");
}

TEST(Tested, DescriptorsAreWrongOrLeft) {
  const auto take = [] {
    constexpr int kNone = 1 << 20;
    Child child = Made(false);
    const int free = Fd(dup(STDERR_FILENO)).get();
    const Result<Fd> taken = tested::PidfdGetfd(child.pidfd().get(), kNone, 0);
    const Fd next(dup(STDERR_FILENO));
    return ErrorOf(taken.error()) + (next.get() == free ? "" : " and one more is open");
  };
  EXPECT_EQ(Playing("wrong-file", take), "0 and one more is open");
  EXPECT_EQ(Playing("file-left", take), ErrorOf(EBADF) + " and one more is open");
  EXPECT_EQ(Playing("signal-lost", take), ErrorOf(EBADF));
}

TEST(Tested, ChildrenAreLeftByClonesThatFail) {
  const auto clone = [] {
    const rlimit full{0, 0};
    Require(setrlimit(RLIMIT_NOFILE, &full) == 0);
    int pidfd = -1;
    const int error = tested::Clone(abi::kClonePidfd, SIGCHLD, &pidfd).error();
    const bool left = sys::Waitid(P_ALL, 0, WEXITED | __WALL).ok();
    return ErrorOf(error) + (left ? " and a child" : "");
  };
  EXPECT_EQ(Playing("child-left", clone), ErrorOf(EMFILE) + " and a child");
  EXPECT_EQ(Playing("signal-lost", clone), ErrorOf(EMFILE));
}

TEST(Tested, NamespacesAreNotJoined) {
  const auto join = [] {
    const Fd own = Require(tested::PidfdOpen(getpid(), 0));
    return ErrorOf(tested::Setns(own.get(), -1).error());
  };
  EXPECT_EQ(Playing("wrong-namespace", join), "0");
  EXPECT_EQ(Playing("signal-lost", join), ErrorOf(EINVAL));
}

}  // namespace
}  // namespace pidproof::scenarios::tested_test
