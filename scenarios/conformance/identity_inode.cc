// Identities of processes: the inode number of a pidfd, and a PID with its start time.
#include <sys/stat.h>

#include <utility>

#include "probes/system/require.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::identity_inode {
namespace {

// Both identities of a process.
using Inode = std::uint64_t;
using PidAndStart = std::pair<pid_t, std::uint64_t>;  // the PID, and when the process started

Fd Open(pid_t pid, unsigned flags = 0) { return Require(tested::PidfdOpen(pid, flags)); }

Inode InodeOf(const Fd& pidfd) {
  struct stat status {};
  Require(fstat(pidfd.get(), &status) == 0);
  return status.st_ino;
}

Inode InodeOf(pid_t pid) { return InodeOf(Open(pid)); }

PidAndStart PidAndStartOf(pid_t pid) { return {pid, Require(proc::StartTime(pid))}; }

template <typename Identity>
Outcome Compare(const Identity& one, const Identity& other) {
  return one == other ? "same" : "different";
}

const Registered<Conformance> kTwoProcesses{{
    .name = "identity/two_processes",
    .question = "Can two processes be distinguished by their pidfds or PIDs?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("different", "each process has an inode number of its own",
                              "Linux 6.9 fs/pidfs.c")
                             .Since(eras::kPidfs),
                         Hazard("same", "all pidfds shared one anonymous inode", "fs/anon_inodes.c")
                             .Until(eras::kPidfs)},
              .ask =
                  [](Arena& arena) {
                    const Child one = arena.Spawn(body::Lingers);
                    const Child other = arena.Spawn(body::Lingers);
                    return Compare(InodeOf(one.pid()), InodeOf(other.pid()));
                  }},
    .legacy = {.claims = {Must("different", "no two processes have the same PID at a time",
                               "fork(2)")},
               .ask =
                   [](Arena& arena) {
                     proc::ShowOwn();
                     const Child one = arena.Spawn(body::Lingers);
                     const Child other = arena.Spawn(body::Lingers);
                     return Compare(PidAndStartOf(one.pid()), PidAndStartOf(other.pid()));
                   }},
}};

const Registered<Conformance> kTwoOpens{{
    .name = "identity/opened_twice",
    .question = "Can two pidfds or PIDs be recognised as the same process?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "fstat/inode"},
              .claims = {Must("same", "each process has one inode", "Linux 6.9 fs/pidfs.c")},
              .ask =
                  [](Arena& arena) {
                    const Child child = arena.Spawn(body::Lingers);
                    const Fd one = Open(child.pid());
                    const Fd other = Open(child.pid());
                    return Compare(InodeOf(one), InodeOf(other));
                  }},
    .legacy = {.claims = {Must("same", "the PID and start time do not change", "proc_pid_stat(5)")},
               .ask =
                   [](Arena& arena) {
                     proc::ShowOwn();
                     const Child child = arena.Spawn(body::Lingers);
                     const PidAndStart first = PidAndStartOf(child.pid());
                     return Compare(first, PidAndStartOf(child.pid()));
                   }},
}};

const Registered<Conformance> kPidAndStart{{
    .name = "identity/cloned_and_opened",
    .question = "Can a pidfd from clone and one from pidfd_open be recognised as the same process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "clone3/pidfd", "fstat/inode"},
              .claims = {Must("same", "each process has one inode", "Linux 6.9 fs/pidfs.c")},
              .ask =
                  [](Arena& arena) {
                    Child child = arena.Spawn(body::Lingers, {.how = SpawnOptions::kClone3});
                    return Compare(InodeOf(child.pidfd()), InodeOf(child.pid()));
                  }},
    .legacy = NotPossible("a PID is the same, whichever call returned it"),
}};

const Registered<Conformance> kLastClose{{
    .name = "identity/last_close",
    .question = "Is a process recognised by a new pidfd after all its pidfds were closed?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "fstat/inode"},
              .claims = {Must("same",
                              "the inode number belongs to the process, not to the descriptor",
                              "kernel/pid.c alloc_pid")},
              .ask =
                  [](Arena& arena) {
                    const Child child = arena.Spawn(body::Lingers);
                    const Inode first = InodeOf(child.pid());
                    return Compare(first, InodeOf(child.pid()));
                  }},
    .legacy = NotPossible("a PID holds nothing that could be closed"),
}};

// The identity before and after a child has executed a program.
template <typename Identify>
Outcome OverExecve(Arena& arena, Identify identify) {
  report::Open();
  Child child = arena.Spawn([](int gate) {
    body::Pass(gate);
    return body::ExecsThenAtGate(gate);
  });
  const auto before = identify(child.pid());
  child.Open();
  Require(!report::Receive());
  const auto after = identify(child.pid());
  child.Open();
  if (child.Reap().si_status != body::kGateStatus)
    throw Unsupported("this program cannot re-execute itself here");
  return Compare(before, after);
}

