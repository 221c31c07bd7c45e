// The arguments of clone3: exit signals, sizes and chosen PIDs.
#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include <array>

#include "probes/system/require.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/group.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::create_clone3 {
namespace {

std::uint64_t Address(const void* place) { return reinterpret_cast<std::uint64_t>(place); }

// Larger than the struct of any kernel.
struct Oversized {
  abi::CloneArgs args{};
  std::array<std::uint64_t, 16> tail{};
};

struct Trial {
  Oversized given;
  std::size_t size = abi::kCloneArgsSize53;
};

// A clone3, with CLONE_PIDFD on the pidfd path; a child exits at once.
Outcome Make(Path path, Trial trial) {
  int place = -1;
  if (Handle::NeedsPidfdAtSpawn(path)) {
    trial.given.args.flags |= abi::kClonePidfd;
    trial.given.args.pidfd = Address(&place);
  }
  const Result<pid_t> made = tested::Clone3(trial.given.args, trial.size);
  const Fd pidfd(place);
  if (!made.ok()) return Outcome::Of(made.error());
  if (*made == 0) _exit(0);
  const Result<siginfo_t> ended = sys::Waitid(P_PID, *made, WEXITED | __WALL);
  Require(ended.ok() || ended.error() == ECHILD);  // it may reap itself
  return "ok";
}

Trial Plain(std::uint64_t flags = 0, std::uint64_t exit_signal = SIGCHLD) {
  Trial trial;
  trial.given.args.flags = flags;
  trial.given.args.exit_signal = exit_signal;
  return trial;
}

const std::vector<std::string_view> kNeeds = {"clone3/pidfd"};

const Registered<Conformance> kExitSignal{{
    .name = "create/clone3_exit_signal",
    .question = "Does clone3 accept an exit signal that does not exist?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "exit_signal must be a valid signal or 0", "clone(2) ERRORS")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      return SameForEach({65ULL, 255ULL, 256ULL, 1ULL << 32 | SIGCHLD},
                         [&](std::uint64_t signal) { return Make(path, Plain(0, signal)); });
    },
}};

const Registered<Conformance> kExitSignalClone{{
    .name = "create/clone_exit_signal",
    .question = "Does clone(2) accept an exit signal that does not exist?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "the exit signal is checked as in clone3",
                    "Linux 7.1 kernel/fork.c kernel_clone")
                   .Since(eras::kExitSignalChecked),
               May("ok", "the signal is never sent, and waiting needs __WALL",
                   "kernel/fork.c kernel_clone")
                   .Until(eras::kExitSignalChecked)},
    .pidfd = {.needs = {"clone/pidfd"}},
    .ask = [](Arena&, Path path) -> Outcome {
      return SameForEach({65, 255}, [&](int signal) -> Outcome {
        int place = -1;
        const bool with_pidfd = Handle::NeedsPidfdAtSpawn(path);
        const Result<pid_t> made = tested::Clone(with_pidfd ? abi::kClonePidfd : 0, signal, &place);
        const Fd pidfd(place);
        if (!made.ok()) return Outcome::Of(made.error());
        if (*made == 0) _exit(0);
        Require(sys::Waitid(P_PID, *made, WEXITED | __WALL));
        return "ok";
      });
    },
}};

const Registered<Conformance> kExitSignalOfSibling{{
    .name = "create/clone3_exit_signal_of_sibling",
    .question =
        "Can a sibling (CLONE_PARENT) or a thread have an exit signal of its own in clone3?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "exit_signal must be 0, because the parent's is used",
                    "clone(2) ERRORS")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      return SameForEach<std::uint64_t>(
          {CLONE_PARENT, CLONE_THREAD | CLONE_SIGHAND | CLONE_VM},
          [&](std::uint64_t flags) { return Make(path, Plain(flags)); });
    },
}};

