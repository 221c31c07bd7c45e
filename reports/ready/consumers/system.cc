#include "reports/ready/consumer.h"

namespace pidproof::reports::ready {
namespace {

const Registered<Consumer> kSystemd245{{
    .name = "systemd-245",
    .title = "systemd, sd-event",
    .versions = "245 to 257",
    .steps = {{"pidfd_open", kFallsBack},
              {"epoll", kDoesWithout},
              {"pidfd_send_signal", kDoesWithout},
              {"waitid/p_pidfd", kDoesWithout}},
    .instead = kByPid,
    .also = "SYSTEMD_PIDFD=0 turns them off",
    .source = "systemd src/libsystemd/sd-event/sd-event.c; PR 13886",
}};

const Registered<Consumer> kSystemd258{{
    .name = "systemd-258",
    .title = "systemd",
    .versions = "258 to 261",
    .steps = {{"pidfd_open", kFallsBack, {{{"ENOSYS"}, kFails}}},
              {"epoll", kDoesWithout},
              {"pidfd_send_signal", kDoesWithout, {{{"ENOSYS"}, kFails}}},
              {"waitid/p_pidfd", kDoesWithout},
              SignalsOthers(kFailsLate)},
    .instead = kByPid,
    .also = "scopes hold processes that it did not fork; from 260 on an SELinux policy that "
            "knows pidfs",
    .source = "systemd PR 35971, #31468",
}};

// Of what pidref.c and pidfd-util.c ask of pidfs, all has another way: PIDFD_GET_INFO has fdinfo, a
// file handle has the inode, and the inode only makes an identity unique.
const Registered<Consumer> kSystemd262{{
    .name = "systemd-262",
    .title = "systemd, a child that it waits for",
    .versions = "262",
    .steps = {{"pidfd_open", kFails},
              {"pidfs", kTolerates},
              {"name_to_handle_at", kTolerates},
              {"ioctl/info",
               kFailsLate,
               {{{"ENOTTY", "EINVAL", "ENOSYS", "EOPNOTSUPP"}, kTolerates}}},
              {"epoll", kFailsLate},
              {"waitid/p_pidfd", kFailsLate}},
    .also = "where descriptors are short it has a PID alone, which sd-event does not watch",
    .source = "systemd src/basic/pidref.c, pidfd-util.c; systemd-notify 262.1 traced",
}};

const Registered<Consumer> kSystemd262Kill{{
    .name = "systemd-262-kill",
    .title = "systemd, a signal to a process that it has a pidfd of",
    .versions = "262",
    .steps = {{"pidfd_open", kFails}, {"pidfd_send_signal", kFailsLate}, SignalsOthers(kFailsLate)},
    .also = "scopes hold processes that it did not fork; kill(2) only where it has no pidfd",
    .source = "systemd src/basic/pidref.c pidref_kill",
}};

const Registered<Consumer> kSystemdSpawn{{
    .name = "systemd-spawn",
    .title = "systemd, spawning sd-executor into the unit's cgroup",
    .versions = "256 on, built with glibc 2.39; E2BIG of 5.4 to 5.6 from 257 on (PR 34005)",
    .steps = {{"waitid/p_pidfd", kFails},
              {"clone3/into_cgroup",
               kDoesWithout,
               {{{"EINVAL", "EBUSY", "EBADF", "ENOENT"}, kFails}}},
              {"clone3/pidfd", kFails, {{{"ENOSYS", "EINVAL"}, kTolerates}}},
              {"clone/pidfd", kFails, {}, {}, {"clone3/pidfd"}}},
    .instead = "cgroup.procs",
    .also = "EBUSY where the cgroup has domain controllers enabled: the unit fails (#41278)",
    .source = "systemd src/basic/process-util.c posix_spawn_wrapper; glibc spawni.c; PR 31209",
    .by_libc = "pidfd_spawn",
}};

const Registered<Consumer> kDbusDaemon{{
    .name = "dbus-daemon",
    .title = "dbus-daemon, ProcessFD of a connection",
    .versions = "1.15.8 on",
    .steps = {{"so_peerpidfd", kFallsBack}},
    .instead = kByPid,
    .source = "dbus dbus/dbus-sysdeps-unix.c 80d523dc",
}};

const Registered<Consumer> kDbusBroker{{
    .name = "dbus-broker",
    .title = "dbus-broker",
    .versions = "34 on",
    .steps = {{"so_peerpidfd",
               kFails,
               {{{"ENOPROTOOPT", "ENODATA", "EINVAL", "ESRCH"}, kFallsBack}}}},
    .instead = kByPid,
    .source = "dbus-broker src/util/sockopt.c; PR 343, #389",
}};

const Registered<Consumer> kPolkit{{
    .name = "polkit",
    .title = "polkit, the subject of a request",
    .versions = "124 on",
    .steps = {{"so_peerpidfd", kDoesWithout}, {"pidfd_open", kFallsBack}},
    .instead = "PID and start time",
    .also = "the bus must pass the pidfd on",
    .source = "polkit #451, #457, #662",
}};

const Registered<Consumer> kXdgDesktopPortal{{
    .name = "xdg-desktop-portal",
    .title = "xdg-desktop-portal, the caller",
    .versions = "1.19 on",
    .steps = {{"so_peerpidfd", kFallsBack}, {"ioctl/pid_namespace", kDoesWithout}},
    .instead = kByPid,
    .also = "the bus must pass the pidfd on",
    .source = "xdg-desktop-portal #1713",
}};

const Registered<Consumer> kEarlyoom{{
    .name = "earlyoom",
    .title = "earlyoom",
    .versions = "1.8 on",
    .steps = {{"pidfd_open", kFallsBack},
              SignalsOthers(kFailsLate),
              {"process_mrelease", kDoesWithout}},
    .instead = kByPid,
    .also = "its victims are processes of all users; its own unit's SystemCallFilter, before "
            "1.8.2",
    .source = "earlyoom #315, #328",
}};

const Registered<Consumer> kLmkd{{
    .name = "lmkd",
    .title = "Android lmkd",
    .versions = "10 on",
    .steps = {{"pidfd_open", kFallsBack},
              {"epoll", kFailsLate},
              SignalsOthers(kFailsLate),
              {"process_mrelease", kDoesWithout}},
    .instead = "polling",
    .also = "its victims are processes of all users",
    .source = "android system/memory/lmkd/lmkd.cpp",
}};

}  // namespace
}  // namespace pidproof::reports::ready
