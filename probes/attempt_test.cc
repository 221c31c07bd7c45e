#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

#include "probes/probe.h"
#include "probes/system/child.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::attempt_test {
namespace {

using namespace std::chrono_literals;

Probe Sample(Answer (*attempt)(), bool changes_process = false) {
  return {.name = "sample",
          .since = {5, 4},
          .what = "",
          .tries = "asking",
          .source = "",
          .calls = {},
          .attempt = attempt,
          .present = {0},
          .absent = {EINVAL},
          .changes_process = changes_process};
}

// Reports which process made the attempt.
Answer ReportPid() { return {0, std::to_string(getpid())}; }
Answer Die() {
  raise(SIGSEGV);
  return 0;
}
Answer Leave() { _exit(3); }
Answer Hang() {
  for (;;) pause();
}
Answer Fail() { throw Broken("not set up"); }
Answer LeaveAChild() {
  const pid_t parent = getpid();
  if (Require(sys::Fork()) == 0) {
    sys::DieWithParent(parent);
    Hang();
  }
  return ReportPid();
}

std::vector<Attempted> Each(const std::vector<Probe>& probes,
                            std::chrono::milliseconds deadline = 60s) {
  std::vector<const Probe*> rows;
  for (const Probe& probe : probes) rows.push_back(&probe);
  return AttemptEach(rows, deadline);
}

TEST(AttemptEach, MakesThemAllInOneChild) {
  const auto ends = Each({Sample(ReportPid), Sample(ReportPid), Sample(ReportPid)});
  ASSERT_EQ(ends.size(), 3u);
  EXPECT_EQ(ends[0].text, ends[1].text);
  EXPECT_EQ(ends[1].text, ends[2].text);
  EXPECT_NE(ends[0].text, std::to_string(getpid()));
}

TEST(AttemptEach, GoesOnInAnotherWhereOneEndsOrChangesItsChild) {
  struct Row {
    const char* what;
    Probe ending;
    Attempted::How how;
  };
  const Row rows[] = {{"a signal", Sample(Die), Attempted::kSignalled},
                      {"an exit", Sample(Leave), Attempted::kSilent},
                      {"marks", Sample(ReportPid, true), Attempted::kAnswered},
                      {"a child that it left", Sample(LeaveAChild), Attempted::kAnswered}};
  for (const Row& row : rows) {
    const auto ends =
        Each({Sample(ReportPid), row.ending, Sample(ReportPid), row.ending, Sample(ReportPid)});
    ASSERT_EQ(ends.size(), 5u) << row.what;
    for (const std::size_t other : {0, 2, 4}) {
      EXPECT_EQ(ends[other].how, Attempted::kAnswered) << row.what << " before " << other;
    }
    EXPECT_EQ(ends[1].how, row.how) << row.what;
    EXPECT_EQ(ends[3].how, row.how) << row.what;
    EXPECT_NE(ends[0].text, ends[2].text) << row.what;
    EXPECT_NE(ends[2].text, ends[4].text) << row.what;
  }
}

TEST(AttemptEach, BlamesTheOneThatHangs) {
  const auto ends = Each({Sample(ReportPid), Sample(Hang), Sample(ReportPid)}, 3s);
  ASSERT_EQ(ends.size(), 3u);
  EXPECT_EQ(ends[0].how, Attempted::kAnswered);
  EXPECT_EQ(ends[1].how, Attempted::kSilent);
  EXPECT_EQ(ends[2].how, Attempted::kAnswered);
}

TEST(AttemptEach, ReportsWhyASetupFailedAndGoesOnInTheSameChild) {
  const auto ends = Each({Sample(ReportPid), Sample(Fail), Sample(ReportPid)});
  ASSERT_EQ(ends.size(), 3u);
  EXPECT_EQ(ends[1].how, Attempted::kNotSetUp);
  EXPECT_EQ(ends[1].text, "not set up");
  EXPECT_EQ(ends[0].text, ends[2].text);
}

// What an attempt may not change in its process, as text.
std::string State() {
  std::string state = fmt::format("user {} {} ", getuid(), geteuid());
  for (const char* space : {"user", "pid", "pid_for_children", "mnt", "uts", "ipc", "net"}) {
    struct stat found {};
    stat(fmt::format("/proc/self/ns/{}", space).c_str(), &found);
    state += fmt::format("{} {} ", space, found.st_ino);
  }
  for (int number = 1; number <= SIGRTMAX; ++number) {
    struct sigaction action {};
    sigaction(number, nullptr, &action);
    if (action.sa_handler != SIG_DFL) state += fmt::format("signal {} ", number);
  }
  sigset_t blocked;
  sigprocmask(SIG_BLOCK, nullptr, &blocked);
  for (int number = 1; number <= SIGRTMAX; ++number) {
    if (sigismember(&blocked, number) == 1) state += fmt::format("blocked {} ", number);
  }
  for (int fd = 0; fd < 64; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) state += fmt::format("fd {} ", fd);
  }
  for (int capability = 0; capability < 41; ++capability) {
    if (sys::HasCapability(capability)) state += fmt::format("capability {} ", capability);
  }
  itimerval timer{};
  getitimer(ITIMER_REAL, &timer);
  if (timer.it_value.tv_sec != 0 || timer.it_value.tv_usec != 0) state += "a timer ";
  for (const auto resource : {RLIMIT_NOFILE, RLIMIT_CORE, RLIMIT_NPROC}) {
    rlimit limit{};
    getrlimit(resource, &limit);
    state += fmt::format("limit {} ", limit.rlim_cur);
  }
  const bool childless = sys::Waitid(P_ALL, 0, WEXITED | WNOHANG | WNOWAIT).error() == ECHILD;
  return state + (childless ? "no child" : "a child");
}

TEST(Probes, LeaveTheProcessAsItWasUnlessTheySayOtherwise) {
  for (const Probe* probe : Registered<Probe>::All()) {
    if (probe->changes_process) continue;
    std::string before;
    std::string after;
    Isolate(
        Isolation::kChild, 60s,
        [&](const FrameWriter& up) {
          up.Send('b', State());
          try {
            probe->attempt();
          } catch (const std::exception&) {
            // The attempt could not be made here: it must leave nothing behind all the same.
          }
          up.Send('a', State());
        },
        [&](const Frame& frame) {
          (frame.kind == 'b' ? before : after) = std::string(frame.bytes);
        });
    EXPECT_FALSE(before.empty()) << probe->name;
    EXPECT_EQ(before, after) << probe->name;
  }
}

}  // namespace
}  // namespace pidproof::attempt_test
