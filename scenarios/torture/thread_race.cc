// The PID of a process is the thread ID of its first thread. That thread may exit while others live
// on, and another thread that executes a program takes its place. Meanwhile someone asks whether
// the process has exited, which it has not: a supervisor that gets a yes starts a second one beside
// it.
#include <poll.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "probes/system/require.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/racing_threads.h"
#include "scenarios/handle.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/tested.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::thread_race {
namespace {

using Other = RacingThreads::Other;

// How far the child is. It lives until it is let go, and is a zombie once it is over.
struct Progress {
  std::atomic<bool> let_go = false;
  std::atomic<bool> over = false;
};

// One way to ask whether the child has exited.
struct Asker {
  Handle handle;
  pid_t in_proc;
};
bool ByHandle(const Asker& asker) { return Require(asker.handle.Ended()); }
// The state in /proc/PID/stat is that of the first thread.
bool ByState(const Asker& asker) { return proc::State(asker.in_proc) == 'Z'; }

// The ways that each path uses in turn.
using Ask = bool (*)(const Asker&);
struct Ways {
  std::array<Ask, 2> question;
  void (*prepare)();
};
constexpr Ways kWays[] = {
    /* by pidfd */ {{ByHandle, ByHandle}, [] {}},
    /* by PID */ {{ByState, ByHandle}, proc::ShowOwn},
};

class Rig {
 public:
  Rig(Arena& arena, TrialLoop& trials, Other other)
      : trials_(trials), threads_(arena, other), other_(other) {}

  Arena::Stub Spawn(bool with_pidfd) {
    progress.let_go = false;
    progress.over = false;
    looks_ = std::uniform_int_distribution<int>(1, 16)(trials_.chance());
    return threads_.Spawn(with_pidfd);
  }

  // Act: the threads do what they are to do, the process is looked at a few times, and killed. A
  // zombie is left.
  template <typename Look>
  CallResult Play(pid_t pid, Look look) {
    threads_.LetFirstGo();
    if (other_ == Other::kExecutes) threads_.LetOtherGo();
    if (other_ == Other::kExecutes) {
      threads_.AwaitOtherLeft();
    } else {
      threads_.AwaitFirstLeft();
    }
    for (int i = 0; i < looks_; ++i) look();
    progress.let_go = true;
    Require(sys::Kill(pid, SIGKILL));
    Require(sys::Waitid(P_PID, pid, WEXITED | WNOWAIT));
    progress.over = true;
    return 0;
  }

  // It lived until it was let go: nothing else has ended it.
  static void Reap(pid_t pid) {
    Require(Require(sys::Waitid(P_PID, pid, WEXITED)).si_status == SIGKILL);
  }

  Progress progress;

