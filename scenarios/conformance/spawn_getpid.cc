// pidfd_getpid(3) of glibc 2.39, which reads the PID from fdinfo, and from 2.44 on from
// PIDFD_GET_INFO first.
#include <errno.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "probes/system/libc_spawn.h"
#include "probes/system/require.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/call_in_child.h"
#include "scenarios/fixtures/fd_table.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::spawn_getpid {
namespace {

constexpr std::string_view kSource = "glibc sysdeps/unix/sysv/linux/pidfd_getpid.c";
constexpr std::string_view kNoCall = "a PID is its own PID";

// Asks of a child in that state.
template <ProcessState kState>
Outcome InState(Arena& arena) {
  proc::ShowOwn();
  Child child = arena.Spawn(body::Lingers);
  const pid_t pid = child.pid();
  const Fd pidfd = Require(tested::PidfdOpen(pid, 0));
  DriveTo(child, kState);
  const pid_t found = FindLibcSpawn().getpid(pidfd.get());
  if (found < 0) return Outcome::Of(errno);
  return found == pid ? "its_pid" : "another_pid";
}

const Registered<Conformance> kLiving{{
    .name = "spawn/getpid",
    .question = "Does pidfd_getpid return the PID of a live process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_spawn", "pidfd_open", "pidfd_getpid"},
              .claims = {Must("its_pid", "the PID in the namespace of the mounted /proc", kSource)},
              .ask = InState<ProcessState::kAlive>},
    .legacy = NotPossible(kNoCall),
}};

const Registered<Conformance> kZombie{{
    .name = "spawn/getpid_zombie",
    .question = "Does pidfd_getpid return the PID of a zombie?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_spawn", "pidfd_open", "pidfd_getpid"},
              .claims = {Must("its_pid", "a zombie keeps its PID until it is reaped", kSource)},
              .ask = InState<ProcessState::kZombie>},
    .legacy = NotPossible(kNoCall),
}};

const Registered<Conformance> kReaped{{
    .name = "spawn/getpid_reaped",
    .question = "Does pidfd_getpid fail with ESRCH for a reaped process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_spawn", "pidfd_open", "pidfd_getpid"},
              .claims = {Must("esrch", "the process has no PID any more", kSource)
                             .Since(eras::kFdinfoOfReaped),
                         May("its_pid", "fdinfo kept the old PID", "kernel/fork.c")
                             .Until(eras::kFdinfoOfReaped)},
              .ask = InState<ProcessState::kDead>},
    .legacy = NotPossible(kNoCall),
}};

const Registered<Conformance> kNoPidfd{{
    .name = "spawn/getpid_no_pidfd",
    .question = "Does pidfd_getpid fail with EBADF for a descriptor that is not a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_spawn", "pidfd_getpid"},
              .claims = {Must("ebadf", "negative, not open, or without a PID in fdinfo", kSource)},
              .ask =
                  [](Arena&) {
                    const Fd event(eventfd(0, EFD_CLOEXEC));
                    Require(static_cast<bool>(event));
                    return SameForEach({-1, LowestFree(), event.get()}, [](int descriptor) {
                      const bool found = FindLibcSpawn().getpid(descriptor) >= 0;
                      return found ? Outcome("found_pid") : Outcome::Of(errno);
                    });
                  }},
    .legacy = NotPossible(kNoCall),
}};

// A pidfd of the trial, handed to the child by fork. A trial has a process of its own.
int handed = -1;

// Asks about the trial from a PID namespace below, in which it has no PID.
int AskFromBelow(int) {
  try {
    proc::ShowOwn();
  } catch (const Unsupported&) {
    return kCannot;
  }
  return FindLibcSpawn().getpid(handed) < 0 ? errno : 0;
}

const Registered<Conformance> kFromBelow{{
    .name = "spawn/getpid_from_namespace_below",
    .question = "Does pidfd_getpid fail with EREMOTE for a process without a PID in the caller's "
                "namespace?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_spawn", "pidfd_open", "pidfd_getpid"},
              .claims = {Must("eremote", "fdinfo shows the PID 0", kSource)},
              .ask =
                  [](Arena& arena) {
                    const Fd pidfd = Require(tested::PidfdOpen(getpid(), 0));
                    handed = pidfd.get();
                    return CallInChild(arena, AskFromBelow,
                                       "no /proc can be mounted in a PID namespace here",
                                       {.flags = CLONE_NEWPID});
                  }},
    .legacy = NotPossible(kNoCall),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::spawn_getpid
