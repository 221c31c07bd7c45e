// A process of several threads exits once, however its threads exit: its status is there when the
// last one has exited, not before, and for one waiter only. A signal reaches it as long as one
// thread lives, even if the first thread is gone, or is just being replaced.
#include <signal.h>

#include <atomic>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "probes/system/require.h"
#include "scenarios/fixtures/racing_threads.h"
#include "scenarios/handle.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::thread_race_end {
namespace {

using Other = RacingThreads::Other;

// Reaps by PID what a fault has left.
void Clear(pid_t pid) {
  const int left = sys::Waitid(P_PID, pid, WEXITED).error();
  Require(left == 0 || left == ECHILD);
}

// The results of a blocking wait, and of the next one.
template <typename IsDue>
Outcome Once(const Result<siginfo_t>& first, const Handle& handle, pid_t pid, IsDue is_due) {
  const Result<siginfo_t> second = handle.Wait();
  Clear(pid);
  if (first.error() == ECHILD) return second.ok() ? "too_late" : "lost";
  if (!first.ok()) return Outcome::Of(first);
  if (second.ok()) return "twice";
  if (second.error() != ECHILD) return Outcome::Of(second);
  return first->si_pid == pid && is_due(*first) ? "once" : "wrong_status";
}

const std::vector<Claim> kOnceClaims = {
    Must("once", "one process has one status", "wait(2)"),
    Never("early", "a thread is still running",
          "kernel/exit.c wait_consider_task, delay_group_leader"),
    Never("lost", "the status was lost", "wait(2)"),
    Never("too_late", "ECHILD for a child that can still be waited for", "wait(2)"),
    Never("twice", "a status was handed out twice", "wait(2)"),
    Never("wrong_status", "not the status of the child", "wait(2)")};

constexpr std::string_view kNotReissued =
    "waiting by PID gives the same guarantee until the PID is reused";

// The first thread exits; the other one lives until it is killed.
void WaitForAll(Arena& arena, Path path, TrialLoop& trials, Other other) {
  MeasureBaseline(arena, trials);
  RacingThreads threads(arena, other);
  Arena::Stub child;
  std::optional<Handle> handle;
  std::atomic<bool> let_go = false;
  bool early = false;
  auto waited = Result<siginfo_t>::Errno(0);
  Race race(trials, {{"the first exits, the other is killed",
                      [&] {
                        threads.LetFirstGo();
                        if (other == Other::kExecutes) {
                          threads.LetOtherGo();
                          threads.AwaitOtherLeft();
                        } else {
                          threads.AwaitFirstLeft();
                        }
                        let_go = true;
                        return sys::Kill(child.pid, SIGKILL);
                      }},
                     {"waitid", [&]() -> CallResult {
                        waited = handle->Wait(WEXITED | WNOHANG);
                        const bool running = waited.ok() && waited->si_pid == 0;
                        if (running) waited = handle->Wait();
                        early = waited.ok() && !let_go;
                        return waited;
                      }}});
  while (trials.Next()) {
    let_go = false;
    child = threads.Spawn(Handle::NeedsPidfdAtSpawn(path));
    handle.emplace(Handle::Of(child, path));
    race.Run();
    const Outcome once = Once(waited, *handle, child.pid, [](const siginfo_t& status) {
      return status.si_code == CLD_KILLED && status.si_status == SIGKILL;
    });
    trials.Record(early ? "early" : once, race.window());
  }
}

const Registered<Torture> kWait{{
    .name = "thread_race/wait",
    .question = "Does waitid return once, after both threads, when the first exits and the other "
                "is killed?",
    .claims = kOnceClaims,
    .pidfd = {.needs = {"clone3/pidfd", "waitid/p_pidfd"}},
    .no_control = kNotReissued,
    .loop = [](Arena& arena, Path path,
               TrialLoop& trials) { WaitForAll(arena, path, trials, Other::kLeaves); },
    .pids = 2,
    .faults = {"status-twice", "status-lost", "status-wrong"},
}};

const Registered<Torture> kWaitExec{{
    .name = "thread_race/wait_exec",
    .question = "Does waitid return once, after the new program, when another thread calls execve?",
    .claims = kOnceClaims,
    .pidfd = {.needs = {"clone3/pidfd", "waitid/p_pidfd"}},
    .no_control = kNotReissued,
    .loop = [](Arena& arena, Path path,
               TrialLoop& trials) { WaitForAll(arena, path, trials, Other::kExecutes); },
    .pids = 2,
    .faults = {"status-twice", "status-lost", "status-wrong"},
}};

// Both threads exit at the same moment: the last one notifies the parent.
void LastTwo(Arena& arena, Path path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  RacingThreads threads(arena, Other::kLeaves);
  Arena::Stub child;
  std::optional<Handle> handle;
  auto waited = Result<siginfo_t>::Errno(0);
  Race race(trials, {{"the first exits",
                      [&]() -> CallResult {
                        threads.LetFirstGo();
                        waited = handle->Wait();
                        return waited;
                      }},
                     {"the other exits", [&]() -> CallResult {
                        threads.LetOtherGo();
                        return 0;
                      }}});
  while (trials.Next()) {
    child = threads.Spawn(Handle::NeedsPidfdAtSpawn(path));
    handle.emplace(Handle::Of(child, path));
    race.Run();
    // Which thread's status counts differs between releases unless the process exited as a whole.
    trials.Record(Once(waited, *handle, child.pid,
                       [](const siginfo_t& status) {
                         return status.si_code == CLD_EXITED &&
                                (status.si_status == RacingThreads::kFirstStatus ||
                                 status.si_status == RacingThreads::kOtherStatus);
                       }),
                  race.window());
  }
}

const Registered<Torture> kLastTwo{{
    .name = "thread_race/last_two",
    .question = "Does the parent get exactly one status when the last two threads exit together?",
    .claims = kOnceClaims,
    .pidfd = {.needs = {"clone3/pidfd", "waitid/p_pidfd"}},
    .no_control = kNotReissued,
    .loop = LastTwo,
    .pids = 2,
    .faults = {"status-twice", "status-lost", "status-wrong"},
}};

// Fatal signals, sent as its threads change. The first one that is taken decides how it ends.
void SignalProcess(Arena& arena, Path path, TrialLoop& trials, Other other) {
  MeasureBaseline(arena, trials);
  RacingThreads threads(arena, other);
  Arena::Stub child;
  std::optional<Handle> handle;
  auto sent = sys::Status::Errno(0);
  Race race(trials, {{"the threads change",
                      [&]() -> CallResult {
                        threads.LetFirstGo();
                        if (other == Other::kExecutes) threads.LetOtherGo();
                        // The signal may come before it, and then there is nothing to await.
                        return 0;
                      }},
                     {"signals", [&]() -> CallResult {
                        // No signal is sent: signal 0 asks all the time whether the process is
                        // there.
                        for (int i = 0; i < 16; ++i) {
                          sent = handle->Signal(0);
                          if (!sent.ok()) return sent;
                        }
                        sent = handle->Signal(SIGUSR1);
                        return sent;
                      }}});
  while (trials.Next()) {
    child = threads.Spawn(Handle::NeedsPidfdAtSpawn(path));
    handle.emplace(Handle::Of(child, path));
    race.Run();
    const siginfo_t ended = arena.End(child, SIGUSR2);
    const bool hit = ended.si_code == CLD_KILLED && ended.si_status == SIGUSR1;
    trials.Record(!sent.ok() ? Outcome::Of(sent) : hit ? "reached" : "lost", race.window());
  }
}

const std::vector<Claim> kSignalClaims = {
    Must("reached", "a signal is for the process, of which a thread is alive",
         "pidfd_send_signal(2), kill(2)"),
    Never("esrch", "the process exists all the time", "kernel/signal.c kill_pid_info"),
    Never("lost", "the signal was sent, but had no effect", "signal(7)")};

constexpr std::string_view kSameBoth =
    "kill(2) gives the same guarantee: the PID stays in use while a thread lives";

const Registered<Torture> kSignal{{
    .name = "thread_race/signal",
    .question = "Does a signal reach the process when its first thread exits at that moment?",
    .claims = kSignalClaims,
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"}},
    .no_control = kSameBoth,
    .loop = [](Arena& arena, Path path,
               TrialLoop& trials) { SignalProcess(arena, path, trials, Other::kLeaves); },
    .pids = 2,
    .faults = {"signal-lost"},
}};

const Registered<Torture> kSignalExec{{
    .name = "thread_race/signal_exec",
    .question =
        "Is a process found and signalled while another thread's execve takes over its PID?",
    .claims = kSignalClaims,
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"}},
    .no_control = kSameBoth,
    .loop = [](Arena& arena, Path path,
               TrialLoop& trials) { SignalProcess(arena, path, trials, Other::kExecutes); },
    .pids = 2,
    .faults = {"signal-lost"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::thread_race_end
