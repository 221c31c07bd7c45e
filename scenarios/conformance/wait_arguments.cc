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

const Registered<Conformance> kNoEvent{{
    .name = "wait/no_event",
    .question = "Is a wait refused that names no event (WEXITED, WSTOPPED or WCONTINUED)?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "there is nothing to wait for", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Child child = arena.Spawn(body::Exits);
      const Handle handle = Handle::To(child, path);
      child.AwaitZombie();
      return Outcome::Of(handle.Wait(WNOHANG | WNOWAIT));
    },
}};

const Registered<Conformance> kUnknownOptions{{
    .name = "wait/unknown_option",
    .question = "Is every option bit refused that means nothing?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "the options argument is invalid", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
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

const Registered<Conformance> kOptionsFirst{{
    .name = "wait/options_before_name",
    .question = "Which is found first, a bad option or that nothing is named?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "options are looked at before anything else",
                    "kernel/exit.c kernel_waitid")},
    .pidfd = {.needs = {"waitid/p_pidfd"},
              .ask =
                  [](Arena&) {
                    return Outcome::Of(tested::Waitid(abi::kIdPidfd, INT_MAX, WNOHANG));
                  }},
    .legacy = {.ask = [](Arena&) { return Outcome::Of(sys::Waitid(P_PID, INT_MAX, WNOHANG)); }},
}};

const Registered<Conformance> kMinusOne{{
    .name = "wait/minus_one",
    .question = "A failed open or fork left -1 as the name: what does waiting for it do?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"waitid/p_pidfd"},
              .claims = {Must("einval", "a negative id is refused, and so reaps nobody",
                              "kernel/exit.c kernel_waitid"),
                         Never("reaped_another", "somebody else would miss that status",
                               "wait(2)")},
              .ask = [](Arena& arena) -> Outcome {
                Child another = arena.Spawn(body::Exits);
                another.AwaitZombie();
                const Result<siginfo_t> waited = tested::Waitid(abi::kIdPidfd, -1, WEXITED);
                if (!waited.ok()) return Outcome::Of(waited);
                another.Disown();
                return "reaped_another";
              }},
    .legacy = {.claims = {Hazard("reaped_another", "to waitpid, -1 means any child", "wait(2)")},
               .ask = [](Arena& arena) -> Outcome {
                 Child another = arena.Spawn(body::Exits);
                 another.AwaitZombie();
                 const pid_t reaped = waitpid(-1, nullptr, 0);
                 if (reaped < 0) return Outcome::Of(errno);
                 if (reaped != another.pid()) return "reaped_no_child";
                 another.Disown();
                 return "reaped_another";
               }},
}};

const Registered<Conformance> kSelfNumbers{{
    .name = "wait/self",
    .question = "Can a process wait for itself?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("echild", "nobody is their own child", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena&, Path path) -> Outcome {
      return Outcome::Of(Require(Handle::ToNumber(getpid(), path)).Wait());
    },
}};

const Registered<Conformance> kPidfdSelf{{
    .name = "wait/self_without_pidfd",
    .question = "Does waitid take PIDFD_SELF, the number that stands for the caller's own pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"waitid/p_pidfd"},
              .claims = {Must("einval", "PIDFD_SELF is negative, and waitid takes no such id",
                              "kernel/exit.c kernel_waitid")},
              .ask = [](Arena&) -> Outcome {
                return SameForEach(
                    {abi::kSelfThread, abi::kSelfProcess, abi::kSelfProcessAtFirst}, [](int self) {
                      return Outcome::Of(tested::Waitid(abi::kIdPidfd, self, WEXITED));
                    });
              }},
    .legacy = NotPossible("no number stands for oneself in waitid"),
}};

const Registered<Conformance> kNobody{{
    .name = "wait/names_nobody",
    .question =
        "What does a wait say to a closed descriptor, or a number that no process can have?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"waitid/p_pidfd"},
              .claims = {Must("ebadf", "nothing is open there", "kernel/exit.c, pidfd_get_pid")},
              .ask =
                  [](Arena&) {
                    return Outcome::Of(tested::Waitid(abi::kIdPidfd, INT_MAX, WEXITED));
                  }},
    .legacy = {.claims = {Must("echild", "no such process, so no child", "wait(2)")},
               .ask = [](Arena&) { return Outcome::Of(sys::Waitid(P_PID, INT_MAX, WEXITED)); }},
}};

const Registered<Conformance> kNotPidfd{{
    .name = "wait/no_pidfd",
    .question = "Is a descriptor refused that is open, but no pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"waitid/p_pidfd"},
              .claims = {Must("ebadf", "only pidfds name a process to wait for",
                              "kernel/pid.c pidfd_get_pid")},
              .ask = [](Arena&) -> Outcome {
                int ends[2];
                Require(pipe2(ends, O_CLOEXEC) == 0);
                const Fd reader(ends[0]);
                const Fd writer(ends[1]);
                const Fd counter(eventfd(0, EFD_CLOEXEC));
                Require(static_cast<bool>(counter));
                return SameForEach({reader.get(), writer.get(), counter.get()}, [](int other) {
                  return Outcome::Of(tested::Waitid(abi::kIdPidfd, other, WEXITED));
                });
              }},
    .legacy = NotPossible("a number has no type that could be wrong"),
}};

const Registered<Conformance> kProcDirectory{{
    .name = "wait/proc_directory",
    .question = "pidfd_send_signal takes a /proc/PID directory: does waitid?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"waitid/p_pidfd"},
              .claims = {Must("ebadf", "only pidfd_send_signal takes such a directory",
                              "pidfd_open(2) NOTES")},
              .ask = [](Arena&) -> Outcome {
                const Fd directory(open("/proc/self", O_DIRECTORY | O_CLOEXEC));
                if (!directory) throw Unsupported("there is no /proc to open");
                return Outcome::Of(tested::Waitid(abi::kIdPidfd, directory.get(), WEXITED));
              }},
    .legacy = NotPossible("a number is no directory"),
}};

}  // namespace
}  // namespace pidproof
