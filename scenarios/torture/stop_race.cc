// One thread stops a child, continues and kills it; another waits for all of that. A stop is no
// longer reported once the child has continued, nor a continuation once it has exited
// (kernel/signal.c prepare_signal, kernel/exit.c wait_consider_task): reports may be swallowed. But
// each is reported at most once, none without its event, and the exit always.
#include <signal.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <utility>

#include "probes/system/require.h"
#include "scenarios/handle.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::stop_race {
namespace {

// How far the sending thread has come.
enum Sent { kNothing, kStopping, kContinuing, kContinued, kEnding };

// The sending thread leaves that many nanoseconds between the signals, and none in every fourth
// trial: then the child may never stop.
struct Gaps {
  std::int64_t stopped = 0;
  std::int64_t continued = 0;

  static Gaps Draw(std::mt19937_64& chance) {
    constexpr std::int64_t kLongest = 30'000;
    std::uniform_int_distribution<std::int64_t> gap(-kLongest / 3, kLongest);
    return {gap(chance), gap(chance)};
  }
};

void Send(pid_t child, const Gaps& gaps, std::atomic<int>& sent) {
  sent = kStopping;
  Require(sys::Kill(child, SIGSTOP));
  SpinFor(gaps.stopped);
  sent = kContinuing;
  Require(sys::Kill(child, SIGCONT));
  sent = kContinued;
  SpinFor(gaps.continued);
  sent = kEnding;
  Require(sys::Kill(child, SIGKILL));
}

// The reports that the waiting thread gets, in order.
class Reports {
 public:
  // Whether to wait again. before, after: how far the sending thread had come when the wait began
  // and returned.
  bool Add(const Result<siginfo_t>& report, int before, int after) {
    if (!report.ok() || report->si_pid == 0) return Close(Outcome::Of(report));
    switch (report->si_code) {
      case CLD_STOPPED:
        if (report->si_status != SIGSTOP) return Close("wrong_status");
        if (after < kStopping) return Close("never_sent");
        // SIGCONT removes the report of the stop before the call that sends it returns.
        if (before >= kContinued || continues_ > 0) return Close("stop_after_continue");
        return ++stops_ == 1 || Close("twice");
      case CLD_CONTINUED:
        if (report->si_status != SIGCONT) return Close("wrong_status");
        if (after < kContinuing) return Close("never_sent");
        return ++continues_ == 1 || Close("twice");
      default:
        if (report->si_code != CLD_KILLED || report->si_status != SIGKILL)
          return Close("wrong_status");
        if (after < kEnding) return Close("never_sent");
        return Close(stops_ == 0 && continues_ == 0 ? "end"
                     : stops_ == 0                  ? "continue_end"
                     : continues_ == 0              ? "stop_end"
                                                    : "stop_continue_end");
    }
  }
  Outcome word() const { return word_; }

