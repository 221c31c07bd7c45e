// The states of a process (alive, zombie, reaped), and what each path reports in each state.
#include "scenarios/fixtures/process_state.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::life_cycle {
namespace {

template <ProcessState kState>
Outcome Signalled(Arena& arena, Path path) {
  return In(kState, arena, path,
            [](const Handle& handle) { return Outcome::Of(handle.Signal(0)); });
}

template <ProcessState kState>
Outcome PidState(Arena& arena, Path path) {
  return In(kState, arena, path, [](const Handle& handle) {
    const Result<bool> has = handle.HasPid();
    if (!has.ok()) return Outcome::Of(has.error());
    return Outcome(*has ? "has_pid" : "no_pid");
  });
}

template <ProcessState kState>
Outcome Waited(Arena& arena, Path path) {
  return In(kState, arena, path, [](const Handle& handle) {
    return Outcome::Of(handle.Wait(WEXITED | WNOHANG | WNOWAIT));
  });
}

template <ProcessState kState>
Outcome Watched(Arena& arena, Path path) {
  return In(kState, arena, path, [](const Handle& handle) {
    const Result<bool> ended = handle.Ended();
    if (!ended.ok()) return Outcome::Of(ended.error());
    return Outcome(*ended ? "ended" : "not_ended");
  });
}

const Registered<Conformance> kSignalAlive{{
    .name = "life_cycle/alive_signal",
    .question = "Can a live process be signalled?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("ok", "signal 0 only checks whether the process can be signalled",
                              "pidfd_send_signal(2)")}},
    .legacy = {.claims = {Must("ok", "signal 0 only checks whether the process can be signalled",
                               "kill(2)")}},
    .ask = Signalled<ProcessState::kAlive>,
}};

const Registered<Conformance> kSignalZombie{{
    .name = "life_cycle/zombie_signal",
    .question = "Does a signal to a zombie fail?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("ok", "a zombie accepts signals without effect",
                              "kernel/signal.c, every release")}},
    .legacy = {.claims = {Must("ok", "an existing process might be a zombie", "kill(2) ERRORS")}},
    .ask = Signalled<ProcessState::kZombie>,
}};

const Registered<Conformance> kSignalDead{{
    .name = "life_cycle/dead_signal",
    .question = "Does a signal to a reaped process fail with ESRCH?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("esrch", "the process has terminated and been waited for",
                              "pidfd_send_signal(2)")}},
    .legacy = {.claims = {Must("esrch", "no process has this PID until it is reused", "kill(2)")}},
    .ask = Signalled<ProcessState::kDead>,
}};

const Registered<Conformance> kPidAlive{{
    .name = "life_cycle/alive_pid",
    .question = "Does a live process have a PID?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getpid"},
              .claims = {Must("has_pid", "fdinfo shows the PID",
                              "glibc sysdeps/unix/sysv/linux/pidfd_getpid.c")}},
    .legacy = {.claims = {Must("has_pid", "getpgid finds the process", "getpgid(2)")}},
    .ask = PidState<ProcessState::kAlive>,
}};

const Registered<Conformance> kPidZombie{{
    .name = "life_cycle/zombie_pid",
    .question = "Does a zombie keep its PID?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getpid"},
              .claims = {Must("has_pid", "fdinfo shows the PID until the process is reaped",
                              "kernel/pid.c")}},
    .legacy = {.claims = {Must("has_pid", "the PID is freed only by the reaping",
                               "wait(2) NOTES")}},
    .ask = PidState<ProcessState::kZombie>,
}};

const Registered<Conformance> kPidDead{{
    .name = "life_cycle/dead_pid",
    .question = "Does a reaped process still have a PID?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getpid"},
              .claims = {Must("no_pid", "fdinfo shows -1", "kernel/fork.c pidfd_show_fdinfo")
                             .Since(eras::kFdinfoOfReaped),
                         May("has_pid", "fdinfo kept the old PID", "kernel/fork.c")
                             .Until(eras::kFdinfoOfReaped)}},
    .legacy = {.claims = {Must("no_pid", "no process has this PID until it is reused",
                               "getpgid(2)")}},
    .ask = PidState<ProcessState::kDead>,
}};

const Registered<Conformance> kStatusAlive{{
    .name = "life_cycle/alive_status",
    .question = "What does waitid with WNOHANG return while the child lives?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("running", "WNOHANG succeeds without naming a child", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = Waited<ProcessState::kAlive>,
}};

const Registered<Conformance> kStatusZombie{{
    .name = "life_cycle/zombie_status",
    .question = "Can waitid return the exit status of a zombie?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("killed", "a zombie exists to keep its status", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = Waited<ProcessState::kZombie>,
}};

const Registered<Conformance> kStatusDead{{
    .name = "life_cycle/dead_status",
    .question = "Can waitid return the exit status once the process is reaped?",
    .without_pid_namespace = kPidfdOnly,
    .claims = {Must("echild", "a status is handed out once", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = Waited<ProcessState::kDead>,
}};

const Registered<Conformance> kReadyAlive{{
    .name = "life_cycle/alive_ready",
    .question = "Does a live process look as if it had ended?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("not_ended", "a pidfd is readable only once the process has ended",
                              "pidfd_open(2)")}},
    .legacy = {.claims = {Must("not_ended", "kill(pid, 0) succeeds", "kill(2)")}},
    .ask = Watched<ProcessState::kAlive>,
}};

const Registered<Conformance> kReadyZombie{{
    .name = "life_cycle/zombie_ready",
    .question = "Can the end of a process be observed while it is a zombie, without reaping it?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("ended", "a pidfd is readable once the process has ended",
                              "pidfd_open(2)"),
                         Never("not_ended", "an event loop would wait forever", "pidfd_open(2)")}},
    .legacy = {.claims = {Hazard("not_ended",
                                 "kill(pid, 0) succeeds for a zombie as for a live process",
                                 "kill(2)")}},
    .ask = Watched<ProcessState::kZombie>,
}};

const Registered<Conformance> kReadyDead{{
    .name = "life_cycle/dead_ready",
    .question = "Can the end of a process be observed once it is reaped?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("ended", "a pidfd stays readable forever", "pidfd_open(2)")}},
    .legacy = {.claims = {Must("ended", "kill(pid, 0) fails until the PID is reused", "kill(2)")}},
    .ask = Watched<ProcessState::kDead>,
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::life_cycle
