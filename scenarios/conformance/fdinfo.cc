// What /proc/self/fdinfo shows of a pidfd's process, beside what /proc/PID/status shows.
#include <sched.h>
#include <unistd.h>

#include <vector>

#include "probes/system/require.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/fixtures/threaded.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::fdinfo {
namespace {

using Numbers = std::vector<std::int64_t>;

Outcome Judge(const Result<Numbers>& shown, const Numbers& right) {
  if (!shown.ok()) return Outcome::Of(shown.error());
  if (*shown == right) return "right";
  if (*shown == Numbers{-1}) return "minus_one";
  return *shown == Numbers{0} ? "zero" : "wrong";
}

// Asks about a child in that state.
template <ProcessState kState>
Outcome InState(Arena& arena, Path path) {
  proc::ShowOwn();
  Child child = arena.Spawn(body::Lingers);
  const pid_t pid = child.pid();
  const Handle handle = Handle::To(child, path);
  DriveTo(child, kState);
  return Judge(handle.NumbersInProc("Pid"), {pid});
}

const Registered<Conformance> kAlive{{
    .name = "fdinfo/alive",
    .question = "Does /proc (fdinfo or status) show the PID of a live process?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getpid"},
              .claims = {Must("right", "the PID in the PID namespace of that /proc",
                              "pidfd_open(2), kernel/fork.c pidfd_show_fdinfo")}},
    .legacy = {.claims = {Must("right", "the PID in the PID namespace of that /proc",
                               "proc_pid_status(5)")}},
    .ask = InState<ProcessState::kAlive>,
}};

const Registered<Conformance> kZombie{{
    .name = "fdinfo/zombie",
    .question = "Does /proc (fdinfo or status) show the PID of a zombie?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getpid"},
              .claims = {Must("right", "a zombie keeps its PID until it is reaped",
                              "kernel/fork.c pidfd_show_fdinfo")}},
    .legacy = {.claims = {Must("right", "a zombie keeps its PID until it is reaped",
                               "proc_pid_status(5)")}},
    .ask = InState<ProcessState::kZombie>,
}};

const Registered<Conformance> kDead{{
    .name = "fdinfo/dead",
    .question = "What does /proc (fdinfo or status) show for a reaped process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getpid"},
              .claims = {Must("minus_one", "-1: the process no longer has a PID",
                              "Linux 5.5 kernel/fork.c pidfd_show_fdinfo")
                             .Since(eras::kFdinfoOfReaped),
                         Hazard("right", "the old PID, which may belong to another process",
                                "kernel/fork.c pidfd_show_fdinfo")
                             .Until(eras::kFdinfoOfReaped)}},
    .legacy = {.claims = {Must("enoent", "no process has this PID until it is reused", "proc(5)")}},
    .ask = InState<ProcessState::kDead>,
}};

// The PIDs of a child that is the first process of a new PID namespace.
template <ProcessState kState>
Outcome InTwoNamespaces(Arena& arena, Path path) {
  proc::ShowOwn();
  Child child = arena.Spawn(body::Lingers, {.flags = CLONE_NEWPID});
  const pid_t pid = child.pid();
  const Handle handle = Handle::To(child, path);
  DriveTo(child, kState);
  return Judge(handle.NumbersInProc("NSpid"), {pid, 1});
}

const Registered<Conformance> kInner{{
    .name = "fdinfo/pids_below",
    .question = "Does /proc (NSpid) show a process's PIDs in descendant PID namespaces?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "fdinfo/nspid"},
              .claims = {Must("right",
                              "NSpid lists them from the outermost visible namespace inwards",
                              "kernel/fork.c pidfd_show_fdinfo")}},
    .legacy = {.claims = {Must("right",
                               "NSpid lists them from the outermost visible namespace inwards",
                               "proc_pid_status(5)")}},
    .ask = InTwoNamespaces<ProcessState::kAlive>,
}};

const Registered<Conformance> kInnerDead{{
    .name = "fdinfo/pids_below_dead",
    .question = "How many PIDs does NSpid show for a reaped process that had two?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "fdinfo/nspid"},
              .claims = {Must("minus_one", "a single -1, however many PIDs the process had",
                              "kernel/fork.c pidfd_show_fdinfo")}},
    .legacy = {.claims = {Must("enoent", "no process has this PID until it is reused", "proc(5)")}},
    .ask = InTwoNamespaces<ProcessState::kDead>,
}};

