// clone3 set_tid in more than one PID namespace at once, and the PID namespace whose init has
// ended.
#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <span>

#include "probes/system/read_file.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/system/unshare.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/clone_one.h"
#include "scenarios/fixtures/fd_table.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::create_levels {
namespace {

const std::vector<std::string_view> kNeeds = {"clone3/pidfd"};

// A free PID of the trial's namespace, in which little else runs.
constexpr pid_t kFree = Arena::kFirstPid;
constexpr pid_t kInit = 1;

// The result of clone3 with those PIDs, innermost namespace first. A child exits at once, with its
// own PID as the status.
struct Made {
  int error = 0;
  pid_t pid = 0;  // as its parent sees it
  int seen = 0;   // as it sees itself
};

Made MakeWith(Path path, std::span<const pid_t> pids, std::uint64_t flags = 0) {
  int place = -1;
  const bool with_pidfd = Handle::NeedsPidfdAtSpawn(path);
  const abi::CloneArgs args{.flags = flags | (with_pidfd ? abi::kClonePidfd : 0),
                            .pidfd = reinterpret_cast<std::uint64_t>(&place),
                            .exit_signal = SIGCHLD,
                            .set_tid = reinterpret_cast<std::uint64_t>(pids.data()),
                            .set_tid_size = pids.size()};
  const Result<pid_t> made = tested::Clone3(args, abi::kCloneArgsSize55);
  const Fd pidfd(place);
  if (!made.ok()) return {.error = made.error()};
  if (*made == 0) _exit(getpid() & 0x7f);
  const siginfo_t ended = Require(sys::Waitid(P_PID, *made, WEXITED | __WALL));
  return {.pid = *made, .seen = ended.si_status};
}

Outcome Word(const Made& made) {
  if (made.error == EPERM) throw Unsupported("not permitted to choose PIDs here");
  if (made.error == E2BIG) throw Unsupported("PIDs cannot be chosen here (before Linux 5.5)");
  return Outcome::Of(made.error);
}

const Registered<Conformance> kTwoLevels{{
    .name = "create/set_tid_two_levels",
    .question = "Can clone3 set_tid choose a process's PID in two PID namespaces at once?",
    .claims = {Must("both_chosen", "it lists one PID for each namespace, the innermost first",
                    "clone(2) set_tid")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      const Made made = MakeWith(path, std::array{kInit, kFree}, CLONE_NEWPID);
      if (made.error != 0) return Word(made);
      if (made.seen != kInit) return "another_inside";
      return made.pid == kFree ? "both_chosen" : "another_outside";
    },
}};

const Registered<Conformance> kInitTwice{{
    .name = "create/set_tid_init_taken",
    .question = "Can clone3 set_tid choose PID 1 where a namespace has its init already?",
    .claims = {Must("eexist", "a PID belongs to one process at a time, at each level",
                    "clone(2) set_tid")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      const Outcome here = Word(MakeWith(path, std::array{kInit}));
      const Outcome at_both = Word(MakeWith(path, std::array{kInit, kInit}, CLONE_NEWPID));
      return here == at_both ? here : "the_two_differ";
    },
}};

const Registered<Conformance> kNotInit{{
    .name = "create/set_tid_first_not_init",
    .question = "Can the first process of a PID namespace have another PID than 1?",
    .claims = {Must("einval", "a PID namespace begins with its init", "clone(2) set_tid")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      return SameForEach<pid_t>({2, kFree}, [&](pid_t pid) {
        return Word(MakeWith(path, std::array{pid}, CLONE_NEWPID));
      });
    },
}};

const Registered<Conformance> kInvalidOutside{{
    .name = "create/set_tid_invalid_above",
    .question = "What is the error of clone3 set_tid if the PID for an outer namespace is invalid?",
    .claims = {Must("einval", "the PID of every level is checked", "kernel/pid.c alloc_pid")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      return SameForEach<pid_t>({-1, 0, 4194305}, [&](pid_t pid) {
        return Word(MakeWith(path, std::array{kInit, pid}, CLONE_NEWPID));
      });
    },
}};

// All PIDs are valid, so that their count alone is refused.
const Registered<Conformance> kTooFew{{
    .name = "create/set_tid_too_few_namespaces",
    .question = "Does clone3 set_tid accept more valid PIDs than the child has PID namespaces?",
    .claims = {Must("einval", "one PID for each namespace", "kernel/pid.c alloc_pid")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      constexpr std::size_t kDeepest = 32;  // MAX_PID_NS_LEVEL
      std::array<pid_t, kDeepest> pids;
      pids.fill(kFree);
      return Word(MakeWith(path, pids));
    },
}};

// The limit of the caller's PID namespace.
pid_t PidMax() {
  const Result<std::string> text = ReadFile("/proc/sys/kernel/pid_max");
  pid_t limit = 0;
  if (text.ok()) std::from_chars(text->data(), text->data() + text->size(), limit);
  if (limit <= kFree) throw Unsupported("/proc does not show pid_max");
  return limit;
}

const Registered<Conformance> kPidMax{{
    .name = "create/set_tid_pid_max",
    .question = "Which is the highest PID that clone3 set_tid can choose?",
    .claims = {Must("one_below_pid_max", "pid_max itself is refused (EINVAL)",
                    "clone(2) ERRORS, proc_sys_kernel(5) pid_max")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      const pid_t limit = PidMax();
      const Outcome at_limit = Word(MakeWith(path, std::array{limit}));
      if (at_limit != Outcome("einval")) return at_limit == Outcome("ok") ? "pid_max" : at_limit;
      const Made below = MakeWith(path, std::array{limit - 1});
      if (below.error != 0) return Word(below);
      return below.pid == limit - 1 ? "one_below_pid_max" : "another";
    },
}};

const Registered<Conformance> kPidMaxBelow{{
    .name = "create/set_tid_pid_max_above",
    .question = "Can a process in a new PID namespace be given the caller's pid_max as its PID?",
    .claims = {Must("einval", "the highest PID is one below, at each level",
                    "clone(2) ERRORS, kernel/pid.c alloc_pid")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      return Word(MakeWith(path, std::array{kInit, PidMax()}, CLONE_NEWPID));
    },
}};

const Registered<Conformance> kUnshared{{
    .name = "create/set_tid_unshared",
    .question = "Can the first child after unshare(CLONE_NEWPID) have another PID than 1?",
    .claims = {Must("einval", "a PID namespace begins with its init", "clone(2) set_tid")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      if (!sys::Unshare(CLONE_NEWPID).ok()) throw Unsupported("no PID namespace can be made here");
      return Word(MakeWith(path, std::array{kFree}));
    },
}};

// The errno of clone3 in a process that may choose no PIDs, alone and with new namespaces.
Outcome Refused(Path path, std::uint64_t flags) {
  const Made made = MakeWith(path, std::array{kFree}, flags);
  return made.error == EPERM ? Outcome::Of(EPERM) : Word(made);
}

const Registered<Conformance> kWithoutRight{{
    .name = "create/set_tid_without_right",
    .question = "Can a process without capabilities choose the PID of its child?",
    .claims = {Must("eperm", "it takes CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE",
                    "clone(2) set_tid, capabilities(7)")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      Require(sys::DropCapabilities());
      return SameForEach<std::uint64_t>(
          {0, CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP},
          [&](std::uint64_t flag) { return Refused(path, flag); });
    },
}};

const Registered<Conformance> kRestoreAlone{{
    .name = "create/set_tid_checkpoint_restore",
    .question = "Is CAP_CHECKPOINT_RESTORE alone enough to choose the PID of a child?",
    .claims = {Must("chosen", "it is there for this, since Linux 5.9",
                    "capabilities(7) CAP_CHECKPOINT_RESTORE")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      constexpr int kCheckpointRestore = 40;  // CAP_CHECKPOINT_RESTORE, 5.9
      if (!sys::HasCapability(kCheckpointRestore))
        throw Unsupported("CAP_CHECKPOINT_RESTORE is missing");
      Require(sys::DropCapabilities(~(std::uint64_t{1} << kCheckpointRestore)));
      const Made made = MakeWith(path, std::array{kFree});
      if (made.error != 0) return Outcome::Of(made.error);
      return made.pid == kFree ? "chosen" : "another";
    },
}};

// The PID of the inner namespace is taken before that of the outer one is refused.
const Registered<Conformance> kNothingLeft{{
    .name = "create/set_tid_error_leaves_nothing",
    .question = "Is a chosen PID free again once clone3 has refused the one beside it?",
    .claims = {Must("free", "neither a PID nor a descriptor is left", "kernel/pid.c alloc_pid")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      const FdLeakCheck descriptors;
      const Outcome refused = Word(MakeWith(path, std::array{kFree, -1}));
      if (refused != Outcome("einval")) return refused;
      if (!descriptors.Holds()) return "left_descriptor";
      const Outcome again = Word(MakeWith(path, std::array{kFree}));
      return again == Outcome("ok") ? "free" : again;
    },
}};

const Registered<Conformance> kDeadNamespace{{
    .name = "create/dead_namespace",
    .question = "Can a child be made in a PID namespace whose init has ended?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("enomem", "no process can be made there any more, and nothing is left",
                    "pid_namespaces(7)")},
    .pidfd = {.needs = {"clone/pidfd"}},
    .ask = [](Arena&, Path path) -> Outcome {
      if (!sys::Unshare(CLONE_NEWPID).ok()) throw Unsupported("no PID namespace can be made here");
      const pid_t init = Require(sys::Fork());
      if (init == 0) _exit(0);
      Require(sys::Waitid(P_PID, init, WEXITED));
      return CloneOne(path).answer;
    },
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::create_levels
