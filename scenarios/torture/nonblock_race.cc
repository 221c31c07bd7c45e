// A wait that must not block races with the exit of the child. An event loop asks "has it exited?"
// by waitid on a pidfd with PIDFD_NONBLOCK, and takes EAGAIN for "not yet". If a zombie were
// reported as EAGAIN, the loop would not ask again; a lost status is lost for good, since a wait
// reaps the zombie. The flag is read once, as the wait begins (kernel/exit.c kernel_waitid), so
// setting or clearing it meanwhile decides whether that wait blocks, and nothing else.
#include <fcntl.h>
#include <signal.h>

#include <atomic>
#include <cerrno>
#include <optional>
#include <utility>

#include "probes/system/require.h"
#include "scenarios/handle.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/tested.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::nonblock_race {
namespace {

bool HasReport(const Result<siginfo_t>& waited) { return waited.ok() && waited->si_pid != 0; }

// Kills the child, and returns once it is a zombie, or has been reaped by the other thread.
CallResult End(pid_t child) {
  Require(sys::Kill(child, SIGKILL));
  return sys::Waitid(P_PID, child, WEXITED | WNOWAIT);
}

// Reaps what a wait should have reaped, so that the next child can have the PID.
void ReapWhatIsLeft(pid_t child) {
  static_cast<void>(sys::Waitid(P_PID, child, WEXITED | WNOHANG));
}

// A wait that raced with the exit, and another one after it.
struct Waits {
  bool after_end = false;  // whether the zombie had been observed before the first began
  Result<siginfo_t> racing = Result<siginfo_t>::Errno(0);
  Result<siginfo_t> later = Result<siginfo_t>::Errno(0);

