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
    .versions = "258 on",
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
