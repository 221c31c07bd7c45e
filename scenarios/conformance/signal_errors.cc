// Signals that are refused: with which errno, and which of several wins.
#include <fcntl.h>
#include <sys/mman.h>

#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/bad_address.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::signal_errors {
namespace {

constexpr char kNoFlags[] = "kill(2) has no flags";

// Signal numbers that do not exist.
template <ProcessState kState>
Outcome BadSignal(Arena& arena, Path path) {
  return In(kState, arena, path, [](const Handle& handle) {
    return SameForEach({-1, SIGRTMAX + 1, 1000},
                       [&](int signal) { return Outcome::Of(handle.Signal(signal)); });
  });
}

const Registered<Conformance> kBadSignal{{
    .name = "signal/no_such_signal",
    .question = "What is the error for a signal number below 0 or above the maximum?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "the signal is invalid", "kill(2), pidfd_send_signal(2)")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = BadSignal<ProcessState::kAlive>,
}};

const Registered<Conformance> kBadSignalZombie{{
    .name = "signal/no_such_signal_to_zombie",
    .question = "Does an invalid signal to a zombie fail?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "the signal number is checked before the signal is discarded",
                    "kernel/signal.c check_kill_permission")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = BadSignal<ProcessState::kZombie>,
}};

const Registered<Conformance> kBadSignalDead{{
    .name = "signal/no_such_signal_to_dead",
    .question = "Which error is reported for an invalid signal to a reaped process?",
    .without_pid_namespace = kPidfdOnly,
    .claims = {Must("esrch", "the process is looked up before the signal is checked",
                    "kernel/signal.c kill_pid_info")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = BadSignal<ProcessState::kDead>,
}};

siginfo_t Claiming(int signal, int code) {
  siginfo_t info{};
  info.si_signo = signal;
  info.si_code = code;
  return info;
}

// The si_codes reserved for the kernel.
template <ProcessState kState>
Outcome Forged(Arena& arena, Path path) {
  return In(kState, arena, path, [](const Handle& handle) {
    return SameForEach({SI_USER, SI_KERNEL, SI_TKILL}, [&](int code) {
      siginfo_t info = Claiming(SIGUSR1, code);
      return Outcome::Of(handle.Queue(SIGUSR1, &info));
    });
  });
}

const Registered<Conformance> kForged{{
    .name = "signal/forged_code",
    .question = "Can a siginfo_t sent to another process claim to come from kill(2) or the kernel?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("eperm", "a sender cannot impersonate the kernel, kill(2) or tgkill(2)",
                    "rt_sigqueueinfo(2), pidfd_send_signal(2)")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = Forged<ProcessState::kAlive>,
}};

const Registered<Conformance> kForgedDead{{
    .name = "signal/forged_code_to_dead",
    .question = "Which error is reported for a forged siginfo_t to a reaped process?",
    .without_pid_namespace = kPidfdOnly,
    .claims = {Must("eperm", "si_code is checked before the process is looked up",
                    "kernel/signal.c do_rt_sigqueueinfo, pidfd_send_signal")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = Forged<ProcessState::kDead>,
}};

template <ProcessState kState>
Outcome FromNowhere(Arena& arena, Path path) {
  return In(kState, arena, path, [](const Handle& handle) {
    return Outcome::Of(handle.Queue(SIGUSR1, BadAddress<siginfo_t>()));
  });
}

const Registered<Conformance> kBadAddress{{
    .name = "signal/siginfo_bad_address",
    .question = "What is the error for a siginfo_t that cannot be read?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("efault", "the kernel copies it first",
                    "kernel/signal.c copy_siginfo_from_user")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = FromNowhere<ProcessState::kAlive>,
}};

