// What a signal carries: who it says has sent it, and how often it is delivered.
#include <errno.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <optional>

#include "probes/system/require.h"
#include "scenarios/fixtures/shared.h"
#include "scenarios/fixtures/thread.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::signal_info {
namespace {

// Blocks the signal, here and in later children and threads: it stays pending, and can be read.
Fd Keep(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  Require(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  Fd kept(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  Require(bool(kept));
  return kept;
}

// The next signal that is pending for the reader, if there is one. glibc's sigtimedwait would
// rewrite SI_TKILL; a signalfd does not.
std::optional<signalfd_siginfo> Next(const Fd& kept) {
  signalfd_siginfo got{};
  if (read(kept.get(), &got, sizeof got) == sizeof got) return got;
  Require(errno == EAGAIN);
  return std::nullopt;
}

siginfo_t Value(int signal, int value) {
  siginfo_t info{};
  info.si_signo = signal;
  info.si_code = SI_QUEUE;
  info.si_pid = 4242;
  info.si_value.sival_int = value;
  return info;
}

// Stores the signal it gets, which it inherits blocked, where its parent finds it.
int Stores(int) {
  const Fd signals = Keep(SIGUSR1);
  const Result<short> came = sys::Poll(signals.get(), POLLIN, -1);
  const std::optional<signalfd_siginfo> got = came.ok() ? Next(signals) : std::nullopt;
  if (!got) return 1;
  Shared<signalfd_siginfo>() = *got;
  return 0;
}

// What a child receives with the SIGUSR1 that send sends.
template <typename Send, typename Word>
Outcome ToChild(Arena& arena, Path path, Send send, Word word) {
  Keep(SIGUSR1);
  const signalfd_siginfo& got = Shared<signalfd_siginfo>();
  Child child = arena.Spawn(Stores);
  const sys::Status sent = send(Handle::To(child, path));
  if (!sent.ok()) return Outcome::Of(sent);
  Require(child.Reap().si_status == 0);
  return word(got);
}

const Registered<Conformance> kSender{{
    .name = "signal/sender",
    .question = "Which sender does a signal without a siginfo_t report?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("caller_si_user",
                              "si_pid and si_uid are the caller's, as for kill(2)",
                              "pidfd_send_signal(2)")}},
    .legacy = {.claims = {Must("caller_si_user", "si_pid and si_uid are the caller's",
                               "sigaction(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      return ToChild(
          arena, path, [](const Handle& handle) { return handle.Signal(SIGUSR1); },
          [](const signalfd_siginfo& got) -> Outcome {
            if (got.ssi_code != SI_USER) return "another_code";
            const bool ours =
                static_cast<pid_t>(got.ssi_pid) == getpid() && got.ssi_uid == getuid();
            return ours ? "caller_si_user" : "another_sender";
          });
    },
}};

const Registered<Conformance> kQueued{{
    .name = "signal/queued_value",
    .question = "Does a queued signal deliver its value and whatever sender the siginfo_t names?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("as_given", "a siginfo_t with a negative si_code is delivered unchanged",
                    "pidfd_send_signal(2), rt_sigqueueinfo(2)")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      return ToChild(
          arena, path,
          [](const Handle& handle) {
            siginfo_t info = Value(SIGUSR1, 99);
            return handle.Queue(SIGUSR1, &info);
          },
          [](const signalfd_siginfo& got) -> Outcome {
            if (got.ssi_code != SI_QUEUE || got.ssi_int != 99) return "another_value";
            return got.ssi_pid == 4242 ? "as_given" : "another_sender";
          });
    },
}};

const Registered<Conformance> kForgedToSelf{{
    .name = "signal/forged_code_to_self",
    .question = "Can a process send itself a siginfo_t that claims to come from kill(2)?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("as_given", "the caller could deceive only itself",
                    "pidfd_send_signal(2), rt_sigqueueinfo(2)")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = [](Arena&, Path path) -> Outcome {
      const Fd kept = Keep(SIGUSR1);
      siginfo_t info = Value(SIGUSR1, 0);
      info.si_code = SI_USER;
      const sys::Status sent = Require(Handle::ToPid(getpid(), path)).Queue(SIGUSR1, &info);
      if (!sent.ok()) return Outcome::Of(sent);
      const auto got = Next(kept);
      return got && got->ssi_code == SI_USER && got->ssi_pid == 4242 ? "as_given" : "altered";
    },
}};

const Registered<Conformance> kForgedFromThread{{
    .name = "signal/forged_code_from_thread",
    .question =
        "Can a thread other than the first send its process a siginfo_t that claims kill(2)?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("eperm", "the target PID must be the caller's TID",
                    "kernel/signal.c do_rt_sigqueueinfo, pidfd_send_signal")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = [](Arena&, Path path) -> Outcome {
      const Fd kept = Keep(SIGUSR1);
      const Handle self = Require(Handle::ToPid(getpid(), path));
      siginfo_t info = Value(SIGUSR1, 0);
      info.si_code = SI_USER;
      sys::Status sent = 0;
      OnAnotherThread([&] { sent = self.Queue(SIGUSR1, &info); });
      return Outcome::Of(sent);
    },
}};

