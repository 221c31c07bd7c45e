// The arguments of clone3: exit signals, sizes and chosen numbers.
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

namespace pidproof {
namespace {

constexpr std::uint64_t Address(const void* place) {
  return reinterpret_cast<std::uint64_t>(place);
}

// More than any kernel knows.
struct Oversized {
  abi::CloneArgs args{};
  std::array<std::uint64_t, 16> tail{};
};

struct Trial {
  Oversized given;
  std::size_t size = abi::kCloneArgsSize53;
};

// A clone3 with CLONE_PIDFD where the path names by pidfd; a child ends at once.
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
    .question = "clone3: may a child end with a signal that does not exist?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "it has to be a signal, or none", "clone(2) ERRORS")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      return SameForEach({65ULL, 255ULL, 256ULL, 1ULL << 32 | SIGCHLD},
                         [&](std::uint64_t signal) { return Make(path, Plain(0, signal)); });
    },
}};

const Registered<Conformance> kExitSignalClone{{
    .name = "create/clone_exit_signal",
    .question = "clone(2): may a child end with a signal that does not exist?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "it is checked as in clone3", "Linux 7.1 kernel/fork.c kernel_clone")
                   .Since(eras::kExitSignalChecked),
               May("ok", "the signal is never sent, and a wait needs __WALL",
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
    .question = "clone3: may a sibling (CLONE_PARENT) or a thread have an exit signal of its own?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "the parent's signal is taken, so it must be given as 0",
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
    .question = "May a new thread have a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("efault", "pidfds can name threads",
                              "Linux 6.9 kernel/fork.c copy_process")
                             .Since(eras::kPidfdOfNewThread),
                         May("einval", "pidfds are of processes only", "clone(2) CLONE_PIDFD")
                             .Until(eras::kPidfdOfNewThread)},
              .ask = [](Arena&) -> Outcome {
                return Make(kLegacyPid,
                            Plain(abi::kClonePidfd | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, 0));
              }},
    .legacy = NotPossible("a thread always has a number"),
}};

const Registered<Conformance> kTooSmall{{
    .name = "create/clone3_too_small",
    .question = "clone3: what is the error for a struct smaller than the first one was?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "64 bytes are the least", "clone(2) ERRORS")},
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
    .question = "clone3: does a program of the future run here while it asks for nothing new?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("ok", "fields that are unknown may be there if they are 0",
                    "clone(2), kernel/fork.c copy_struct_from_user")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = MakeOversized<0>,
}};

const Registered<Conformance> kUnknown{{
    .name = "create/clone3_unknown_field",
    .question = "clone3: and when it does ask for something new?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("e2big", "what is unknown is never ignored", "clone(2) ERRORS")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = MakeOversized<1>,
}};

Outcome Dealt(Path path, std::span<const pid_t> numbers) {
  Trial trial = Plain();
  trial.size = abi::kCloneArgsSize55;
  trial.given.args.set_tid = Address(numbers.data());
  trial.given.args.set_tid_size = numbers.size();
  const Outcome made = Make(path, trial);
  if (made == Outcome("eperm")) throw Unsupported("no right to choose numbers here");
  if (made == Outcome("e2big")) throw Unsupported("numbers cannot be chosen here (before 5.5)");
  return made;
}

const Registered<Conformance> kTaken{{
    .name = "create/set_tid_taken",
    .question = "Can a number be given out while a process has it?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("eexist", "a number has one owner at a time", "clone(2) set_tid")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Child child = arena.Spawn(body::Lingers);
      const pid_t number = child.pid();
      return Dealt(path, {&number, 1});
    },
}};

const Registered<Conformance> kTakenByGroup{{
    .name = "create/set_tid_of_group",
    .question = "Can a PID be chosen that only a process group still has, whose leader is reaped?",
    .without_pid_namespace = kPidfdOnly,
    .claims = {Must("eexist", "a number is free once no process, group or session uses it",
                    "clone(2) set_tid, kernel/pid.c")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Group group = Group::Make(arena);
      const pid_t number = group.leader.pid();
      DriveTo(group.leader, ProcessState::kDead);
      return Dealt(path, {&number, 1});
    },
}};

const Registered<Conformance> kNoNumber{{
    .name = "create/set_tid_invalid",
    .question = "What is the error for a chosen number that is none?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "numbers go from 1 to pid_max", "clone(2) ERRORS")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      return SameForEach({0, -1, 4194305}, [&](pid_t number) { return Dealt(path, {&number, 1}); });
    },
}};

const Registered<Conformance> kTooDeep{{
    .name = "create/set_tid_too_deep",
    .question = "May one choose numbers for more pid namespaces than the child is in?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "there is one number for each namespace, 32 at the most",
                    "clone(2) ERRORS")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      const std::array<pid_t, 33> numbers{};
      return Dealt(path, numbers);
    },
}};

}  // namespace
}  // namespace pidproof
