// The life of a process, alive, zombie, dead (reaped), and what each path can tell of each state.
#include "scenarios/fixtures/process_state.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"

namespace pidproof {
namespace {

template <ProcessState kLife>
Outcome Signalled(Arena& arena, Path path) {
  return In(kLife, arena, path, [](const Handle& handle) { return Outcome::Of(handle.Signal(0)); });
}

template <ProcessState kLife>
Outcome Numbered(Arena& arena, Path path) {
  return In(kLife, arena, path, [](const Handle& handle) {
    const Result<bool> has = handle.HasNumber();
    if (!has.ok()) return Outcome::Of(has.error());
    return Outcome(*has ? "has_number" : "no_number");
  });
}

template <ProcessState kLife>
Outcome Waited(Arena& arena, Path path) {
  return In(kLife, arena, path, [](const Handle& handle) {
    return Outcome::Of(handle.Wait(WEXITED | WNOHANG | WNOWAIT));
  });
}

template <ProcessState kLife>
Outcome Watched(Arena& arena, Path path) {
  return In(kLife, arena, path, [](const Handle& handle) {
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
              .claims = {Must("ok", "signal 0 asks only whether it may be signalled",
                              "pidfd_send_signal(2)")}},
    .legacy = {.claims = {Must("ok", "signal 0 asks only whether it may be signalled", "kill(2)")}},
    .ask = Signalled<ProcessState::kAlive>,
}};

const Registered<Conformance> kSignalZombie{{
    .name = "life_cycle/zombie_signal",
    .question = "Is a signal to a zombie an error?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("ok", "a zombie takes signals without effect",
                              "kernel/signal.c, every release")}},
    .legacy = {.claims = {Must("ok", "an existing process might be a zombie", "kill(2) ERRORS")}},
    .ask = Signalled<ProcessState::kZombie>,
}};

const Registered<Conformance> kSignalDead{{
    .name = "life_cycle/dead_signal",
    .question = "Does a signal to a reaped process say that it is gone?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("esrch", "the process has terminated and been waited on",
                              "pidfd_send_signal(2)")}},
    .legacy = {.claims = {Must("esrch", "no process has this PID until it is reused", "kill(2)")}},
    .ask = Signalled<ProcessState::kDead>,
}};

const Registered<Conformance> kNumberAlive{{
    .name = "life_cycle/alive_number",
    .question = "Does a live process have a number?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getpid"},
              .claims = {Must("has_number", "fdinfo shows it",
                              "glibc sysdeps/unix/sysv/linux/pidfd_getpid.c")}},
    .legacy = {.claims = {Must("has_number", "getpgid finds it", "getpgid(2)")}},
    .ask = Numbered<ProcessState::kAlive>,
}};

const Registered<Conformance> kNumberZombie{{
    .name = "life_cycle/zombie_number",
    .question = "Does a zombie keep its number?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getpid"},
              .claims = {Must("has_number", "fdinfo shows it until it is reaped", "kernel/pid.c")}},
    .legacy = {.claims = {Must("has_number", "the number is free only once it is reaped",
                               "wait(2) NOTES")}},
    .ask = Numbered<ProcessState::kZombie>,
}};

const Registered<Conformance> kNumberDead{{
    .name = "life_cycle/dead_number",
    .question = "Does a reaped process still have a number?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getpid"},
              .claims = {Must("no_number", "fdinfo shows -1", "kernel/fork.c pidfd_show_fdinfo")
                             .Since(eras::kFdinfoOfReaped),
                         May("has_number", "fdinfo kept the old number", "kernel/fork.c")
                             .Until(eras::kFdinfoOfReaped)}},
    .legacy = {.claims = {Must("no_number", "nobody has it, as long as nobody takes it",
                               "getpgid(2)")}},
    .ask = Numbered<ProcessState::kDead>,
}};

const Registered<Conformance> kStatusAlive{{
    .name = "life_cycle/alive_status",
    .question = "What does a wait that may not block find while the child lives?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("running", "WNOHANG succeeds and names no child", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = Waited<ProcessState::kAlive>,
}};

const Registered<Conformance> kStatusZombie{{
    .name = "life_cycle/zombie_status",
    .question = "Can the exit status of a zombie be had?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("killed", "that is what a zombie is kept for", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = Waited<ProcessState::kZombie>,
}};

const Registered<Conformance> kStatusDead{{
    .name = "life_cycle/dead_status",
    .question = "Can the exit status be had by a wait once the process is reaped?",
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
    .question = "Can one see that a process has ended while it is a zombie, without reaping it?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("ended", "a pidfd is readable once the process has ended",
                              "pidfd_open(2)"),
                         Never("not_ended", "an event loop would wait for ever", "pidfd_open(2)")}},
    .legacy = {.claims = {Hazard("not_ended", "kill(pid, 0) succeeds on a zombie as on the living",
                                 "kill(2)")}},
    .ask = Watched<ProcessState::kZombie>,
}};

const Registered<Conformance> kReadyDead{{
    .name = "life_cycle/dead_ready",
    .question = "Can one see that a process has ended once it is reaped?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("ended", "a pidfd stays readable for good", "pidfd_open(2)")}},
    .legacy = {.claims = {Must("ended", "kill(pid, 0) fails, as long as nobody takes the number",
                               "kill(2)")}},
    .ask = Watched<ProcessState::kDead>,
}};

}  // namespace
}  // namespace pidproof
