#include <errno.h>
#include <fcntl.h>

#include "probes/probe.h"
#include "probes/refusal/proc_refusal.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::features::pidfd_send_signal {
namespace {

// Flags come first, then the descriptor: a closed one answers EBADF where the flag is known.
Answer SendToNothing(unsigned flags) { return sys::PidfdSendSignal(-1, 0, nullptr, flags); }

const Registered<Probe> kSend{{
    .name = "pidfd_send_signal",
    .since = {5, 1},
    .what = "pidfd_send_signal(2) signals the process a pidfd refers to",
    .tries = "pidfd_send_signal(-1, 0)",
    .source = "pidfd_send_signal(2)",
    .libc = {"pidfd_send_signal", {2, 36}},
    .calls = {"pidfd_send_signal"},
    .attempt = [] { return SendToNothing(0); },
    .present = {EBADF},
    .absent = {ENOSYS},
    .makes = {{SYS_pidfd_send_signal, {{}, {}, 0, 0}}},
}};

Answer SendThroughProc() {
  const Fd self(open("/proc/self", O_DIRECTORY | O_CLOEXEC));
  if (self) return sys::PidfdSendSignal(self.get(), 0, nullptr, 0);
  const Answer refused = refusal::ProcRefusal("/proc/self", errno);
  const Answer call = SendToNothing(0);
  return call.error == EBADF ? refused : call;
}

const Registered<Probe> kSendProcFd{{
    .name = "pidfd_send_signal/proc_fd",
    .since = {5, 1},
    .what = "pidfd_send_signal(2) takes an open /proc/PID directory",
    .tries = "pidfd_send_signal(open(\"/proc/self\"), 0)",
    .source = "pidfd_send_signal(2), kernel/signal.c pidfd_to_pid",
    .libc = {"pidfd_send_signal", {2, 36}},
    .calls = {"pidfd_send_signal"},
    .attempt = SendThroughProc,
    .present = {0},
    .absent = {EBADF, ENOSYS},
    .makes = {{SYS_pidfd_send_signal, {{}, {}, 0, 0}}},
}};

const Registered<Probe> kSendThread{{
    .name = "pidfd_send_signal/thread",
    .since = {6, 9},
    .what = "PIDFD_SIGNAL_THREAD: the signal is for one thread",
    .tries = "pidfd_send_signal(-1, 0, PIDFD_SIGNAL_THREAD)",
    .source = "pidfd_send_signal(2)",
    .libc = {"PIDFD_SIGNAL_THREAD", {2, 40}},
    .calls = {"pidfd_send_signal"},
    .attempt = [] { return SendToNothing(abi::kSignalThread); },
    .present = {EBADF},
    .absent = {EINVAL, ENOSYS},
    .makes = {{SYS_pidfd_send_signal, {{}, {}, 0, abi::kSignalThread}}},
}};

const Registered<Probe> kSendThreadGroup{{
    .name = "pidfd_send_signal/thread_group",
    .since = {6, 9},
    .what = "PIDFD_SIGNAL_THREAD_GROUP: the signal is for the process",
    .tries = "pidfd_send_signal(-1, 0, PIDFD_SIGNAL_THREAD_GROUP)",
    .source = "pidfd_send_signal(2)",
    .libc = {"PIDFD_SIGNAL_THREAD_GROUP", {2, 40}},
    .calls = {"pidfd_send_signal"},
    .attempt = [] { return SendToNothing(abi::kSignalThreadGroup); },
    .present = {EBADF},
    .absent = {EINVAL, ENOSYS},
    .makes = {{SYS_pidfd_send_signal, {{}, {}, 0, abi::kSignalThreadGroup}}},
}};

const Registered<Probe> kSendProcessGroup{{
    .name = "pidfd_send_signal/process_group",
    .since = {6, 9},
    .what = "PIDFD_SIGNAL_PROCESS_GROUP: the signal is for the process group",
    .tries = "pidfd_send_signal(-1, 0, PIDFD_SIGNAL_PROCESS_GROUP)",
    .source = "pidfd_send_signal(2)",
    .libc = {"PIDFD_SIGNAL_PROCESS_GROUP", {2, 40}},
    .calls = {"pidfd_send_signal"},
    .attempt = [] { return SendToNothing(abi::kSignalProcessGroup); },
    .present = {EBADF},
    .absent = {EINVAL, ENOSYS},
    .makes = {{SYS_pidfd_send_signal, {{}, {}, 0, abi::kSignalProcessGroup}}},
}};

}  // namespace
}  // namespace pidproof::features::pidfd_send_signal
