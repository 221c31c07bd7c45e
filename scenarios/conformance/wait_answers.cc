// waitid(2): what it stores, and what it consumes.
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstring>

#include "probes/system/require.h"
#include "scenarios/fixtures/bad_address.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::wait_answers {
namespace {

Outcome Described(const Child& child, const siginfo_t& info) {
  if (info.si_signo != SIGCHLD) return "another_signal";
  if (info.si_code != CLD_EXITED) return "another_code";
  if (info.si_status != body::kGateStatus) return "another_status";
  if (info.si_pid != child.pid()) return "another_pid";
  if (info.si_uid != getuid()) return "another_user";
  return info.si_errno == 0 ? "as_documented" : "an_errno";
}

const Registered<Conformance> kFields{{
    .name = "wait/fields",
    .question = "Does waitid report the signal, code, status, PID and UID of a child that ended?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("as_documented", "SIGCHLD, CLD_EXITED, the status, its PID and UID",
                    "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Child child = arena.Spawn(body::AtGate);
      const Handle handle = Handle::To(child, path);
      child.Open();
      child.AwaitZombie();
      return Described(child, Require(handle.Wait(WEXITED | WNOWAIT)));
    },
}};

const Registered<Conformance> kSignalNumber{{
    .name = "wait/fields_other_exit_signal",
    .question = "Which si_signo does waitid report for a child whose exit signal is not SIGCHLD?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("as_documented", "si_signo is always SIGCHLD", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Child child = arena.Spawn(body::AtGate, {.exit_signal = 0});
      const Handle handle = Handle::To(child, path);
      child.Open();
      child.AwaitZombie();
      return Described(child, Require(handle.Wait(WEXITED | WNOWAIT | __WALL)));
    },
}};

const Registered<Conformance> kLowBits{{
    .name = "wait/status_low_bits",
    .question = "How many bits of the value given to exit does waitid report?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("low_eight_bits", "the least significant 8 bits", "_exit(2), wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      constexpr int kStatus = 0x305;
      const Child child = arena.Spawn([](int) { return kStatus; });
      const int status = Require(Handle::To(child, path).Wait(WEXITED | WNOWAIT)).si_status;
      if (status == kStatus) return "all_bits";
      return status == (kStatus & 0xff) ? "low_eight_bits" : "another_status";
    },
}};

// All of siginfo is filled beforehand, to see what was left untouched.
Outcome NothingToReport(Arena& arena, Path path) {
  const Child child = arena.Spawn(body::Lingers);
  const Handle handle = Handle::To(child, path);
  siginfo_t info;
  std::memset(&info, 0x55, sizeof info);
  const sys::Status waited = tested::WaitidInto(handle.wait_id().type, handle.wait_id().id, &info,
                                                WEXITED | WNOHANG, nullptr);
  if (!waited.ok()) return Outcome::Of(waited);
  return info.si_pid == 0 && info.si_signo == 0 ? "zeroed" : "left_as_it_was";
}

const Registered<Conformance> kZeroed{{
    .name = "wait/wnohang_zeroes",
    .question = "Can a WNOHANG wait without a result be distinguished from one with a result?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("zeroed", "si_pid and si_signo are set to 0 if there is no result", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = NothingToReport,
}};

Outcome WithoutInfo(Arena& arena, Path path) {
  Child child = arena.Spawn(body::Exits);
  const Handle handle = Handle::To(child, path);
  child.AwaitZombie();
  const sys::Status waited =
      tested::WaitidInto(handle.wait_id().type, handle.wait_id().id, nullptr, WEXITED, nullptr);
  if (!waited.ok()) return Outcome::Of(waited);
  const Result<siginfo_t> again =
      tested::Waitid(handle.wait_id().type, handle.wait_id().id, WEXITED);
  if (again.error() == ECHILD) child.Disown();
  return again.error() == ECHILD ? "reaped" : "not_reaped";
}

const Registered<Conformance> kNoInfo{{
    .name = "wait/without_siginfo",
    .question = "Does waitid with a null siginfo_t reap the child?",
    .without_pid_namespace = kPidfdOnly,
    .claims = {Must("reaped", "Linux accepts a null pointer for the siginfo_t", "wait(2) NOTES")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WithoutInfo,
}};

Outcome IntoBadAddress(Arena& arena, Path path) {
  Child child = arena.Spawn(body::Exits);
  const Handle handle = Handle::To(child, path);
  child.AwaitZombie();
  const sys::Status waited = tested::WaitidInto(handle.wait_id().type, handle.wait_id().id,
                                                BadAddress<siginfo_t>(), WEXITED, nullptr);
  if (waited.error() != EFAULT) return Outcome::Of(waited);
  const Result<siginfo_t> again =
      tested::Waitid(handle.wait_id().type, handle.wait_id().id, WEXITED);
  child.Disown();
  if (again.error() == ECHILD) return "status_lost";
  return again.ok() ? Outcome("status_kept") : Outcome::Of(again);
}

const Registered<Conformance> kBadAddress{{
    .name = "wait/bad_siginfo",
    .question = "Can the exit status still be read after waitid has failed with EFAULT?",
    .without_pid_namespace = kPidfdOnly,
    .claims = {Hazard("status_lost", "the child is reaped before its status is stored",
                      "kernel/exit.c waitid")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = IntoBadAddress,
}};

Outcome Usage(Arena& arena, Path path) {
  Child child = arena.Spawn(body::Exits);
  const Handle handle = Handle::To(child, path);
  child.AwaitZombie();
  rusage usage;
  std::memset(&usage, 0xff, sizeof usage);
  siginfo_t info{};
  const sys::Status waited = tested::WaitidInto(handle.wait_id().type, handle.wait_id().id, &info,
                                                WEXITED | WNOWAIT, &usage);
  if (!waited.ok()) return Outcome::Of(waited);
  if (usage.ru_maxrss < 0 || usage.ru_utime.tv_sec < 0) return "untouched";
  return usage.ru_maxrss > 0 ? "used" : "nothing_used";
}

const Registered<Conformance> kUsage{{
    .name = "wait/resource_usage",
    .question = "Can waitid return the resource usage of the child, as wait4 does?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("used", "the system call has a fifth argument that glibc does not expose",
                    "wait(2) VERSIONS")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = Usage,
}};

const Registered<Conformance> kNowait{{
    .name = "wait/nowait",
    .question = "Does waitid with WNOWAIT leave the zombie for a later wait?",
    .without_pid_namespace = kPidfdOnly,
    .claims = {Must("same_status", "WNOWAIT leaves the child in a waitable state", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Child child = arena.Spawn(body::AtGate);
      const Handle handle = Handle::To(child, path);
      child.Open();
      for (const int options : {WNOWAIT, WNOWAIT, 0}) {
        const Result<siginfo_t> waited = handle.Wait(WEXITED | options);
        if (!waited.ok()) return Outcome::Of(waited);
        if (waited->si_status != body::kGateStatus) return "another_status";
      }
      const Result<siginfo_t> again = handle.Wait(WEXITED | WNOHANG);
      if (again.error() != ECHILD) return "never_reaped";
      child.Disown();
      return "same_status";
    },
}};

const Registered<Conformance> kTwice{{
    .name = "wait/twice",
    .question = "What does the second of two waitid calls return?",
    .without_pid_namespace = kPidfdOnly,
    .claims = {Must("echild", "a status is handed out once", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Child child = arena.Spawn(body::Exits);
      const Handle handle = Handle::To(child, path);
      Require(handle.Wait());
      child.Disown();
      return Outcome::Of(handle.Wait());
    },
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::wait_answers