  Outcome Word() const {
    for (const Result<siginfo_t>& one : {racing, later}) {
      const bool wrong =
          HasReport(one) && (one->si_code != CLD_KILLED || one->si_status != SIGKILL);
      if (wrong) return "another_end";
    }
    if (HasReport(racing)) {
      if (HasReport(later)) return "twice";
      return later.error() == ECHILD ? "reported" : Outcome::Of(later);
    }
    if (!racing.ok() && racing.error() != EAGAIN) return "lost";
    const Result<siginfo_t>& after = after_end ? racing : later;
    if (after.ok() && !HasReport(after)) return "running_after_end";
    if (after.error() == EAGAIN) return "eagain_after_end";
    if (!HasReport(later)) return "lost";
    return racing.ok() ? "running_then_reported" : "eagain_then_reported";
  }
};

void WaitAgainstExit(Arena& arena, Path path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  Arena::Stub child;
  std::optional<Handle> handle;
  std::atomic<bool> ended = false;
  Waits waits;
  Race race(trials, {{"kill, waitid(WNOWAIT)",
                      [&] {
                        const CallResult saw = End(child.pid);
                        ended = true;
                        return saw;
                      }},
                     {"nonblocking waitid", [&]() -> CallResult {
                        waits.after_end = ended;
                        waits.racing = handle->Wait();
                        return waits.racing.ok() ? CallResult(waits.racing->si_pid)
                                                 : CallResult(waits.racing);
                      }}});
  while (trials.Next()) {
    ended = false;
    child = arena.SpawnWithPid(StubLife::kWaits, false);
    handle.emplace(Require(Handle::ToPid(child.pid, path, Handle::kNonblocking)));
    race.Run();
    waits.later = handle->Wait();
    ReapWhatIsLeft(child.pid);
    trials.Record(waits.Word(), race.window());
  }
}

const Registered<Torture> kExit{{
    .name = "nonblock_race/exit",
    .question = "Does a nonblocking waitid lose or defer the exit status of a child that ends?",
    .pidfd = {.needs = {"pidfd_open/nonblock", "waitid/nonblock"},
              .claims = {May("reported", "the child ended first", "pidfd_open(2)"),
                         May("eagain_then_reported",
                             "the child was still running at first, then its status was returned",
                             "pidfd_open(2)"),
                         Never("eagain_after_end", "EAGAIN is for children that can still end",
                               "kernel/exit.c do_wait"),
                         Never("lost", "ECHILD although no wait has returned the status",
                               "wait(2)"),
                         Never("twice", "a status is handed out once", "wait(2)"),
                         Never("another_end", "not the status of the child", "wait(2)")}},
    .legacy =
        {.claims = {May("reported", "the child ended first", "wait(2)"),
                    May("running_then_reported",
                        "WNOHANG: still running at first, then the status was returned", "wait(2)"),
                    Never("running_after_end", "WNOHANG finds a child that has ended", "wait(2)"),
                    Never("lost", "ECHILD although no wait has returned the status", "wait(2)"),
                    Never("twice", "a status is handed out once", "wait(2)"),
                    Never("another_end", "not the status of the child", "wait(2)")}},
    .no_control = "WNOHANG gives the same guarantee until the PID is reused",
    .loop = WaitAgainstExit,
    .faults = {"eagain-after-exit", "status-lost", "status-twice", "status-wrong"},
}};

void SetBlocking(const Fd& pidfd, bool blocks) {
  Require(fcntl(pidfd.get(), F_SETFL, blocks ? 0 : O_NONBLOCK) == 0);
}

// One thread waits, another sets or clears the flag and then kills the child, so that the wait
// returns even if it blocks.
void WaitAgainstFlag(Arena& arena, Path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  Arena::Stub child;
  bool blocks = true;  // initially
  std::atomic<bool> flipping = false;
  std::atomic<bool> ended = false;
  bool unflipped = false;
  Waits waits;
  Race race(trials, {{"fcntl(F_SETFL), kill, waitid(WNOWAIT)",
                      [&] {
                        flipping = true;
                        SetBlocking(child.pidfd, !blocks);
                        const CallResult saw = End(child.pid);
                        ended = true;
                        return saw;
                      }},
                     {"waitid(P_PIDFD)", [&]() -> CallResult {
                        waits.after_end = ended;
                        waits.racing = tested::Waitid(abi::kIdPidfd, child.pidfd.get(), WEXITED);
                        unflipped = !flipping;
                        return waits.racing.ok() ? CallResult(waits.racing->si_pid)
                                                 : CallResult(waits.racing);
                      }}});
  while (trials.Next()) {
    flipping = false;
    ended = false;
    child = arena.SpawnWithPid(StubLife::kWaits, true);
    blocks = trials.chance()() % 2 == 0;
    SetBlocking(child.pidfd, blocks);
    race.Run();
    waits.later = tested::Waitid(abi::kIdPidfd, child.pidfd.get(), WEXITED);
    ReapWhatIsLeft(child.pid);
    const bool without = blocks && unflipped && waits.racing.error() == EAGAIN;
    trials.Record(without ? "eagain_without_flag" : waits.Word(), race.window());
  }
}

const Registered<Torture> kFlag{{
    .name = "nonblock_race/flag",
    .question = "Does waitid either block or fail with EAGAIN if O_NONBLOCK changes as it begins?",
    .pidfd =
        {.needs = {"clone3/pidfd", "waitid/nonblock"},
         .claims = {May("reported", "the wait blocked until the end or came after it", "wait(2)"),
                    May("eagain_then_reported",
                        "the flag was set as the wait began, and a later wait returned the status",
                        "pidfd_open(2)"),
                    Never("eagain_without_flag", "the flag had not been set yet",
                          "kernel/exit.c kernel_waitid"),
                    Never("eagain_after_end", "EAGAIN is for children that can still end",
                          "kernel/exit.c do_wait"),
                    Never("lost", "ECHILD although no wait has returned the status", "wait(2)"),
                    Never("twice", "a status is handed out once", "wait(2)"),
                    Never("another_end", "not the status of the child", "wait(2)")}},
    .legacy = NotPossible("a PID has no flags"),
    .no_control = "a PID has no flags; the scenario checks only that the status is returned",
    .loop = WaitAgainstFlag,
    .faults = {"eagain-after-exit", "status-lost", "status-twice", "status-wrong"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::nonblock_race
