// waitid(2): which arguments are refused, with which errno, and in which order.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof {
namespace {

constexpr unsigned kKnownOptions = WNOHANG | WSTOPPED | WEXITED | WCONTINUED | WNOWAIT |
                                   __WNOTHREAD | static_cast<unsigned>(__WALL) |
                                   static_cast<unsigned>(__WCLONE);

const Registered<Scenario> kNoEvent{{
    .name = "wait/no_event",
    .question = "Is a wait refused that names no event (WEXITED, WSTOPPED or WCONTINUED)?",
    .pidfd_needs = {"pidfd_open", "waitid/p_pidfd"},
    .without_pid_namespace = kBothPaths,
    .claims = Both("einval", "there is nothing to wait for", "wait(2)"),
    .trial = [](Arena& arena, Path path) -> Outcome {
      Child child = arena.Spawn(body::Exits);
      const Handle handle = Handle::To(child, path);
      child.AwaitZombie();
      return Outcome::Of(handle.Wait(WNOHANG | WNOWAIT));
    },
}};

const Registered<Scenario> kUnknownOptions{{
    .name = "wait/unknown_option",
    .question = "Is every option bit refused that means nothing?",
    .pidfd_needs = {"pidfd_open", "waitid/p_pidfd"},
    .without_pid_namespace = kBothPaths,
    .claims = Both("einval", "the options argument is invalid", "wait(2)"),
    .trial = [](Arena& arena, Path path) -> Outcome {
      Child child = arena.Spawn(body::Exits);
      const Handle handle = Handle::To(child, path);
      child.AwaitZombie();
      for (unsigned bit = 1; bit != 0; bit <<= 1) {
        if ((kKnownOptions & bit) != 0) continue;
        const auto options = static_cast<int>(WEXITED | WNOHANG | WNOWAIT | bit);
        const Outcome answer = Outcome::Of(handle.Wait(options));
        if (answer != Outcome("einval")) return answer;
      }
      return "einval";
    },
}};

const Registered<Scenario> kOptionsFirst{{
    .name = "wait/options_before_name",
    .question = "Which is found first, a bad option or that nothing is named?",
    .pidfd_needs = {"waitid/p_pidfd"},
    .without_pid_namespace = kBothPaths,
    .claims =
        Both("einval", "options are looked at before anything else", "kernel/exit.c kernel_waitid"),
    .by_pidfd = [](Arena&) { return Outcome::Of(tested::Waitid(abi::kIdPidfd, INT_MAX, WNOHANG)); },
    .by_number = [](Arena&) { return Outcome::Of(sys::Waitid(P_PID, INT_MAX, WNOHANG)); },
}};

const Registered<Scenario> kMinusOne{{
    .name = "wait/minus_one",
    .question = "A failed open or fork left -1 as the name: what does waiting for it do?",
    .pidfd_needs = {"waitid/p_pidfd"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "einval", kMust, "a negative id is refused, and so reaps nobody",
                "kernel/exit.c kernel_waitid"},
               {kPidfd, "reaped_another", kNever, "somebody else would miss that status",
                "wait(2)"},
               {kLegacyPid, "reaped_another", kHazard, "to waitpid, -1 means any child",
                "wait(2)"}},
    .by_pidfd = [](Arena& arena) -> Outcome {
      Child another = arena.Spawn(body::Exits);
      another.AwaitZombie();
      const Result<siginfo_t> waited = tested::Waitid(abi::kIdPidfd, -1, WEXITED);
      if (!waited.ok()) return Outcome::Of(waited);
      another.Disown();
      return "reaped_another";
    },
    .by_number = [](Arena& arena) -> Outcome {
      Child another = arena.Spawn(body::Exits);
      another.AwaitZombie();
      const pid_t reaped = waitpid(-1, nullptr, 0);
      if (reaped < 0) return Outcome::Of(errno);
      if (reaped != another.pid()) return "reaped_no_child";
      another.Disown();
      return "reaped_another";
    },
}};

const Registered<Scenario> kSelfNumbers{{
    .name = "wait/self",
    .question = "Can a process wait for itself?",
    .pidfd_needs = {"pidfd_open", "waitid/p_pidfd"},
    .without_pid_namespace = kBothPaths,
    .claims = Both("echild", "nobody is their own child", "wait(2)"),
    .trial = [](Arena&, Path path) -> Outcome {
      return Outcome::Of(Require(Handle::ToNumber(getpid(), path)).Wait());
    },
}};

const Registered<Scenario> kPidfdSelf{{
    .name = "wait/self_without_pidfd",
    .question = "Does waitid take PIDFD_SELF, the number that stands for the caller's own pidfd?",
    .pidfd_needs = {"waitid/p_pidfd"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "einval", kMust, "PIDFD_SELF is negative, and waitid takes no such id",
                "kernel/exit.c kernel_waitid"}},
    .by_pidfd = [](Arena&) -> Outcome {
      return SameForEach(
          {abi::kSelfThread, abi::kSelfProcess, abi::kSelfProcessAtFirst},
          [](int self) { return Outcome::Of(tested::Waitid(abi::kIdPidfd, self, WEXITED)); });
    },
    .not_possible_by_pid = "no number stands for oneself in waitid",
}};

const Registered<Scenario> kNobody{{
    .name = "wait/names_nobody",
    .question =
        "What does a wait say to a closed descriptor, or a number that no process can have?",
    .pidfd_needs = {"waitid/p_pidfd"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "ebadf", kMust, "nothing is open there", "kernel/exit.c, pidfd_get_pid"},
               {kLegacyPid, "echild", kMust, "no such process, so no child", "wait(2)"}},
    .by_pidfd = [](Arena&) { return Outcome::Of(tested::Waitid(abi::kIdPidfd, INT_MAX, WEXITED)); },
    .by_number = [](Arena&) { return Outcome::Of(sys::Waitid(P_PID, INT_MAX, WEXITED)); },
}};

const Registered<Scenario> kNotPidfd{{
    .name = "wait/no_pidfd",
    .question = "Is a descriptor refused that is open, but no pidfd?",
    .pidfd_needs = {"waitid/p_pidfd"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "ebadf", kMust, "only pidfds name a process to wait for",
                "kernel/pid.c pidfd_get_pid"}},
    .by_pidfd = [](Arena&) -> Outcome {
      int ends[2];
      Require(pipe2(ends, O_CLOEXEC) == 0);
      const Fd reader(ends[0]);
      const Fd writer(ends[1]);
      const Fd counter(eventfd(0, EFD_CLOEXEC));
      Require(static_cast<bool>(counter));
      return SameForEach({reader.get(), writer.get(), counter.get()}, [](int other) {
        return Outcome::Of(tested::Waitid(abi::kIdPidfd, other, WEXITED));
      });
    },
    .not_possible_by_pid = "a number has no type that could be wrong",
}};

const Registered<Scenario> kProcDirectory{{
    .name = "wait/proc_directory",
    .question = "pidfd_send_signal takes a /proc/PID directory: does waitid?",
    .pidfd_needs = {"waitid/p_pidfd"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "ebadf", kMust, "only pidfd_send_signal takes such a directory",
                "pidfd_open(2) NOTES"}},
    .by_pidfd = [](Arena&) -> Outcome {
      const Fd directory(open("/proc/self", O_DIRECTORY | O_CLOEXEC));
      if (!directory) throw Unsupported("there is no /proc to open");
      return Outcome::Of(tested::Waitid(abi::kIdPidfd, directory.get(), WEXITED));
    },
    .not_possible_by_pid = "a number is no directory",
}};

}  // namespace
}  // namespace pidproof
