// Children of clone3 in further namespaces: PIDs that are chosen at three levels, and a new time
// namespace.
#include <errno.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "probes/system/errno_name.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::create_nested {
namespace {

// The PIDs of one process, innermost first: an init, in a namespace where it is the second process,
// in the trial's.
constexpr std::array<pid_t, 3> kPids = {1, 42, Arena::kFirstPid};

// Makes a process with those PIDs, as the init of a namespace itself; reports the errno. The
// process ends with it, as its namespace does.
int MakesBelow(int gate) {
  const abi::CloneArgs args{.flags = CLONE_NEWPID,
                            .exit_signal = SIGCHLD,
                            .set_tid = reinterpret_cast<std::uint64_t>(kPids.data()),
                            .set_tid_size = kPids.size()};
  const Result<pid_t> made = tested::Clone3(args, abi::kCloneArgsSize55);
  if (made.ok() && *made == 0) return body::Lingers(gate);
  report::Send(made.error());
  return body::Lingers(gate);
}

Outcome AtThreeLevels(Arena& arena, Path path) {
  proc::ShowOwn();
  report::Open();
  const Child middle = arena.Spawn(MakesBelow, {.flags = CLONE_NEWPID});
  const int error = report::ReceiveInt();
  // ENOSPC: user.max_pid_namespaces has room for the one in between alone.
  if (error == EPERM || error == E2BIG || error == ENOSPC)
    throw Unsupported("PIDs cannot be chosen here: " + ErrnoName(error));
  if (error != 0) return Outcome::Of(error);
  const Result<Handle> innermost = Handle::ToPid(kPids.back(), path);
  if (!innermost.ok()) return Outcome::Of(innermost.error());
  const auto seen = innermost->NumbersInProc("NSpid");
  if (!seen.ok()) return Outcome::Of(seen.error());
  const std::vector<std::int64_t> chosen(kPids.rbegin(), kPids.rend());
  return *seen == chosen ? "each_chosen" : "another";
}

const Registered<Conformance> kThreeLevels{{
    .name = "create/set_tid_three_levels",
    .question = "Can clone3 set_tid choose a process's PIDs in three PID namespaces at once?",
    .claims = {Must("each_chosen", "NSpid shows the three, the outermost first",
                    "clone(2) set_tid, proc_pid_status(5)")},
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_open", "fdinfo/nspid"}},
    .legacy = {.needs = {"clone3/pidfd"}},
    .ask = AtThreeLevels,
}};

// The time namespace of this process, by its inode.
ino_t TimeNamespace() {
  struct stat status {};
  return stat("/proc/self/ns/time", &status) == 0 ? status.st_ino : 0;
}

Outcome InNewTimeNamespace(Arena&, Path path) {
  const ino_t own = TimeNamespace();
  if (own == 0) throw Unsupported("/proc shows no time namespaces here");
  int place = -1;
  const bool with_pidfd = Handle::NeedsPidfdAtSpawn(path);
  const abi::CloneArgs args{.flags = abi::kCloneNewtime | (with_pidfd ? abi::kClonePidfd : 0),
                            .pidfd = reinterpret_cast<std::uint64_t>(&place),
                            .exit_signal = SIGCHLD};
  const Result<pid_t> made = tested::Clone3(args, abi::kCloneArgsSize53);
  if (made.error() == EPERM || made.error() == ENOSPC) {  // user.max_time_namespaces
    throw Unsupported("no time namespace can be made here: " + ErrnoName(made.error()));
  }
  if (!made.ok()) return Outcome::Of(made.error());
  if (*made == 0) _exit(TimeNamespace() == own ? 1 : 0);
  const Fd pidfd(place);
  const siginfo_t ended = Require(sys::Waitid(P_PID, *made, WEXITED));
  return ended.si_status == 0 ? "in_a_new_one" : "in_the_same";
}

const Registered<Conformance> kTime{{
    .name = "create/new_time_namespace",
    .question = "Can clone3 make a child in a new time namespace?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("in_a_new_one", "the child itself is moved, unlike by unshare",
                    "time_namespaces(7), kernel/time/namespace.c timens_on_fork")
                   .Since(eras::kNewtimeByClone3),
               May("einval", "the bit was part of the exit signal, which has no place in the flags",
                   "kernel/fork.c clone3_args_valid")
                   .Until(eras::kNewtimeByClone3)},
    .pidfd = {.needs = {"clone3/pidfd"}},
    .legacy = {.needs = {"clone3/pidfd"}},
    .ask = InNewTimeNamespace,
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::create_nested
