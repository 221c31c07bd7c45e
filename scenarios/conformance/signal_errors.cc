// Signals that are refused: which error, and which of several wins.
#include <fcntl.h>
#include <sys/mman.h>

#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof {
namespace {

constexpr char kNoFlags[] = "kill(2) has no flags";

// Signals that there are none of.
template <ProcessState kLife>
Outcome BadSignal(Arena& arena, Path path) {
  return In(kLife, arena, path, [](const Handle& handle) {
    return SameForEach({-1, SIGRTMAX + 1, 1000},
                       [&](int signal) { return Outcome::Of(handle.Signal(signal)); });
  });
}

const Registered<Scenario> kBadSignal{{
    .name = "signal/no_such_signal",
    .question = "What is the error for a signal number below 0 or above the last?",
    .pidfd_needs = {"pidfd_open", "pidfd_send_signal"},
    .without_pid_namespace = kBothPaths,
    .claims = Both("einval", "an invalid signal was specified", "kill(2), pidfd_send_signal(2)"),
    .trial = BadSignal<ProcessState::kAlive>,
}};

const Registered<Scenario> kBadSignalZombie{{
    .name = "signal/no_such_signal_to_zombie",
    .question = "A zombie takes every signal without effect: one that does not exist, too?",
    .pidfd_needs = {"pidfd_open", "pidfd_send_signal"},
    .without_pid_namespace = kBothPaths,
    .claims = Both("einval", "the number is judged before the signal would be dropped",
                   "kernel/signal.c check_kill_permission"),
    .trial = BadSignal<ProcessState::kZombie>,
}};

const Registered<Scenario> kBadSignalDead{{
    .name = "signal/no_such_signal_to_dead",
    .question = "The signal does not exist and the process no longer does: which error wins?",
    .pidfd_needs = {"pidfd_open", "pidfd_send_signal"},
    .without_pid_namespace = kPidfdOnly,
    .claims = Both("esrch", "the process is looked up before the signal is judged",
                   "kernel/signal.c kill_pid_info"),
    .trial = BadSignal<ProcessState::kDead>,
}};

siginfo_t Claiming(int signal, int code) {
  siginfo_t info{};
  info.si_signo = signal;
  info.si_code = code;
  return info;
}

// The codes with which the kernel marks what it saw itself.
template <ProcessState kLife>
Outcome Forged(Arena& arena, Path path) {
  return In(kLife, arena, path, [](const Handle& handle) {
    return SameForEach({SI_USER, SI_KERNEL, SI_TKILL}, [&](int code) {
      siginfo_t info = Claiming(SIGUSR1, code);
      return Outcome::Of(handle.Queue(SIGUSR1, &info));
    });
  });
}

const Registered<Scenario> kForged{{
    .name = "signal/forged_code",
    .question =
        "May a siginfo_t for another process claim that it comes from kill(2) or the kernel?",
    .pidfd_needs = {"pidfd_open", "pidfd_send_signal"},
    .without_pid_namespace = kBothPaths,
    .claims = Both("eperm", "nobody may impersonate the kernel, or kill(2) and tgkill(2)",
                   "rt_sigqueueinfo(2), pidfd_send_signal(2)"),
    .trial = Forged<ProcessState::kAlive>,
}};

const Registered<Scenario> kForgedDead{{
    .name = "signal/forged_code_to_dead",
    .question = "The siginfo_t is forged and the process is gone: which error wins?",
    .pidfd_needs = {"pidfd_open", "pidfd_send_signal"},
    .without_pid_namespace = kPidfdOnly,
    .claims = Both("eperm", "the code is judged before the process is looked up",
                   "kernel/signal.c do_rt_sigqueueinfo, pidfd_send_signal"),
    .trial = Forged<ProcessState::kDead>,
}};

siginfo_t* Nowhere() { return reinterpret_cast<siginfo_t*>(1); }

template <ProcessState kLife>
Outcome FromNowhere(Arena& arena, Path path) {
  return In(kLife, arena, path,
            [](const Handle& handle) { return Outcome::Of(handle.Queue(SIGUSR1, Nowhere())); });
}

const Registered<Scenario> kBadAddress{{
    .name = "signal/siginfo_bad_address",
    .question = "What is the error for a siginfo_t that cannot be read?",
    .pidfd_needs = {"pidfd_open", "pidfd_send_signal"},
    .without_pid_namespace = kBothPaths,
    .claims = Both("efault", "the kernel copies it before it does anything",
                   "kernel/signal.c copy_siginfo_from_user"),
    .trial = FromNowhere<ProcessState::kAlive>,
}};

const Registered<Scenario> kBadAddressDead{{
    .name = "signal/siginfo_bad_address_to_dead",
    .question = "The siginfo_t cannot be read and the process is gone: which error wins?",
    .pidfd_needs = {"pidfd_open", "pidfd_send_signal"},
    .without_pid_namespace = kPidfdOnly,
    .claims = Both("efault", "it is copied before the process is looked up",
                   "kernel/signal.c copy_siginfo_from_user"),
    .trial = FromNowhere<ProcessState::kDead>,
}};

const Registered<Scenario> kOtherNumber{{
    .name = "signal/siginfo_other_signal",
    .question = "The siginfo_t names another signal than the call does: which one counts?",
    .pidfd_needs = {"pidfd_open", "pidfd_send_signal"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "einval", kMust, "si_signo has to be the signal sent, even for signal 0",
                "pidfd_send_signal(2)"},
               {kLegacyPid, "ok", kMust, "the call's signal is written over si_signo",
                "rt_sigqueueinfo(2)"}},
    .trial = [](Arena& arena, Path path) -> Outcome {
      return In(ProcessState::kAlive, arena, path, [](const Handle& handle) {
        return SameForEach({0, SIGWINCH}, [&](int signal) {
          siginfo_t info = Claiming(SIGURG, SI_QUEUE);
          return Outcome::Of(handle.Queue(signal, &info));
        });
      });
    },
}};