 private:
  bool Close(Outcome word) {
    word_ = word;
    return false;
  }
  int stops_ = 0;
  int continues_ = 0;
  Outcome word_ = "";
};

void WaitAgainstStops(Arena& arena, Path path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  Arena::Stub child;
  std::optional<Handle> handle;
  std::atomic<int> sent = kNothing;
  Gaps gaps;
  Reports reports;
  // The child may share the processor of the loop's own thread, which therefore must not be the
  // spinning one.
  Race race(trials, {{"waitid(WSTOPPED | WCONTINUED | WEXITED)",
                      [&]() -> CallResult {
                        for (;;) {
                          const int before = sent;
                          const auto report = handle->Wait(WSTOPPED | WCONTINUED | WEXITED);
                          if (!reports.Add(report, before, sent)) return report;
                        }
                      }},
                     {"kill(SIGSTOP, SIGCONT, SIGKILL)", [&]() -> CallResult {
                        Send(child.pid, gaps, sent);
                        return 0;
                      }}});
  while (trials.Next()) {
    sent = kNothing;
    gaps = Gaps::Draw(trials.chance());
    reports = {};
    child = arena.SpawnWithPid(StubLife::kWaits, Handle::NeedsPidfdAtSpawn(path));
    handle.emplace(Handle::Of(child, path));
    race.Run();
    // The child has been killed: reaped already if its exit was reported, else now.
    static_cast<void>(sys::Waitid(P_PID, child.pid, WEXITED));
    trials.Record(reports.word(), race.window());
  }
}

const Registered<Torture> kStory{{
    .name = "stop_race/sequence",
    .question = "Does waitid report a legal sequence of stop, continuation and end?",
    .claims = {May("end", "the signals came too fast for more reports", "signal(7)"),
               May("stop_end", "the end replaced the continuation", "wait(2)"),
               May("continue_end", "the continuation replaced the stop",
                   "kernel/signal.c prepare_signal"),
               May("stop_continue_end", "all three were reported", "wait(2)"),
               Never("twice", "each stop or continuation is reported once", "wait(2)"),
               Never("stop_after_continue", "SIGCONT discards an unreported stop",
                     "kernel/signal.c prepare_signal"),
               Never("never_sent", "reported before the signal was sent", "wait(2)"),
               Never("wrong_status", "not the signal that was sent", "wait(2)"),
               Never("echild", "the process was a child and not yet reaped", "wait(2)")},
    .pidfd = {.needs = {"clone3/pidfd", "waitid/p_pidfd"}},
    .no_control = "waiting by PID gives the same guarantee until the PID is reused",
    .loop = WaitAgainstStops,
    .faults = {"status-lost", "status-wrong"},
}};

using Answers = std::array<Result<siginfo_t>, 2>;

Outcome CountReports(const Answers& answers, int signal, TrialLoop& trials) {
  int count = 0;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const Result<siginfo_t>& answer = answers[i];
    if (!answer.ok()) return Outcome::Of(answer);
    if (answer->si_pid == 0) continue;
    if (answer->si_status != signal) return "wrong_status";
    trials.Won(i);
    ++count;
  }
  return count == 1 ? "one_report" : count == 0 ? "no_report" : "two_reports";
}

// One child is stopped and continued in turns; a trial is one of these.
void TwoWaitForStops(Arena& arena, Path path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  Arena::Stub child = arena.SpawnWithPid(StubLife::kWaits, Handle::NeedsPidfdAtSpawn(path));
  const Handle handle = Handle::Of(child, path);
  int options = WCONTINUED;
  Answers answers{Result<siginfo_t>::Errno(0), Result<siginfo_t>::Errno(0)};
  const auto waits = [&](std::size_t place) -> Race::Act {
    return {"waitid(WNOHANG)", [&, &answer = answers[place]]() -> CallResult {
              answer = handle.Wait(options | WNOHANG);
              return answer.ok() ? CallResult(answer->si_pid) : CallResult(answer);
            }};
  };
  {
    Race race(trials, {waits(0), waits(1)});
    while (trials.Next()) {
      options ^= WCONTINUED | WSTOPPED;
      const int signal = options == WSTOPPED ? SIGSTOP : SIGCONT;
      Require(sys::Kill(child.pid, signal));
      Require(sys::Waitid(P_PID, child.pid, options | WNOWAIT));
      race.Run();
      trials.Record(CountReports(answers, signal, trials), race.window());
    }
  }
  arena.End(child);
}

const Registered<Torture> kTwoWaiters{{
    .name = "stop_race/two_waiters",
    .question = "Does exactly one of two waiters get the report of a stop or continuation?",
    .claims = {Must("one_report", "one waiter consumes the report", "wait(2)"),
               Never("two_reports", "both waiters got the report",
                     "kernel/exit.c wait_task_stopped"),
               Never("no_report", "neither waiter got the report",
                     "kernel/exit.c wait_task_stopped"),
               Never("wrong_status", "not the signal that was sent", "wait(2)"),
               Never("echild", "the process is a live child", "wait(2)")},
    .pidfd = {.needs = {"clone3/pidfd", "waitid/p_pidfd"}},
    .no_control = "waiting by PID gives the same guarantee until the PID is reused",
    .loop = TwoWaitForStops,
    .faults = {"status-lost", "status-wrong"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::stop_race
