// Who is who: the inode number of a pidfd, and a number with its start time, as identities.
#include <sys/stat.h>

#include <utility>

#include "probes/system/require.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof {
namespace {

// Both identities of a process.
using Inode = std::uint64_t;
using Born = std::pair<pid_t, std::uint64_t>;  // the number, and when it was started

Fd Open(pid_t number, unsigned flags = 0) { return Require(tested::PidfdOpen(number, flags)); }

Inode InodeOf(const Fd& pidfd) {
  struct stat status {};
  Require(fstat(pidfd.get(), &status) == 0);
  return status.st_ino;
}

Inode InodeOf(pid_t number) { return InodeOf(Open(number)); }

Born BornOf(pid_t number) { return {number, Require(proc::StartTime(number))}; }

template <typename Identity>
Outcome Compare(const Identity& one, const Identity& other) {
  return one == other ? "same" : "different";
}

const Registered<Scenario> kTwoProcesses{{
    .name = "identity/two_processes",
    .question = "Can two processes be told apart by what names them?",
    .pidfd_needs = {"pidfd_open"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "different", kMust, "each process has an inode number of its own",
                "Linux 6.9 fs/pidfs.c", &eras::kPidfs},
               {kPidfd,
                "same",
                kHazard,
                "all pidfds were one anonymous inode: fstat told nothing",
                "fs/anon_inodes.c",
                {},
                &eras::kPidfs},
               {kLegacyPid, "different", kMust, "no two processes have one number at a time",
                "fork(2)"}},
    .by_pidfd =
        [](Arena& arena) {
          const Child one = arena.Spawn(body::Lingers);
          const Child other = arena.Spawn(body::Lingers);
          return Compare(InodeOf(one.pid()), InodeOf(other.pid()));
        },
    .by_number =
        [](Arena& arena) {
          proc::ShowOwn();
          const Child one = arena.Spawn(body::Lingers);
          const Child other = arena.Spawn(body::Lingers);
          return Compare(BornOf(one.pid()), BornOf(other.pid()));
        },
}};

const Registered<Scenario> kTwoOpens{{
    .name = "identity/opened_twice",
    .question = "Can two who have named one process find out that it is the same?",
    .pidfd_needs = {"pidfd_open", "fstat/inode"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "same", kMust, "one process, one inode", "Linux 6.9 fs/pidfs.c"},
               {kLegacyPid, "same", kMust, "a number and its start time stay as they are",
                "proc_pid_stat(5)"}},
    .by_pidfd =
        [](Arena& arena) {
          const Child child = arena.Spawn(body::Lingers);
          const Fd one = Open(child.pid());
          const Fd other = Open(child.pid());
          return Compare(InodeOf(one), InodeOf(other));
        },
    .by_number =
        [](Arena& arena) {
          proc::ShowOwn();
          const Child child = arena.Spawn(body::Lingers);
          const Born first = BornOf(child.pid());
          return Compare(first, BornOf(child.pid()));
        },
}};

const Registered<Scenario> kBirth{{
    .name = "identity/cloned_and_opened",
    .question = "Are the pidfd that clone gave and one opened later known to be of one process?",
    .pidfd_needs = {"pidfd_open", "clone3/pidfd", "fstat/inode"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "same", kMust, "one process, one inode", "Linux 6.9 fs/pidfs.c"}},
    .by_pidfd =
        [](Arena& arena) {
          Child child = arena.Spawn(body::Lingers, {.how = SpawnOptions::kClone3});
          return Compare(InodeOf(child.pidfd()), InodeOf(child.pid()));
        },
    .not_possible_by_pid = "a number is the same whoever gave it",
}};

const Registered<Scenario> kLastClose{{
    .name = "identity/last_close",
    .question = "Every pidfd of a process is closed and a new one opened: is it known again?",
    .pidfd_needs = {"pidfd_open", "fstat/inode"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "same", kMust, "the inode number is the process's, not the descriptor's",
                "kernel/pid.c alloc_pid"}},
    .by_pidfd =
        [](Arena& arena) {
          const Child child = arena.Spawn(body::Lingers);
          const Inode first = InodeOf(child.pid());
          return Compare(first, InodeOf(child.pid()));
        },
    .not_possible_by_pid = "a number holds nothing that could be closed",
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
  Require(!report::Hear());
  const auto after = identify(child.pid());
  child.Open();
  if (child.Reap().si_status != body::kGateStatus)
    throw Unsupported("this program cannot execute itself here");
  return Compare(before, after);
}

