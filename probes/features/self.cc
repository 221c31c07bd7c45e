// PIDFD_SELF_*: numbers that stand for a pidfd of the caller, in the calls that accept them. In
// other calls, and before 6.15, they are closed descriptors.
#include <errno.h>

#include "probes/probe.h"
#include "probes/system/sys.h"

namespace pidproof::features::self {
namespace {

Answer SendTo(int self) { return sys::PidfdSendSignal(self, 0, nullptr, 0); }

const Registered<Probe> kThread{{
    .name = "self/send_signal_thread",
    .since = {6, 15},
    .what = "PIDFD_SELF_THREAD: pidfd_send_signal(2) to the calling thread without a pidfd",
    .tries = "pidfd_send_signal(PIDFD_SELF_THREAD, 0)",
    .source = "include/uapi/linux/pidfd.h, kernel/signal.c pidfd_send_signal",
    .libc = {"PIDFD_SELF_THREAD", {2, 43}},
    .calls = {"pidfd_send_signal"},
    .attempt = [] { return SendTo(abi::kSelfThread); },
    .present = {0},
    .absent = {EBADF, ENOSYS},
}};

Answer SendToOwnProcess() {
  const Answer now = SendTo(abi::kSelfProcess);
  if (now.error == 0) return {0, "-10001, its value since 6.17"};
  if (now.error != EBADF) return now;
  const Answer then = SendTo(abi::kSelfProcessAtFirst);
  return {then.error, then.error == 0 ? "-20000, its value in 6.15 and 6.16" : ""};
}

const Registered<Probe> kProcess{{
    .name = "self/send_signal_process",
    .since = {6, 15},
    .what = "PIDFD_SELF_THREAD_GROUP: pidfd_send_signal(2) to the own process without a pidfd",
    .tries = "pidfd_send_signal(PIDFD_SELF_THREAD_GROUP, 0)",
    .source = "include/uapi/linux/pidfd.h, kernel/signal.c pidfd_send_signal",
    .libc = {"PIDFD_SELF_THREAD_GROUP", {2, 43}},
    .calls = {"pidfd_send_signal"},
    .attempt = SendToOwnProcess,
    .present = {0},
    .absent = {EBADF, ENOSYS},
}};

const Registered<Probe> kMadvise{{
    .name = "self/process_madvise",
    .since = {6, 15},
    .what = "PIDFD_SELF: process_madvise(2) about the own memory without a pidfd",
    .tries = "process_madvise(PIDFD_SELF_THREAD, no ranges, MADV_COLD)",
    .source = "include/uapi/linux/pidfd.h, kernel/pid.c pidfd_get_task",
    .libc = {"PIDFD_SELF", {2, 43}},
    .calls = {"process_madvise"},
    .attempt = []() -> Answer {
      return sys::ProcessMadvise(abi::kSelfThread, {}, abi::kMadvCold, 0);
    },
    .present = {0},
    .absent = {EBADF, ENOSYS},
}};

// A living process has no memory to release: EINVAL, once the caller is found.
const Registered<Probe> kMrelease{{
    .name = "self/process_mrelease",
    .since = {6, 15},
    .what = "PIDFD_SELF: process_mrelease(2) finds the own process without a pidfd",
    .tries = "process_mrelease(PIDFD_SELF_THREAD)",
    .source = "include/uapi/linux/pidfd.h, kernel/pid.c pidfd_get_task",
    .libc = {"PIDFD_SELF", {2, 43}},
    .calls = {"process_mrelease"},
    .attempt = []() -> Answer { return sys::ProcessMrelease(abi::kSelfThread, 0); },
    .present = {EINVAL},
    .absent = {EBADF, ENOSYS},
}};

}  // namespace
}  // namespace pidproof::features::self