const Registered<Conformance> kThread{{
    .name = "create/clone3_thread",
    .question = "Does clone3 accept CLONE_PIDFD together with CLONE_THREAD?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("efault", "a pidfd can refer to a thread",
                              "Linux 6.9 kernel/fork.c copy_process")
                             .Since(eras::kPidfdOfNewThread),
                         May("einval", "a pidfd can only refer to a process",
                             "clone(2) CLONE_PIDFD")
                             .Until(eras::kPidfdOfNewThread)},
              .ask = [](Arena&) -> Outcome {
                return Make(kLegacyPid,
                            Plain(abi::kClonePidfd | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, 0));
              }},
    .legacy = NotPossible("a thread always has a TID"),
}};

const Registered<Conformance> kTooSmall{{
    .name = "create/clone3_too_small",
    .question = "What is the error of clone3 for a struct smaller than its first version?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "the minimum size is 64 bytes", "clone(2) ERRORS")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      return SameForEach<std::size_t>({0, 63}, [&](std::size_t size) {
        Trial trial = Plain();
        trial.size = size;
        return Make(path, trial);
      });
    },
}};

template <std::uint64_t kLast>
Outcome MakeOversized(Arena&, Path path) {
  Trial trial = Plain();
  trial.size = sizeof trial.given;
  trial.given.tail.back() = kLast;
  return Make(path, trial);
}

const Registered<Conformance> kUnknownZero{{
    .name = "create/clone3_unknown_zero",
    .question = "Does clone3 accept a larger struct whose unknown fields are all 0?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("ok", "unknown fields are accepted if they are 0",
                    "clone(2), kernel/fork.c copy_struct_from_user")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = MakeOversized<0>,
}};

const Registered<Conformance> kUnknown{{
    .name = "create/clone3_unknown_field",
    .question = "Does clone3 refuse a larger struct in which an unknown field is set?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("e2big", "an unknown field that is set is never ignored", "clone(2) ERRORS")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = MakeOversized<1>,
}};

Outcome WithPids(Path path, std::span<const pid_t> pids) {
  Trial trial = Plain();
  trial.size = abi::kCloneArgsSize55;
  trial.given.args.set_tid = Address(pids.data());
  trial.given.args.set_tid_size = pids.size();
  const Outcome made = Make(path, trial);
  if (made == Outcome("eperm")) throw Unsupported("not permitted to choose PIDs here");
  if (made == Outcome("e2big")) throw Unsupported("PIDs cannot be chosen here (before Linux 5.5)");
  return made;
}

const Registered<Conformance> kTaken{{
    .name = "create/set_tid_taken",
    .question = "Can clone3 set_tid choose a PID that another process has?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("eexist", "a PID belongs to one process at a time", "clone(2) set_tid")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Child child = arena.Spawn(body::Lingers);
      const pid_t pid = child.pid();
      return WithPids(path, {&pid, 1});
    },
}};

const Registered<Conformance> kTakenByGroup{{
    .name = "create/set_tid_of_group",
    .question =
        "Can clone3 set_tid choose the PID of a reaped leader whose process group still exists?",
    .without_pid_namespace = kPidfdOnly,
    .claims = {Must("eexist", "a PID is free once no process, group or session uses it",
                    "clone(2) set_tid, kernel/pid.c")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Group group = Group::Make(arena);
      const pid_t pid = group.leader.pid();
      DriveTo(group.leader, ProcessState::kDead);
      return WithPids(path, {&pid, 1});
    },
}};

const Registered<Conformance> kInvalidPid{{
    .name = "create/set_tid_invalid",
    .question = "What is the error of clone3 set_tid for an invalid PID?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "PIDs range from 1 to pid_max", "clone(2) ERRORS")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      return SameForEach({0, -1, 4194305}, [&](pid_t pid) { return WithPids(path, {&pid, 1}); });
    },
}};

const Registered<Conformance> kTooDeep{{
    .name = "create/set_tid_too_deep",
    .question = "Can clone3 set_tid choose PIDs for more PID namespaces than the child is in?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "one PID for each namespace, at most 32", "clone(2) ERRORS")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      const std::array<pid_t, 33> pids{};
      return WithPids(path, pids);
    },
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::create_clone3