// Sends itself a blocked signal several times, each with a value, and counts the deliveries.
template <bool kRealtime>
Outcome ManyTimes(Arena&, Path path) {
  const int signal = kRealtime ? SIGRTMIN : SIGUSR1;
  constexpr int kTimes = 3;
  const Fd kept = Keep(signal);
  const Handle self = Require(Handle::ToPid(getpid(), path));
  for (int value = 1; value <= kTimes; ++value) {
    siginfo_t info = Value(signal, value);
    const sys::Status sent = self.Queue(signal, &info);
    if (!sent.ok()) return Outcome::Of(sent);
  }
  int came = 0;
  while (const auto got = Next(kept)) {
    if (got->ssi_int != ++came) return "out_of_order";
  }
  return came == kTimes ? "each_in_order" : came == 1 ? "first_only" : "some";
}

const Registered<Conformance> kRealtime{{
    .name = "signal/realtime_queue",
    .question = "How many of three blocked real-time signals are delivered?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("each_in_order", "real-time signals are queued", "signal(7)")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = ManyTimes<true>,
}};

const Registered<Conformance> kStandard{{
    .name = "signal/standard_merges",
    .question = "How many of three blocked standard signals are delivered?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("first_only", "a standard signal is either pending or not", "signal(7)")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = ManyTimes<false>,
}};

void AllowNoneToQueue() {
  const rlimit none{0, 0};
  if (setrlimit(RLIMIT_SIGPENDING, &none) < 0) throw Unsupported("the limit cannot be set here");
}

const Registered<Conformance> kLimit{{
    .name = "signal/realtime_limit",
    .question =
        "Is a real-time signal with a value lost when the target's RLIMIT_SIGPENDING is reached?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("eagain", "the call fails with EAGAIN", "sigqueue(3), getrlimit(2)")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = [](Arena&, Path path) -> Outcome {
      const Fd kept = Keep(SIGRTMIN);
      AllowNoneToQueue();
      siginfo_t info = Value(SIGRTMIN, 1);
      return Outcome::Of(Require(Handle::ToPid(getpid(), path)).Queue(SIGRTMIN, &info));
    },
}};

const Registered<Conformance> kLimitPlain{{
    .name = "signal/realtime_limit_without_info",
    .question = "Is a real-time signal without a siginfo_t lost when RLIMIT_SIGPENDING is reached?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("came_without_sender",
                    "it is always delivered; only the sender's identity is lost",
                    "getrlimit(2), kernel/signal.c send_signal_locked")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = [](Arena&, Path path) -> Outcome {
      const Fd kept = Keep(SIGRTMIN);
      AllowNoneToQueue();
      const sys::Status sent = Require(Handle::ToPid(getpid(), path)).Signal(SIGRTMIN);
      if (!sent.ok()) return Outcome::Of(sent);
      const auto got = Next(kept);
      if (!got) return "lost";
      return got->ssi_pid == 0 ? "came_without_sender" : "came_with_sender";
    },
}};

// A child in the group of this process, which leads it and blocks the signal, that stores what it
// gets when send sends to the group. send: returns the status.
template <typename Send>
Outcome ToOwnGroup(Arena& arena, Send send) {
  if (getpgrp() != getpid()) Require(setpgid(0, 0) == 0);
  Keep(SIGUSR1);
  const signalfd_siginfo& got = Shared<signalfd_siginfo>();
  Child child = arena.Spawn(Stores);
  const sys::Status sent = send();
  if (!sent.ok()) return Outcome::Of(sent);
  Require(child.Reap().si_status == 0);
  return got.ssi_code == SI_USER ? "si_user" : got.ssi_code == SI_TKILL ? "si_tkill" : "other_code";
}

const Registered<Conformance> kGroupCode{{
    .name = "signal/code_for_group",
    .question = "Which si_code does a signal for a process group have?",
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal/process_group"},
              .claims = {Must("si_user", "without a siginfo_t it is the same as from kill(2)",
                              "kernel/signal.c prepare_kill_siginfo")},
              .ask =
                  [](Arena& arena) {
                    const Fd own = Require(tested::PidfdOpen(getpid(), 0));
                    return ToOwnGroup(arena, [&] {
                      return tested::PidfdSendSignal(own.get(), SIGUSR1, nullptr,
                                                     abi::kSignalProcessGroup);
                    });
                  }},
    .legacy = {.claims = {Must("si_user", "SI_USER marks kill(2)", "sigaction(2)")},
               .ask =
                   [](Arena& arena) {
                     return ToOwnGroup(arena, [] { return sys::KillGroup(getpid(), SIGUSR1); });
                   }},
}};

const Registered<Conformance> kForgedToGroup{{
    .name = "signal/forged_code_to_own_group",
    .question = "Can a group leader send its group a siginfo_t that claims to come from kill(2)?",
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal/process_group"},
              .claims = {Must("eperm", "the group has other members, who would be deceived",
                              "kernel/signal.c pidfd_send_signal")},
              .ask =
                  [](Arena& arena) {
                    const Fd own = Require(tested::PidfdOpen(getpid(), 0));
                    siginfo_t info = Value(SIGUSR1, 0);
                    info.si_code = SI_USER;
                    return ToOwnGroup(arena, [&] {
                      return tested::PidfdSendSignal(own.get(), SIGUSR1, &info,
                                                     abi::kSignalProcessGroup);
                    });
                  }},
    .legacy = NotPossible("rt_sigqueueinfo(2) names one process"),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::signal_info
