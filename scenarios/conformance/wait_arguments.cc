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

namespace pidproof::scenarios::conformance::wait_arguments {
namespace {

constexpr unsigned kKnownOptions = WNOHANG | WSTOPPED | WEXITED | WCONTINUED | WNOWAIT |
                                   __WNOTHREAD | static_cast<unsigned>(__WALL) |
                                   static_cast<unsigned>(__WCLONE);

const Registered<Conformance> kNoEvent{{
    .name = "wait/no_event",
    .question = "Does waitid refuse options without an event (WEXITED, WSTOPPED or WCONTINUED)?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "there is no event to wait for", "wait(2)")},
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
    .question = "Does waitid refuse every unknown option bit?",
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
    .name = "wait/options_before_id",
    .question = "Does waitid check the options before the pidfd or PID?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "options are checked before anything else",
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
    .question = "What does waiting for -1, left by a failed pidfd_open or fork, do?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"waitid/p_pidfd"},
              .claims = {Must("einval", "a negative id is refused, so nothing is reaped",
                              "kernel/exit.c kernel_waitid"),
                         Never("reaped_another", "another waiter would miss that status",
                               "wait(2)")},
              .ask = [](Arena& arena) -> Outcome {
                Child another = arena.Spawn(body::Exits);
                another.AwaitZombie();
                const Result<siginfo_t> waited = tested::Waitid(abi::kIdPidfd, -1, WEXITED);
                if (!waited.ok()) return Outcome::Of(waited);
                another.Disown();
                return "reaped_another";
              }},
    .legacy = {.claims = {Hazard("reaped_another", "-1 means any child to waitpid", "wait(2)")},
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

const Registered<Conformance> kSelf{{
    .name = "wait/self",
    .question = "Can a process wait for itself?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("echild", "no process is its own child", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena&, Path path) -> Outcome {
      return Outcome::Of(Require(Handle::ToPid(getpid(), path)).Wait());
    },
}};

const Registered<Conformance> kPidfdSelf{{
    .name = "wait/self_without_pidfd",
    .question = "Does waitid accept PIDFD_SELF_THREAD or PIDFD_SELF_THREAD_GROUP?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"waitid/p_pidfd"},
              .claims = {Must("einval", "the values are negative, which waitid refuses",
                              "kernel/exit.c kernel_waitid")},
              .ask = [](Arena&) -> Outcome {
                return SameForEach(
                    {abi::kSelfThread, abi::kSelfProcess, abi::kSelfProcessAtFirst}, [](int self) {
                      return Outcome::Of(tested::Waitid(abi::kIdPidfd, self, WEXITED));
                    });
              }},
    .legacy = NotPossible("waitid has no PID that means the caller"),
}};

const Registered<Conformance> kNobody{{
    .name = "wait/no_process",
    .question =
        "What does waitid return for a closed descriptor or a PID that no process can have?",
    .without_pid_namespace = kBothPaths,
    .pidfd =
        {.needs = {"waitid/p_pidfd"},
         .claims = {Must("ebadf", "no descriptor is open there", "kernel/exit.c, pidfd_get_pid")},
         .ask =
             [](Arena&) { return Outcome::Of(tested::Waitid(abi::kIdPidfd, INT_MAX, WEXITED)); }},
    .legacy = {.claims = {Must("echild", "no such process, so no such child", "wait(2)")},
               .ask = [](Arena&) { return Outcome::Of(sys::Waitid(P_PID, INT_MAX, WEXITED)); }},
}};

const Registered<Conformance> kNotPidfd{{
    .name = "wait/not_a_pidfd",
    .question = "Does waitid refuse an open descriptor that is not a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"waitid/p_pidfd"},
              .claims = {Must("ebadf", "waitid only accepts pidfds", "kernel/pid.c pidfd_get_pid")},
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
    .legacy = NotPossible("a PID has no type that could be wrong"),
}};

const Registered<Conformance> kProcDirectory{{
    .name = "wait/proc_directory",
    .question = "Does waitid accept a /proc/PID directory, as pidfd_send_signal does?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"waitid/p_pidfd"},
              .claims = {Must("ebadf", "only pidfd_send_signal accepts such a directory",
                              "pidfd_open(2) NOTES")},
              .ask = [](Arena&) -> Outcome {
                const Fd directory(open("/proc/self", O_DIRECTORY | O_CLOEXEC));
                if (!directory) throw Unsupported("/proc is not available");
                return Outcome::Of(tested::Waitid(abi::kIdPidfd, directory.get(), WEXITED));
              }},
    .legacy = NotPossible("a PID is not a directory"),
}};

const Registered<Conformance> kUnknownKind{{
    .name = "wait/unknown_id_type",
    .question = "What is the error of waitid for a kind of id that does not exist?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "P_PIDFD is the last kind that is defined", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Child child = arena.Spawn(body::Exits);
      const Handle handle = Handle::To(child, path);
      child.AwaitZombie();
      return SameForEach({abi::kIdPidfd + 1, abi::kIdPidfd + 2, INT_MAX, -1}, [&](int kind) {
        return Outcome::Of(tested::Waitid(kind, handle.wait_id().id, WEXITED | WNOHANG | WNOWAIT));
      });
    },
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::wait_arguments