// Flags that make no sense, to a process in that stage of life.
template <ProcessState kLife, unsigned... kFlags>
Outcome Flagged(Arena& arena) {
  return In(kLife, arena, [](int pidfd) {
    return SameForEach({kFlags...}, [&](unsigned flags) {
      return Outcome::Of(tested::PidfdSendSignal(pidfd, 0, nullptr, flags));
    });
  });
}

const Registered<Scenario> kUnknownFlag{{
    .name = "signal/unknown_flag",
    .question = "What is the error for a flag that pidfd_send_signal does not know?",
    .pidfd_needs = {"pidfd_open", "pidfd_send_signal"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "einval", kMust, "flags that have no meaning yet are refused",
                "pidfd_send_signal(2)"}},
    .by_pidfd = Flagged<ProcessState::kAlive, 8U, 0x100U, 0x8000'0000U>,
    .not_possible_by_pid = kNoFlags,
}};

const Registered<Scenario> kUnknownFlagDead{{
    .name = "signal/unknown_flag_to_dead",
    .question = "The flag is unknown and the process is gone: which error wins?",
    .pidfd_needs = {"pidfd_open", "pidfd_send_signal"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "einval", kMust, "flags are judged before anything else",
                "kernel/signal.c pidfd_send_signal"}},
    .by_pidfd = Flagged<ProcessState::kDead, 8U>,
    .not_possible_by_pid = kNoFlags,
}};

const Registered<Scenario> kSeveralScopes{{
    .name = "signal/several_scopes",
    .question = "May one signal be for the thread, the process and the process group at once?",
    .pidfd_needs = {"pidfd_open", "pidfd_send_signal"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "einval", kMust, "at most one scope can be chosen",
                "pidfd_send_signal(2)"}},
    .by_pidfd = Flagged<ProcessState::kAlive, abi::kSignalThread | abi::kSignalThreadGroup,
                        abi::kSignalThread | abi::kSignalProcessGroup,
                        abi::kSignalThreadGroup | abi::kSignalProcessGroup,
                        abi::kSignalThread | abi::kSignalThreadGroup | abi::kSignalProcessGroup>,
    .not_possible_by_pid = kNoFlags,
}};

const Registered<Scenario> kNoPidfd{{
    .name = "signal/not_a_pidfd",
    .question = "What is the error when the target is no process at all?",
    .pidfd_needs = {"pidfd_send_signal"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "ebadf", kMust, "closed, or a descriptor of something else",
                "pidfd_send_signal(2)"},
               {kLegacyPid, "esrch", kMust, "nobody has that number", "kill(2)"}},
    .by_pidfd = [](Arena&) -> Outcome {
      const Fd memory(memfd_create("pidproof", MFD_CLOEXEC));
      const Fd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
      return SameForEach({-1, memory.get(), null.get()}, [](int fd) {
        return Outcome::Of(tested::PidfdSendSignal(fd, 0, nullptr, 0));
      });
    },
    .by_number = [](Arena&) -> Outcome {
      constexpr pid_t kBeyondTheLimit = 4194305;
      return Outcome::Of(sys::Kill(kBeyondTheLimit, 0));
    },
}};

const Registered<Scenario> kFlagsFirst{{
    .name = "signal/unknown_flag_to_nothing",
    .question = "The flag is unknown and the descriptor closed: which error wins?",
    .pidfd_needs = {"pidfd_send_signal"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "einval", kMust, "flags are judged before the descriptor is looked up",
                "kernel/signal.c pidfd_send_signal"}},
    .by_pidfd = [](Arena&) -> Outcome {
      return Outcome::Of(tested::PidfdSendSignal(-1, 0, nullptr, 8));
    },
    .not_possible_by_pid = kNoFlags,
}};

}  // namespace
}  // namespace pidproof
