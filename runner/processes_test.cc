// How many processes a command makes, and how many there are at once, as a tracer counts them:
// a process that makes one is stopped as it does, and none can be reaped before the tracer has seen
// its end.
#include <errno.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::runner::processes_test {
namespace {

struct Counted {
  std::size_t made = 1;          // processes and threads, the first among them
  std::size_t most_at_once = 1;  // alive, or zombies
  int status = -1;               // the exit status of the first
};

[[noreturn]] void ExecuteTraced(const std::vector<std::string>& arguments) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  const int nowhere = open("/dev/null", O_RDWR);
  dup2(nowhere, STDOUT_FILENO);
  dup2(nowhere, STDERR_FILENO);
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) < 0) _exit(125);
  raise(SIGSTOP);
  execv(argv.front(), argv.data());
  _exit(126);
}

// Lets a stopped process go on. True when it has just made another.
bool GoOn(pid_t stopped, int status) {
  const int event = status >> 16;
  const int signal = WSTOPSIG(status);
  const bool of_tracing = event != 0 || signal == SIGSTOP || signal == SIGTRAP;
  ptrace(PTRACE_CONT, stopped, nullptr, of_tracing ? 0 : signal);
  return event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE;
}

// Runs the program and counts until the last of them is gone.
Counted CountProcesses(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), PIDPROOF_BINARY);
  const pid_t first = Require(sys::Fork());
  if (first == 0) ExecuteTraced(arguments);
  int status = 0;
  Require(waitpid(first, &status, 0) == first && WIFSTOPPED(status));
  Require(ptrace(PTRACE_SETOPTIONS, first, nullptr,
                 PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
                     PTRACE_O_EXITKILL) == 0);
  GoOn(first, status);
  Counted counted;
  for (std::size_t gone = 0;;) {
    const pid_t pid = waitpid(-1, &status, __WALL);
    if (pid < 0 && errno == EINTR) continue;
    if (pid < 0) return counted;
    if (!WIFSTOPPED(status)) {
      ++gone;
      if (pid == first) counted.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    } else if (GoOn(pid, status)) {
      ++counted.made;
      counted.most_at_once = std::max(counted.most_at_once, counted.made - gone);
    }
  }
}

TEST(Processes, OfAProbeAreFewAndFewerAtOnce) {
  const Counted counted = CountProcesses({"probe", "--quiet"});
  RecordProperty("made", static_cast<int>(counted.made));
  RecordProperty("most_at_once", static_cast<int>(counted.most_at_once));
  EXPECT_EQ(counted.status, 0);
  EXPECT_GT(counted.made, 50u) << "not all of it was traced";
  EXPECT_LT(counted.made, 200u);
  EXPECT_LE(counted.most_at_once, 8u);
}

TEST(Processes, OfReadyAreThoseOfAProbe) {
  const Counted counted = CountProcesses({"ready", "go"});
  EXPECT_EQ(counted.status, 0);
  EXPECT_LT(counted.made, 200u);
  EXPECT_LE(counted.most_at_once, 8u);
}

TEST(Processes, OfARunAreThoseOfWhatIsAskedFor) {
  const std::size_t all = CountProcesses({"probe", "--quiet"}).made;
  const Counted one = CountProcesses({"run", "--quiet", "--only", "life_cycle/dead_pid"});
  EXPECT_EQ(one.status, 0);
  // About twenty look for what restricts a trial, sixteen of them at once.
  EXPECT_LT(one.made, all / 2 + 20) << "it probes what it does not need";
  EXPECT_LE(one.most_at_once, 20u);
  const Counted feature = CountProcesses({"probe", "--quiet", "--only", "select"});
  EXPECT_LT(feature.made, all / 2);
}

}  // namespace
}  // namespace pidproof::runner::processes_test