const Registered<Conformance> kBadAddressDead{{
    .name = "signal/siginfo_bad_address_to_dead",
    .question = "Which error is reported for an unreadable siginfo_t to a reaped process?",
    .without_pid_namespace = kPidfdOnly,
    .claims = {Must("efault", "it is copied before the process is looked up",
                    "kernel/signal.c copy_siginfo_from_user")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = FromNowhere<ProcessState::kDead>,
}};

const Registered<Conformance> kOtherNumber{{
    .name = "signal/siginfo_other_signal",
    .question = "Which signal counts when the siginfo_t names another one than the call?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("einval", "si_signo must equal the signal sent, even for signal 0",
                              "pidfd_send_signal(2)")}},
    .legacy = {.claims = {Must("ok", "the call's signal overwrites si_signo",
                               "rt_sigqueueinfo(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      return In(ProcessState::kAlive, arena, path, [](const Handle& handle) {
        return SameForEach({0, SIGWINCH}, [&](int signal) {
          siginfo_t info = Claiming(SIGURG, SI_QUEUE);
          return Outcome::Of(handle.Queue(signal, &info));
        });
      });
    },
}};

// Invalid flags, for a process in that state.
template <ProcessState kState, unsigned... kFlags>
Outcome Flagged(Arena& arena) {
  return In(kState, arena, [](int pidfd) {
    return SameForEach({kFlags...}, [&](unsigned flags) {
      return Outcome::Of(tested::PidfdSendSignal(pidfd, 0, nullptr, flags));
    });
  });
}

const Registered<Conformance> kUnknownFlag{{
    .name = "signal/unknown_flag",
    .question = "What is the error of pidfd_send_signal for an unknown flag?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("einval", "unknown flags are refused", "pidfd_send_signal(2)")},
              .ask = Flagged<ProcessState::kAlive, 8U, 0x100U, 0x8000'0000U>},
    .legacy = NotPossible(kNoFlags),
}};

const Registered<Conformance> kUnknownFlagDead{{
    .name = "signal/unknown_flag_to_dead",
    .question =
        "Which error does pidfd_send_signal report for an unknown flag and a reaped process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("einval", "flags are checked first",
                              "kernel/signal.c pidfd_send_signal")},
              .ask = Flagged<ProcessState::kDead, 8U>},
    .legacy = NotPossible(kNoFlags),
}};

const Registered<Conformance> kSeveralScopes{{
    .name = "signal/several_scopes",
    .question = "Can one signal go to the thread, the process and the process group at once?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("einval", "at most one scope can be selected",
                              "pidfd_send_signal(2)")},
              .ask =
                  Flagged<ProcessState::kAlive, abi::kSignalThread | abi::kSignalThreadGroup,
                          abi::kSignalThread | abi::kSignalProcessGroup,
                          abi::kSignalThreadGroup | abi::kSignalProcessGroup,
                          abi::kSignalThread | abi::kSignalThreadGroup | abi::kSignalProcessGroup>},
    .legacy = NotPossible(kNoFlags),
}};

const Registered<Conformance> kNoPidfd{{
    .name = "signal/not_a_pidfd",
    .question = "What is the error of sending a signal to something that is not a process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_send_signal"},
              .claims = {Must("ebadf", "the descriptor is closed or of another kind",
                              "pidfd_send_signal(2)")},
              .ask = [](Arena&) -> Outcome {
                const Fd memory(memfd_create("pidproof", MFD_CLOEXEC));
                const Fd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
                return SameForEach({-1, memory.get(), null.get()}, [](int fd) {
                  return Outcome::Of(tested::PidfdSendSignal(fd, 0, nullptr, 0));
                });
              }},
    .legacy = {.claims = {Must("esrch", "no process has that PID", "kill(2)")},
               .ask = [](Arena&) -> Outcome {
                 constexpr pid_t kBeyondTheLimit = 4194305;
                 return Outcome::Of(sys::Kill(kBeyondTheLimit, 0));
               }},
}};

const Registered<Conformance> kFlagsFirst{{
    .name = "signal/unknown_flag_to_nothing",
    .question =
        "Which error does pidfd_send_signal report for an unknown flag and a closed descriptor?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_send_signal"},
              .claims = {Must("einval", "flags are checked before the descriptor is looked up",
                              "kernel/signal.c pidfd_send_signal")},
              .ask = [](Arena&) -> Outcome {
                return Outcome::Of(tested::PidfdSendSignal(-1, 0, nullptr, 8));
              }},
    .legacy = NotPossible(kNoFlags),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::signal_errors
