// Which watchers an exit is reported to, and what else is: event loops with a pidfd, and with
// SIGCHLD (signalfd).
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <vector>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::ready_watchers {
namespace {

// The event source without pidfds: SIGCHLD, blocked and read from a signalfd.
class SignalsOfChildren {
 public:
  SignalsOfChildren() {
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGCHLD);
    Require(sigprocmask(SIG_BLOCK, &mask, nullptr) == 0);
    signals_ = Fd(signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK));
    Require(static_cast<bool>(signals_));
  }
  // Returns once a signal has come. The kernel sends the one of a stop after waitid can report it.
  // The trial's deadline ends a wait for an event that does not come.
  void Await() const { Require(sys::Poll(signals_.get(), POLLIN, -1)); }
  // How many signals have come by now; they are consumed.
  int Count() const {
    signalfd_siginfo info;
    int count = 0;
    while (read(signals_.get(), &info, sizeof info) == sizeof info) ++count;
    return count;
  }

 private:
  Fd signals_;
};

bool Readable(const Fd& pidfd) { return Require(tested::Poll(pidfd.get(), POLLIN, 0)) != 0; }

const Registered<Conformance> kTwoEnd{{
    .name = "ready/two_end_at_once",
    .question = "How many reports does an event loop get when two children end before it looks?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("two", "each process has a descriptor of its own", "pidfd_open(2)"),
                         Never("one", "one of the two would not be reaped", "pidfd_open(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const std::array<Child, 2> children = {arena.Spawn(body::Exits),
                                                       arena.Spawn(body::Exits)};
                int readable = 0;
                for (const Child& child : children) {
                  const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                  child.AwaitZombie();
                  readable += Readable(pidfd) ? 1 : 0;
                }
                return readable == 2 ? "two" : readable == 1 ? "one" : "none";
              }},
    .legacy = {.claims = {Hazard("one",
                                 "SIGCHLD is not queued: one signal may stand for several children",
                                 "signal(7)")},
               .ask = [](Arena& arena) -> Outcome {
                 const SignalsOfChildren signals;
                 const std::array<Child, 2> children = {arena.Spawn(body::Exits),
                                                        arena.Spawn(body::Exits)};
                 for (const Child& child : children) child.AwaitZombie();
                 const int reports = signals.Count();
                 return reports == 2 ? "two" : reports == 1 ? "one" : "none";
               }},
}};

// What the event loop reports when the child is stopped, and when it is continued.
void StopAndContinue(const Child& child) {
  Require(sys::Kill(child.pid(), SIGSTOP));
  Require(sys::Waitid(P_PID, child.pid(), WSTOPPED | WNOWAIT));
  Require(sys::Kill(child.pid(), SIGCONT));
  Require(sys::Waitid(P_PID, child.pid(), WCONTINUED | WNOWAIT));
}

const Registered<Conformance> kStopped{{
    .name = "ready/stopped",
    .question = "Does a stop or continuation of a process wake an event loop?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("quiet", "only the end of the process is an event", "pidfd_open(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                StopAndContinue(child);
                return Readable(pidfd) ? "woken" : "quiet";
              }},
    .legacy = {.claims = {Must("woken", "SIGCHLD is sent for these too, unless SA_NOCLDSTOP is set",
                               "sigaction(2)")},
               .ask = [](Arena& arena) -> Outcome {
                 const SignalsOfChildren signals;
                 const Child child = arena.Spawn(body::Lingers);
                 StopAndContinue(child);
                 signals.Await();
                 return "woken";
               }},
}};

// Handed to the watchers by fork. A trial has a process of its own.
std::optional<Fd> handed;
std::optional<SignalsOfChildren> signals;

constexpr int kWoken = 1;
constexpr int kQuiet = 2;

Outcome PidfdInfoReply(Child& watcher) {
  const siginfo_t ended = watcher.Reap();
  if (ended.si_code != CLD_EXITED) return "watcher_killed";
  if (ended.si_status == kWoken) return "reported";
  return ended.si_status == kQuiet ? "not_reported" : "watcher_failed";
}

const Registered<Conformance> kNoChild{{
    .name = "ready/no_child",
    .question = "Can a process be notified of the end of one that is not its child?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("reported", "any holder of a pidfd can poll it", "pidfd_open(2)"),
                         Never("not_reported", "a supervisor would wait forever", "pidfd_open(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const Child target = arena.Spawn(body::AtGate);
                handed.emplace(Require(tested::PidfdOpen(target.pid(), 0)));
                Child watcher = arena.Spawn([](int) {
                  // The trial's deadline ends a wait for an event that does not come.
                  const Result<short> ready = tested::Poll(handed->get(), POLLIN, -1);
                  return ready.ok() && *ready == POLLIN ? kWoken : kQuiet;
                });
                target.Open();
                return PidfdInfoReply(watcher);
              }},
    .legacy = {.claims = {Hazard("not_reported", "SIGCHLD is sent to the parent only", "wait(2)")},
               .ask = [](Arena& arena) -> Outcome {
                 const Child target = arena.Spawn(body::Exits);
                 Child watcher = arena.Spawn([](int gate) {
                   signals.emplace();
                   body::Pass(gate);
                   return signals->Count() > 0 ? kWoken : kQuiet;
                 });
                 target.AwaitZombie();
                 watcher.Open();
                 return PidfdInfoReply(watcher);
               }},
}};

const Registered<Conformance> kManyWatchers{{
    .name = "ready/many_watchers",
    .question = "Does the end of a process wake all processes that wait for it?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("all", "the end is a state, which no waiter can consume",
                              "kernel/exit.c do_notify_pidfd")},
              .ask = [](Arena& arena) -> Outcome {
                const Child target = arena.Spawn(body::Lingers);
                handed.emplace(Require(tested::PidfdOpen(target.pid(), 0)));
                std::vector<Child> watchers;
                for (int i = 0; i < 4; ++i) {
                  watchers.push_back(arena.Spawn([](int) {
                    const Result<short> ready = tested::Poll(handed->get(), POLLIN, -1);
                    return ready.ok() && *ready == POLLIN ? kWoken : kQuiet;
                  }));
                }
                target.Kill();
                for (Child& watcher : watchers) {
                  const Outcome outcome = PidfdInfoReply(watcher);
                  if (outcome != Outcome("reported")) return outcome;
                }
                return "all";
              }},
    .legacy = NotPossible("only the parent is notified of an end"),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::ready_watchers
