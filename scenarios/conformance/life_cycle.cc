// The life of a process, alive, zombie, dead (reaped), and what each path can tell of each state.
#include "scenarios/fixtures/alike.h"
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

const Registered<Scenario> kSignalAlive{{
    .name = "life_cycle/alive_signal",
    .question = "Can a live process be signalled?",
    .pidfd_needs = {"pidfd_open", "pidfd_send_signal"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "ok", kMust, "signal 0 asks only whether it may be signalled",
                "pidfd_send_signal(2)"},
               {kLegacyPid, "ok", kMust, "signal 0 asks only whether it may be signalled",
                "kill(2)"}},
    .trial = Signalled<ProcessState::kAlive>,
}};

const Registered<Scenario> kSignalZombie{{
    .name = "life_cycle/zombie_signal",
    .question = "Is a signal to a zombie an error?",
    .pidfd_needs = {"pidfd_open", "pidfd_send_signal"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "ok", kMust, "a zombie takes signals without effect",
                "kernel/signal.c, every release"},
               {kLegacyPid, "ok", kMust, "an existing process might be a zombie",
                "kill(2) ERRORS"}},
    .trial = Signalled<ProcessState::kZombie>,
}};

const Registered<Scenario> kSignalDead{{
    .name = "life_cycle/dead_signal",
    .question = "Does a signal to a reaped process say that it is gone?",
    .pidfd_needs = {"pidfd_open", "pidfd_send_signal"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "esrch", kMust, "the process has terminated and been waited on",
                "pidfd_send_signal(2)"},
               {kLegacyPid, "esrch", kMust, "no process has this PID until it is reused",
                "kill(2)"}},
    .trial = Signalled<ProcessState::kDead>,
}};

const Registered<Scenario> kNumberAlive{{
    .name = "life_cycle/alive_number",
    .question = "Does a live process have a number?",
    .pidfd_needs = {"pidfd_open", "pidfd_getpid"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "has_number", kMust, "fdinfo shows it",
                "glibc sysdeps/unix/sysv/linux/pidfd_getpid.c"},
               {kLegacyPid, "has_number", kMust, "getpgid finds it", "getpgid(2)"}},
    .trial = Numbered<ProcessState::kAlive>,
}};

const Registered<Scenario> kNumberZombie{{
    .name = "life_cycle/zombie_number",
    .question = "Does a zombie keep its number?",
    .pidfd_needs = {"pidfd_open", "pidfd_getpid"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "has_number", kMust, "fdinfo shows it until it is reaped", "kernel/pid.c"},
               {kLegacyPid, "has_number", kMust, "the number is free only once it is reaped",
                "wait(2) NOTES"}},
    .trial = Numbered<ProcessState::kZombie>,
}};

const Registered<Scenario> kNumberDead{{
    .name = "life_cycle/dead_number",
    .question = "Does a reaped process still have a number?",
    .pidfd_needs = {"pidfd_open", "pidfd_getpid"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "no_number", kMust, "fdinfo shows -1", "kernel/fork.c pidfd_show_fdinfo",
                &eras::kFdinfoOfReaped},
               {kPidfd,
                "has_number",
                kMay,
                "fdinfo kept the old number",
                "kernel/fork.c",
                {},
                &eras::kFdinfoOfReaped},
               {kLegacyPid, "no_number", kMust, "nobody has it, as long as nobody takes it",
                "getpgid(2)"}},
    .trial = Numbered<ProcessState::kDead>,
}};

const Registered<Scenario> kStatusAlive{{
    .name = "life_cycle/alive_status",
    .question = "What does a wait that may not block find while the child lives?",
    .pidfd_needs = {"pidfd_open", "waitid/p_pidfd"},
    .without_pid_namespace = kBothPaths,
    .claims = Both("running", "WNOHANG succeeds and names no child", "wait(2)"),
    .trial = Waited<ProcessState::kAlive>,
}};

const Registered<Scenario> kStatusZombie{{
    .name = "life_cycle/zombie_status",
    .question = "Can the exit status of a zombie be had?",
    .pidfd_needs = {"pidfd_open", "waitid/p_pidfd"},
    .without_pid_namespace = kBothPaths,
    .claims = Both("killed", "that is what a zombie is kept for", "wait(2)"),
    .trial = Waited<ProcessState::kZombie>,
}};

const Registered<Scenario> kStatusDead{{
    .name = "life_cycle/dead_status",
    .question = "Can the exit status be had by a wait once the process is reaped?",
    .pidfd_needs = {"pidfd_open", "waitid/p_pidfd"},
    .without_pid_namespace = kPidfdOnly,
    .claims = Both("echild", "a status is handed out once", "wait(2)"),
    .trial = Waited<ProcessState::kDead>,
}};

const Registered<Scenario> kReadyAlive{{
    .name = "life_cycle/alive_ready",
    .question = "Does a live process look as if it had ended?",
    .pidfd_needs = {"pidfd_open", "poll"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "not_ended", kMust, "a pidfd is readable only once the process has ended",
                "pidfd_open(2)"},
               {kLegacyPid, "not_ended", kMust, "kill(pid, 0) succeeds", "kill(2)"}},
    .trial = Watched<ProcessState::kAlive>,
}};

const Registered<Scenario> kReadyZombie{{
    .name = "life_cycle/zombie_ready",
    .question = "Can one see that a process has ended while it is a zombie, without reaping it?",
    .pidfd_needs = {"pidfd_open", "poll"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "ended", kMust, "a pidfd is readable once the process has ended",
                "pidfd_open(2)"},
               {kPidfd, "not_ended", kNever, "an event loop would wait for ever", "pidfd_open(2)"},
               {kLegacyPid, "not_ended", kHazard,
                "kill(pid, 0) succeeds on a zombie as on the living", "kill(2)"}},
    .trial = Watched<ProcessState::kZombie>,
}};

const Registered<Scenario> kReadyDead{{
    .name = "life_cycle/dead_ready",
    .question = "Can one see that a process has ended once it is reaped?",
    .pidfd_needs = {"pidfd_open", "poll"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "ended", kMust, "a pidfd stays readable for good", "pidfd_open(2)"},
               {kLegacyPid, "ended", kMust,
                "kill(pid, 0) fails, as long as nobody takes the number", "kill(2)"}},
    .trial = Watched<ProcessState::kDead>,
}};

}  // namespace
}  // namespace pidproof
