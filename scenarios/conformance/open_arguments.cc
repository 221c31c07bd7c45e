// pidfd_open: which PIDs and flags it refuses, and what it checks first.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <initializer_list>

#include "probes/refusal/kernel_evidence.h"
#include "probes/system/require.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::open_arguments {
namespace {

constexpr pid_t kUnusedPids[] = {4194305, INT_MAX};  // above any pid_max
constexpr std::string_view kNoFlags = "calls that take a PID take no flags";

// The common errno of all PIDs, or the first one that is not the expected one.
Outcome OpenEach(std::initializer_list<pid_t> pids, int expected) {
  for (const pid_t pid : pids) {
    const int error = tested::PidfdOpen(pid, 0).error();
    if (error != expected) return Outcome::Of(error);
  }
  return Outcome::Of(expected);
}

constexpr std::string_view kProposal =
    "RFC \"pidfd: add a minimal process spawn builder\", LWN 1086330";

// All bits but those of PIDFD_NONBLOCK and PIDFD_THREAD. The value of a flag that is only proposed
// may change until it is merged.
const std::vector<unsigned> kUndefinedFlags = [] {
  std::vector<unsigned> flags;
  for (unsigned flag = 1; flag != 0; flag <<= 1) {
    if ((flag & (abi::kPidfdNonblock | abi::kPidfdThread)) == 0) flags.push_back(flag);
  }
  return flags;
}();

// Whether the flag is that of PIDFD_EMPTY: with it, 0 is accepted and names no process.
bool MakesEmpty(unsigned flag) {
  const Result<Fd> made = tested::PidfdOpen(0, flag);
  return made.ok() && !tested::PidfdSendSignal(made->get(), 0, nullptr, 0).ok();
}

const Registered<Conformance> kZero{{
    .name = "open/pid_zero",
    .question = "Does PID 0 refer to the caller?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("einval",
                              "0 is not the PID of any process, and without a flag (PIDFD_EMPTY is "
                              "proposed) no new one",
                              "pidfd_open(2)")},
              .ask = [](Arena&) { return OpenEach({0}, EINVAL); }},
    .legacy = {.claims = {Hazard("names_caller",
                                 "0 means the caller, and for kill(2) its process group",
                                 "getpgid(2), kill(2)")},
               .ask = [](Arena&) -> Outcome {
                 const pid_t group = getpgid(0);
                 if (group < 0) return Outcome::Of(errno);
                 return group == getpgrp() ? "names_caller" : "names_another";
               }},
}};

const Registered<Conformance> kNegative{{
    .name = "open/pid_negative",
    .question = "Does the -1 that a failed fork returns refer to a process?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("einval", "negative PIDs are refused", "pidfd_open(2)")},
              .ask =
                  [](Arena&) {
                    return OpenEach({-1, -2, INT_MIN}, EINVAL);
                  }},
    .legacy = {.claims = {Hazard("reaps_any_child",
                                 "-1 means any child to waitpid(2) and all processes to kill(2)",
                                 "wait(2), kill(2)")},
               .ask = [](Arena& arena) -> Outcome {
                 Child child = arena.Spawn(body::Exits);
                 const pid_t bystander = child.pid();
                 child.AwaitZombie();
                 const pid_t reaped = waitpid(-1, nullptr, WNOHANG);
                 if (reaped < 0) return Outcome::Of(errno);
                 if (reaped != bystander) return "reaps_nobody";
                 child.Disown();
                 return "reaps_any_child";
               }},
}};

const Registered<Conformance> kTooLarge{{
    .name = "open/pid_too_large",
    .question = "Is a PID above the possible maximum EINVAL or ESRCH?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("esrch", "no process has this PID", "pidfd_open(2)")}},
    .legacy = {.claims = {Must("esrch", "no process has this PID", "kill(2)")}},
    .ask = [](Arena&, Path path) -> Outcome {
      for (const pid_t pid : kUnusedPids) {
        const Result<Handle> named = Handle::ToPid(pid, path);
        const int error = named.ok() ? named->Signal(0).error() : named.error();
        if (error != ESRCH) return Outcome::Of(error);
      }
      return Outcome::Of(ESRCH);
    },
}};

