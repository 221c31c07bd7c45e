// What still reaches a process outside this one's sandbox (see Outside). Where nothing else
// explains a refusal, a security module isolates by scope, as Landlock does (6.12,
// LANDLOCK_SCOPE_SIGNAL), or by its policy.
#include "probes/refusal/outside.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>

#include "probes/probe.h"
#include "probes/system/abi.h"
#include "probes/system/host.h"
#include "probes/system/pidfd_info.h"
#include "probes/system/sys.h"

namespace pidproof::features::outside {
namespace {

Answer OpenIt() {
  const refusal::Outside& target = refusal::Outside::Target();
  return {sys::PidfdOpen(target.pid(), 0).error(), target.description()};
}

const Registered<Probe> kOpen{{
    .name = "outside/pidfd_open",
    .since = {5, 3},
    .what = "pidfd_open(2) opens a process outside of whatever confines this one",
    .tries = "pidfd_open",
    .source = "pidfd_open(2)",
    .calls = {"pidfd_open"},
    .attempt = OpenIt,
    .present = {0},
    .absent = {ENOSYS},
    .denied = {EPERM, EACCES},
}};

// The process has the same user, which is all that the kernel itself requires (kill(2)).
Answer SignalIt() {
  const refusal::Outside& target = refusal::Outside::Target();
  return {sys::PidfdSendSignal(target.pidfd(), 0, nullptr, 0).error(), target.description()};
}

const Registered<Probe> kSignal{{
    .name = "outside/signal",
    .since = {5, 1},
    .what = "pidfd_send_signal(2) may signal a process outside of whatever confines this one",
    .tries = "pidfd_send_signal with signal 0",
    .source = "kill(2), landlock(7) LANDLOCK_SCOPE_SIGNAL",
    .calls = {"pidfd_send_signal"},
    .attempt = SignalIt,
    .present = {0},
    .absent = {ENOSYS},
    .denied = {EPERM, EACCES},
}};

// The kernel's own rules (ptrace(2)) and Yama explain a refusal before another module does.
Answer Refused(const refusal::Outside& target) {
  constexpr std::uint64_t kDescendantsOnly = 1;
  constexpr std::uint64_t kNobody = 3;
  constexpr char kRight[] = "CAP_SYS_PTRACE";
  const auto reason = [&](std::string_view by, std::string fix) {
    return Answer(EPERM, target.description(), by, std::move(fix));
  };
  const bool capable = IsCapable(CAP_SYS_PTRACE);
  const std::uint64_t scope = PtraceScope().value_or(0);
  if (scope >= kNobody || (!capable && scope > (target.consents() ? kDescendantsOnly : 0))) {
    return reason("yama", "kernel.yama.ptrace_scope=0 or CAP_SYS_PTRACE");
  }
  if (!target.IsOurEqual()) {
    if (!capable) return reason("capability", kRight);
    if (IsInnerUserNamespace()) {
      return reason("namespace", "CAP_SYS_PTRACE in the user namespace of the target");
    }
  }
  return {EPERM, target.description()};
}

// A descriptor number that the process does not use: permission granted is EBADF, and nothing is
// copied.
Answer TakeNothing() {
  const refusal::Outside& target = refusal::Outside::Target();
  const int error = sys::PidfdGetfd(target.pidfd(), INT_MAX, 0).error();
  return error == EPERM ? Refused(target) : Answer(error, target.description());
}

const Registered<Probe> kGetfd{{
    .name = "outside/getfd",
    .since = {5, 6},
    .what = "pidfd_getfd(2) may take from a process outside of whatever confines this one",
    .tries = "pidfd_getfd of a descriptor that no process has",
    .source = "pidfd_getfd(2), ptrace(2) PTRACE_MODE_ATTACH_REALCREDS",
    .calls = {"pidfd_getfd"},
    .attempt = TakeNothing,
    .present = {EBADF},
    .absent = {ENOSYS},
    .denied = {EPERM, EACCES},
}};

Answer PollIt() {
  const refusal::Outside& target = refusal::Outside::Target();
  const Result<short> ready = sys::Poll(target.pidfd(), POLLIN, 0);
  return {ready.ok() && *ready != 0 ? Answer::kNoEffect : ready.error(), target.description()};
}

const Registered<Probe> kPoll{{
    .name = "outside/poll",
    .since = {5, 3},
    .what = "poll(2) watches a process outside of whatever confines this one",
    .tries = "poll on the pidfd",
    .source = "pidfd_open(2), poll(2)",
    .calls = {},
    .attempt = PollIt,
    .present = {0},
    .absent = {Answer::kNoEffect},
    .denied = {EPERM, EACCES},
    .makes = {{abi::kSysPoll}},
}};

Answer AskIt() {
  const refusal::Outside& target = refusal::Outside::Target();
  return {GetInfo(target.pidfd(), abi::kInfoPid).error, target.description()};
}

const Registered<Probe> kInfo{{
    .name = "outside/info",
    .since = {6, 13},
    .what = "PIDFD_GET_INFO of a process outside this one's sandbox",
    .tries = "ioctl(PIDFD_GET_INFO)",
    .source = "fs/pidfs.c pidfd_info",
    .calls = {"ioctl"},
    .attempt = AskIt,
    .present = {0},
    .absent = {ENOTTY, EINVAL},
    .denied = {EPERM, EACCES},
}};

}  // namespace
}  // namespace pidproof::features::outside