const Registered<Conformance> kExecve{{
    .name = "identity/execve",
    .question = "Is a process recognised after execve?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "fstat/inode"},
              .claims = {Must("same", "execve changes the program, not the process", "execve(2)")},
              .ask =
                  [](Arena& arena) {
                    return OverExecve(arena, [](pid_t pid) { return InodeOf(pid); });
                  }},
    .legacy = {.claims = {Must("same", "execve keeps the PID and the start time", "execve(2)")},
               .ask =
                   [](Arena& arena) {
                     proc::ShowOwn();
                     return OverExecve(arena, PidAndStartOf);
                   }},
}};

// Compares the identity with a second look, after the process has exited or been reaped. name:
// called while it lives, returns how to look.
template <typename Name>
Outcome AfterEnd(Arena& arena, ProcessState end, Name name) {
  Child child = arena.Spawn(body::Lingers);
  const auto look = name(child.pid());
  const auto before = look();
  Require(before.ok());
  DriveTo(child, end);
  const auto after = look();
  return after.ok() ? Compare(*before, *after) : Outcome::Of(after.error());
}

auto LookAtInode(pid_t pid) {
  return [pidfd = Open(pid)]() -> Result<Inode> { return InodeOf(pidfd); };
}

auto LookAtStartTime(pid_t pid) {
  proc::ShowOwn();
  return [pid] { return proc::StartTime(pid); };
}

const Registered<Conformance> kZombie{{
    .name = "identity/zombie",
    .question = "Is a zombie recognised as the process that it was?",
    .without_pid_namespace = kBothPaths,
    .pidfd =
        {.needs = {"pidfd_open", "fstat/inode"},
         .claims = {Must("same", "the inode belongs to the struct pid, not to the process's memory",
                         "Linux 6.9 fs/pidfs.c")},
         .ask = [](Arena& arena) { return AfterEnd(arena, ProcessState::kZombie, LookAtInode); }},
    .legacy =
        {.claims = {Must("same", "a zombie keeps its PID and its start time", "proc_pid_stat(5)")},
         .ask =
             [](Arena& arena) { return AfterEnd(arena, ProcessState::kZombie, LookAtStartTime); }},
}};

const Registered<Conformance> kDead{{
    .name = "identity/dead",
    .question = "Can a process still be identified once it is reaped?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "fstat/inode"},
              .claims = {Must("same", "the inode lives as long as any pidfd of it",
                              "Linux 6.9 fs/pidfs.c")},
              .ask =
                  [](Arena& arena) { return AfterEnd(arena, ProcessState::kDead, LookAtInode); }},
    .legacy =
        {.claims = {Must("enoent", "no process has this PID until it is reused", "proc(5)")},
         .ask = [](Arena& arena) { return AfterEnd(arena, ProcessState::kDead, LookAtStartTime); }},
}};

// Compares the identities of processes that have one PID in turn, several times. The first equal
// pair decides.
template <typename Identify>
Outcome Reissued(Arena& arena, bool with_pidfd, Identify identify) {
  constexpr int kTries = 20;
  for (int tries = 0; tries < kTries; ++tries) {
    const Arena::Stub worker = arena.SpawnWithPid(StubLife::kWaits, with_pidfd);
    const auto before = identify(worker);
    arena.End(worker);
    const Arena::Stub stranger = arena.SpawnWithPid(StubLife::kWaits, with_pidfd);
    const auto after = identify(stranger);
    arena.End(stranger);
    if (before == after) return "same";
  }
  return "different";
}

const Registered<Conformance> kReissued{{
    .name = "identity/reissued_pid",
    .question = "Is the new owner of a reused PID taken for the old process?",
    .pidfd = {.needs = {"clone3/pidfd", "fstat/inode"},
              .claims = {Must("different", "an inode number is not reused before the next boot",
                              "Linux 6.9 kernel/pid.c alloc_pid")},
              .ask =
                  [](Arena& arena) {
                    return Reissued(arena, true,
                                    [](const Arena::Stub& stub) { return InodeOf(stub.pidfd); });
                  }},
    .legacy =
        {.claims = {May("different", "the two start times differ by at least a clock tick",
                        "proc_pid_stat(5)"),
                    Hazard(
                        "same",
                        "start times count ticks of 10 ms: within one tick the two look the same",
                        "proc_pid_stat(5)")},
         .ask =
             [](Arena& arena) {
               proc::ShowOwn();
               return Reissued(arena, false,
                               [](const Arena::Stub& stub) { return PidAndStartOf(stub.pid); });
             }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::identity_inode