const Registered<Conformance> kUnknownFlags{{
    .name = "open/flags_unknown",
    .question = "Does pidfd_open refuse every flag but PIDFD_NONBLOCK and PIDFD_THREAD?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must(
                  "einval",
                  "unknown flags must be refused; open/empty asks of PIDFD_EMPTY, which "
                  "is proposed",
                  "pidfd_open(2)")},
              .ask = [](Arena&) -> Outcome {
                for (const unsigned flag : kUndefinedFlags) {
                  const int error = tested::PidfdOpen(getpid(), flag).error();
                  if (error != EINVAL && !MakesEmpty(flag)) return Outcome::Of(error);
                }
                return Outcome::Of(EINVAL);
              }},
    .legacy = NotPossible(kNoFlags),
}};

const Registered<Conformance> kEmpty{{
    .name = "open/empty",
    .question = "Can pidfd_open make a pidfd of a process that does not exist yet (PIDFD_EMPTY)?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {May("einval", "no release has that flag", "pidfd_open(2)"),
                         May("of_no_process",
                             "pidfd_open(0, PIDFD_EMPTY), proposed in 2026-07: signals find no "
                             "process before pidfd_spawn_run",
                             kProposal),
                         May("of_no_process_and_run",
                             "the same, and the kernel's symbols name pidfd_spawn_run", kProposal)},
              .ask = [](Arena&) -> Outcome {
                for (const unsigned flag : kUndefinedFlags) {
                  const Result<Fd> made = tested::PidfdOpen(0, flag);
                  if (!made.ok() && made.error() != EINVAL) return Outcome::Of(made.error());
                  if (!made.ok()) continue;
                  if (!MakesEmpty(flag)) return "of_a_process";
                  return refusal::SymbolOf("pidfd_spawn_run") == refusal::Symbol::kBuiltIn
                             ? "of_no_process_and_run"
                             : "of_no_process";
                }
                return Outcome::Of(EINVAL);
              }},
    .legacy = NotPossible("a process that does not exist has no PID"),
}};

const Registered<Conformance> kFlagsFirst{{
    .name = "open/flags_before_pid",
    .question = "Which error is reported for an invalid argument and a PID that no process has?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("einval", "the flags are checked before the PID",
                              "kernel/pid.c pidfd_open")},
              .ask = [](Arena&) { return Outcome::Of(tested::PidfdOpen(INT_MAX, 1).error()); }},
    .legacy = {.claims = {Must("esrch", "the PID is looked up before the signal is checked",
                               "kernel/signal.c kill_pid_info")},
               .ask =
                   [](Arena&) {
                     constexpr int kNoSignal = 1000;
                     return Outcome::Of(sys::Kill(INT_MAX, kNoSignal));
                   }},
}};

// Leaves no descriptor free.
void UseUpDescriptors() {
  const int free = open("/", O_RDONLY | O_CLOEXEC);
  rlimit limit{};
  Require(free >= 0 && close(free) == 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = static_cast<rlim_t>(free);
  Require(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

const Registered<Conformance> kNoDescriptor{{
    .name = "open/descriptors_used_up",
    .question = "Can a process be named by pidfd_open or its PID when RLIMIT_NOFILE is reached?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("emfile", "a pidfd needs a free descriptor: keep one in reserve",
                              "pidfd_open(2)")}},
    .legacy = {.claims = {Must("ok", "a PID needs no descriptor", "kill(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Child child = arena.Spawn(body::Lingers);
      UseUpDescriptors();
      const Result<Handle> named = Handle::ToPid(child.pid(), path);
      return Outcome::Of(named.ok() ? named->Signal(0).error() : named.error());
    },
}};

const Registered<Conformance> kPidFirst{{
    .name = "open/pid_before_descriptor",
    .question = "Which error is reported for a PID that no process has when no descriptor is free?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("esrch", "the process is looked up before a descriptor is allocated",
                              "kernel/pid.c pidfd_open")}},
    .legacy = {.claims = {Must("esrch", "no process has this PID", "kill(2)")}},
    .ask = [](Arena&, Path path) -> Outcome {
      UseUpDescriptors();
      const Result<Handle> named = Handle::ToPid(INT_MAX, path);
      return Outcome::Of(named.ok() ? named->Signal(0).error() : named.error());
    },
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::open_arguments
