// The calls of the legacy path, which the referee uses too: a sandbox may refuse them.
#include <errno.h>
#include <unistd.h>

#include "probes/probe.h"
#include "probes/system/sys.h"

namespace pidproof::features::legacy {
namespace {

const Registered<Probe> kKill{{
    .name = "legacy/kill",
    .since = {1, 0},
    .what = "kill(2) signals a process by its PID",
    .tries = "kill(2) with signal 0 on oneself",
    .source = "kill(2)",
    .calls = {"kill"},
    .attempt = []() -> Answer { return getpid() > 1 ? sys::Kill(getpid(), 0) : sys::Status(0); },
    .present = {0},
    .absent = {ENOSYS},
    .makes = {{SYS_kill, {{}, 0}}},
}};

// No process is its own child.
const Registered<Probe> kWaitid{{
    .name = "legacy/waitid",
    .since = {2, 6},
    .what = "waitid(2) waits for a child by its PID",
    .tries = "waitid(P_PID) for oneself",
    .source = "wait(2)",
    .calls = {},
    .attempt = []() -> Answer { return sys::Waitid(P_PID, getpid(), WEXITED | WNOHANG); },
    .present = {ECHILD},
    .absent = {ENOSYS},
    .makes = {{SYS_waitid, {P_PID}}},
}};

}  // namespace
}  // namespace pidproof::features::legacy
