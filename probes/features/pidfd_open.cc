#include <errno.h>
#include <limits.h>

#include "probes/probe.h"
#include "probes/system/sys.h"

namespace pidproof::features::pidfd_open {
namespace {

const Registered<Probe> kPidfdOpen{{
    .name = "pidfd_open",
    .since = {5, 3},
    .what = "pidfd_open(2) opens a process by its PID",
    .tries = "pidfd_open(-1)",
    .source = "pidfd_open(2)",
    .libc = {"pidfd_open", {2, 36}},
    .calls = {"pidfd_open"},
    .attempt = []() -> Answer { return sys::PidfdOpen(-1, 0); },
    .present = {EINVAL},
    .absent = {ENOSYS},
    .makes = {{SYS_pidfd_open, {{}, 0}}},
}};

// Flags are checked before the PID: a PID that no process can have distinguishes the two errors.
const Registered<Probe> kPidfdOpenNonblock{{
    .name = "pidfd_open/nonblock",
    .since = {5, 10},
    .what = "PIDFD_NONBLOCK: waitid on the pidfd does not block",
    .tries = "pidfd_open(INT_MAX, PIDFD_NONBLOCK)",
    .source = "pidfd_open(2)",
    .libc = {"PIDFD_NONBLOCK", {2, 36}},
    .calls = {"pidfd_open"},
    .attempt = []() -> Answer { return sys::PidfdOpen(INT_MAX, abi::kPidfdNonblock); },
    .present = {ESRCH},
    .absent = {EINVAL, ENOSYS},
    .makes = {{SYS_pidfd_open, {{}, abi::kPidfdNonblock}}},
}};

const Registered<Probe> kPidfdOpenThread{{
    .name = "pidfd_open/thread",
    .since = {6, 9},
    .what = "PIDFD_THREAD: a pidfd of one thread",
    .tries = "pidfd_open(INT_MAX, PIDFD_THREAD)",
    .source = "pidfd_open(2)",
    .libc = {"PIDFD_THREAD", {2, 40}},
    .calls = {"pidfd_open"},
    .attempt = []() -> Answer { return sys::PidfdOpen(INT_MAX, abi::kPidfdThread); },
    .present = {ESRCH},
    .absent = {EINVAL, ENOSYS},
    .makes = {{SYS_pidfd_open, {{}, abi::kPidfdThread}}},
}};

}  // namespace
}  // namespace pidproof::features::pidfd_open