 private:
  TrialLoop& trials_;
  RacingThreads threads_;
  Other other_;
  int looks_ = 1;
};

void Poll(Arena& arena, Path path, TrialLoop& trials, Other other) {
  const Ways& ways = kWays[static_cast<std::size_t>(path)];
  ways.prepare();
  MeasureBaseline(arena, trials);
  Rig rig(arena, trials, other);
  Arena::Stub child;
  std::optional<Asker> asker;
  std::atomic<bool> early = false;
  bool reported = false;
  const auto look = [&] {
    const bool ended = ways.question[trials.trial() % ways.question.size()](*asker);
    if (ended && !rig.progress.let_go) early = true;
    return ended;
  };
  Race race(trials, {{"the threads change", [&] { return rig.Play(child.pid, look); }},
                     {"polls repeatedly for the end", [&]() -> CallResult {
                        for (;;) {
                          // Whether it was over before the question.
                          const bool over = rig.progress.over;
                          reported = look();
                          if (over || early) return reported;
                          sched_yield();
                        }
                      }}});
  while (trials.Next()) {
    child = rig.Spawn(Handle::NeedsPidfdAtSpawn(path));
    asker.emplace(Handle::Of(child, path), child.pid);
    early = false;
    race.Run();
    rig.Reap(child.pid);
    trials.Record(early ? "reported_early" : reported ? "reported" : "not_reported", race.window());
  }
}

// Observed on 6.12.43 and 6.16 to 7.3.4. pidfd_poll calls delay_group_leader() without the lock
// under which de_thread makes the old first thread an ordinary one.
constexpr std::string_view kExecPoll = "exec-poll-premature";

std::vector<Claim> PollClaims(const Claim& reported_early) {
  return {Must("reported", "a process has ended once its last thread has exited",
               "pidfd_open(2), fs/pidfs.c pidfd_poll"),
          reported_early, Never("not_reported", "the end was not reported", "pidfd_open(2)")};
}

const std::vector<Claim> kStatClaims = {
    May("reported", "not read while the first thread was a zombie", "proc_pid_stat(5)"),
    Hazard("reported_early", "/proc/PID/stat shows the state of the thread-group leader, a zombie",
           "proc_pid_stat(5)"),
    Hazard("not_reported", "kill(pid, 0) succeeds on a zombie", "kill(2)")};

const Registered<Torture> kPoll{{
    .name = "thread_race/poll",
    .question = "Is the end of a process reported early or lost when the first thread exits before "
                "another?",
    .pidfd = {.needs = {"clone3/pidfd", "poll"},
              .claims = PollClaims(
                  Never("reported_early", "a thread is still running", "fs/pidfs.c pidfd_poll"))},
    .legacy = {.claims = kStatClaims},
    .loop = [](Arena& arena, Path path,
               TrialLoop& trials) { Poll(arena, path, trials, Other::kLeaves); },
    .pids = 2,
    .faults = {"early-wakeup", "lost-wakeup"},
}};

const Registered<Torture> kPollExec{{
    .name = "thread_race/poll_exec",
    .question =
        "Is the end reported early or lost when another thread calls execve as the first exits?",
    .pidfd = {.needs = {"clone3/pidfd", "poll"},
              .claims = PollClaims(Hazard("reported_early",
                                          "poll checks the old first thread, a zombie, just after "
                                          "another thread has replaced it",
                                          "fs/pidfs.c pidfd_poll, fs/exec.c de_thread")
                                       .Since(eras::kFirstThreadWaits)
                                       .Bug(kExecPoll))},
    .legacy = {.claims = kStatClaims},
    .loop = [](Arena& arena, Path path,
               TrialLoop& trials) { Poll(arena, path, trials, Other::kExecutes); },
    .pids = 2,
    .faults = {"lost-wakeup"},
}};

// A thread sleeps in poll on the first thread's pidfd. The exit wakes it, or it sleeps for ever.
void Sleep(Arena& arena, TrialLoop& trials, Other other) {
  MeasureBaseline(arena, trials);
  Rig rig(arena, trials, other);
  Arena::Stub child;
  Fd thread;
  std::atomic<bool> early = false;
  const auto look = [&](int timeout) {
    const Result<short> ready = tested::Poll(thread.get(), POLLIN, timeout);
    if (ready.ok() && *ready != 0 && !rig.progress.let_go) early = true;
    return ready;
  };
  Result<short> ready = static_cast<short>(0);
  Race race(trials, {{"the threads change",
                      [&] { return rig.Play(child.pid, [&] { static_cast<void>(look(0)); }); }},
                     {"poll(PIDFD_THREAD)", [&]() -> CallResult {
                        ready = look(-1);
                        return ready.ok() ? CallResult(*ready) : CallResult(ready);
                      }}});
  while (trials.Next()) {
    child = rig.Spawn(false);
    thread = Require(tested::PidfdOpen(child.pid, abi::kPidfdThread));
    early = false;
    race.Run();
    rig.Reap(child.pid);
    const Outcome woken = early ? "reported_early" : *ready != 0 ? "reported" : "not_reported";
    trials.Record(ready.ok() ? woken : Outcome::Of(ready.error()), race.window());
  }
}

std::vector<Claim> SleepClaims(const Claim& reported_early) {
  return {Must("reported", "the TID of the first thread stays in use until the process ends",
               "Linux 6.15 pidfd_poll")
              .Since(eras::kFirstThreadWaits),
          reported_early, Never("not_reported", "woken without an event", "poll(2)")};
}

const Claim kReportedEarly = Hazard(
    "reported_early", "another thread can take over the TID, which then names a live thread again",
    "kernel/fork.c pidfd_poll");

constexpr std::string_view kNoThreadEnd = "a TID can only be queried repeatedly";
constexpr std::string_view kNoControl = "not possible by PID";

const Registered<Torture> kSleep{{
    .name = "thread_race/poll_thread",
    .question = "Is a poll on the first thread woken when that thread exits and another runs?",
    .pidfd = {.needs = {"pidfd_open/thread", "poll"},
              .claims = SleepClaims(
                  kReportedEarly.Until(eras::kFirstThreadWaits).Bug("thread-poll-premature"))},
    .legacy = NotPossible(kNoThreadEnd),
    .no_control = kNoControl,
    .loop = [](Arena& arena, Path, TrialLoop& trials) { Sleep(arena, trials, Other::kLeaves); },
    .pids = 2,
    .faults = {"lost-wakeup"},
}};

const Registered<Torture> kSleepExec{{
    .name = "thread_race/poll_thread_exec",
    .question = "Is a poll on the first thread woken when it exits as another thread calls execve?",
    .pidfd = {.needs = {"pidfd_open/thread", "poll"},
              .claims = SleepClaims(kReportedEarly.Bug(kExecPoll))},
    .legacy = NotPossible(kNoThreadEnd),
    .no_control = kNoControl,
    .loop = [](Arena& arena, Path, TrialLoop& trials) { Sleep(arena, trials, Other::kExecutes); },
    .pids = 2,
    .faults = {"lost-wakeup"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::thread_race