// The exit status of a child that could not mount /proc.
constexpr int kCannotMount = 255;
constexpr int kShownPid = 254;

// Asks about the trial itself from a PID namespace below, whose /proc does not show it.
int AskFromBelow(const Handle& trial) {
  try {
    proc::ShowOwn();
    const Result<Numbers> shown = trial.NumbersInProc("Pid");
    if (!shown.ok()) return shown.error();
    return *shown == Numbers{0} ? 0 : kShownPid;
  } catch (const Unsupported&) {
    return kCannotMount;
  }
}

// The trial, handed to the child by fork. A trial has a process of its own.
const Handle* handed = nullptr;

Outcome FromBelow(Arena& arena, Path path) {
  const Handle trial = Require(Handle::ToPid(getpid(), path));
  handed = &trial;
  Child child = arena.Spawn([](int) { return AskFromBelow(*handed); }, {.flags = CLONE_NEWPID});
  const siginfo_t ended = child.Reap();
  Require(ended.si_code == CLD_EXITED);
  if (ended.si_status == kCannotMount)
    throw Unsupported("no /proc can be mounted in a PID namespace here");
  if (ended.si_status == kShownPid) return "pid";
  return ended.si_status == 0 ? "zero" : Outcome::Of(ended.si_status);
}

const Registered<Conformance> kOutside{{
    .name = "fdinfo/outside",
    .question = "What does /proc (fdinfo or status) show for a process outside its PID namespace?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getpid"},
              .claims = {Must("zero", "0: the process has no PID there",
                              "kernel/fork.c pidfd_show_fdinfo")}},
    .legacy = {.claims = {Must("enoent",
                               "the PID does not exist there, or belongs to another process",
                               "pid_namespaces(7)")}},
    .ask = FromBelow,
}};

const Registered<Conformance> kReissued{{
    .name = "fdinfo/reissued",
    .question =
        "Which process does /proc (fdinfo or status) show once the PID of a reaped one is reused?",
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_getpid"},
              .claims = {Must("minus_one",
                              "the process is gone, even though its PID is in use again",
                              "Linux 5.5 kernel/fork.c pidfd_show_fdinfo")
                             .Since(eras::kFdinfoOfReaped),
                         Hazard("right", "the PID belongs to another process by now",
                                "kernel/fork.c pidfd_show_fdinfo")
                             .Until(eras::kFdinfoOfReaped)},
              .ask =
                  [](Arena& arena) {
                    const Arena::Stub worker = arena.SpawnWithPid(StubLife::kWaits, true);
                    arena.End(worker);
                    const Arena::Stub stranger = arena.SpawnWithPid(StubLife::kWaits, false);
                    const Outcome shown =
                        Judge(proc::Numbers(proc::Fdinfo(worker.pidfd.get()), "Pid"), {worker.pid});
                    arena.End(stranger);
                    return shown;
                  }},
    .legacy = {.claims = {Hazard("right", "/proc/PID is that of the PID's new owner", "proc(5)")},
               .ask =
                   [](Arena& arena) {
                     proc::ShowOwn();
                     const Arena::Stub worker = arena.SpawnWithPid(StubLife::kWaits, false);
                     const Handle handle = Handle::From(worker.pid, Fd(), kLegacyPid);
                     arena.End(worker);
                     const Arena::Stub stranger = arena.SpawnWithPid(StubLife::kWaits, false);
                     const Outcome shown = Judge(handle.NumbersInProc("Pid"), {worker.pid});
                     arena.End(stranger);
                     return shown;
                   }},
}};

Outcome OfThread(Arena& arena, Path path) {
  proc::ShowOwn();
  const Threaded child = Threaded::Make(arena);
  return Judge(Handle::ToThread(child.other, path).NumbersInProc("Pid"), {child.other});
}

const Registered<Conformance> kThread{{
    .name = "fdinfo/thread",
    .question = "Does fdinfo of a thread's pidfd show the TID or the PID of the process?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open/thread", "pidfd_getpid"},
              .claims = {Must("right", "the TID of the thread", "Linux 6.9 PIDFD_THREAD")}},
    .legacy = {.claims = {Must("right", "the TID of the thread", "proc_tid(5)")}},
    .ask = OfThread,
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::fdinfo