const Registered<Scenario> kExecve{{
    .name = "identity/execve",
    .question = "Is a process known again after it has executed another program?",
    .pidfd_needs = {"pidfd_open", "fstat/inode"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "same", kMust, "execve changes the program, not the process", "execve(2)"},
               {kLegacyPid, "same", kMust, "execve keeps the number and the start time",
                "execve(2)"}},
    .by_pidfd =
        [](Arena& arena) {
          return OverExecve(arena, [](pid_t number) { return InodeOf(number); });
        },
    .by_number =
        [](Arena& arena) {
          proc::ShowOwn();
          return OverExecve(arena, BornOf);
        },
}};

// Looks at the identity once more when the process has come that far.
template <bool kReaped, typename Identify>
Outcome AfterEnd(Arena& arena, Identify identify) {
  Child child = arena.Spawn(body::Lingers);
  const Fd pidfd = identify.Name(child.pid());
  const auto before = identify.Ask(pidfd, child.pid());
  const pid_t number = child.pid();
  Require(before.ok());
  child.Kill();
  child.AwaitZombie();
  if (kReaped) child.Reap();
  const auto after = identify.Ask(pidfd, number);
  return after.ok() ? Compare(*before, *after) : Outcome::Of(after.error());
}

struct ByInode {
  static Fd Name(pid_t number) { return Open(number); }
  static Result<Inode> Ask(const Fd& pidfd, pid_t) { return InodeOf(pidfd); }
};

struct ByStartTime {
  static Fd Name(pid_t) {
    proc::ShowOwn();
    return Fd();
  }
  static Result<std::uint64_t> Ask(const Fd&, pid_t number) { return proc::StartTime(number); }
};

const Registered<Scenario> kZombie{{
    .name = "identity/zombie",
    .question = "Is a zombie known for whom it was?",
    .pidfd_needs = {"pidfd_open", "fstat/inode"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "same", kMust, "the inode is not of the process's memory but of its name",
                "Linux 6.9 fs/pidfs.c"},
               {kLegacyPid, "same", kMust, "a zombie keeps its number and its start time",
                "proc_pid_stat(5)"}},
    .by_pidfd = [](Arena& arena) { return AfterEnd<false>(arena, ByInode()); },
    .by_number = [](Arena& arena) { return AfterEnd<false>(arena, ByStartTime()); },
}};

const Registered<Scenario> kDead{{
    .name = "identity/dead",
    .question = "Can one tell whom a name was for, once its process is reaped?",
    .pidfd_needs = {"pidfd_open", "fstat/inode"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "same", kMust, "the inode lives as long as a pidfd of it",
                "Linux 6.9 fs/pidfs.c"},
               {kLegacyPid, "enoent", kMust,
                "there is nobody to ask, as long as nobody takes the "
                "number",
                "proc(5)"}},
    .by_pidfd = [](Arena& arena) { return AfterEnd<true>(arena, ByInode()); },
    .by_number = [](Arena& arena) { return AfterEnd<true>(arena, ByStartTime()); },
}};

// Compares the identities of one and the next who has his number, some times over. The first that
// are the same decide.
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

const Registered<Scenario> kReissued{{
    .name = "identity/reissued_number",
    .question = "Is the next who has a number taken for the one who had it?",
    .pidfd_needs = {"clone3/pidfd", "fstat/inode"},
    .claims = {{kPidfd, "different", kMust,
                "an inode number is not used again before the next boot",
                "Linux 6.9 kernel/pid.c alloc_pid"},
               {kLegacyPid, "different", kMay, "a tick of the clock lay between the two",
                "proc_pid_stat(5)"},
               {kLegacyPid, "same", kHazard,
                "the start time counts ticks of 10 ms: within one, the two look alike",
                "proc_pid_stat(5)"}},
    .by_pidfd =
        [](Arena& arena) {
          return Reissued(arena, true, [](const Arena::Stub& stub) { return InodeOf(stub.pidfd); });
        },
    .by_number =
        [](Arena& arena) {
          proc::ShowOwn();
          return Reissued(arena, false, [](const Arena::Stub& stub) { return BornOf(stub.pid); });
        },
}};

}  // namespace
}  // namespace pidproof
