// What known sandboxes leave of the pidfd calls: their refusals only, of calls that concern pidfds,
// for processes without the capabilities that the policy checks. Everything else passes.
#include <errno.h>

#include "probes/worlds/world.h"

namespace pidproof {
namespace {

constexpr int kSigsys = Refusal::kSigsys;
constexpr int kKill = Refusal::kKill;

// moby 19.03: an allowlist older than pidfds. Everything not on it is EPERM.
const Registered<World> kDocker1903{{
    .name = "docker-19.03",
    .what = "Docker 19.03 (2019): every pidfd call is EPERM, waitid works",
    .refusals = {{"pidfd_open", EPERM},
                 {"pidfd_send_signal", EPERM},
                 {"pidfd_getfd", EPERM},
                 {"clone3", EPERM},
                 {"process_madvise", EPERM},
                 {"process_mrelease", EPERM},
                 {"setns", EPERM},
                 {"open_by_handle_at", EPERM},
                 {"fanotify_init", EPERM},
                 {"io_uring_setup", EPERM},
                 {"open_tree", EPERM}},
}};

// pidfd_open and pidfd_send_signal since 20.10.0 (moby PR 41665); clone3 is ENOSYS from 20.10.10.
const Registered<World> kDocker2010{{
    .name = "docker-20.10.0-9",
    .what = "Docker 20.10.0 to 20.10.9: pidfds can be opened, but clone3 is EPERM",
    .refusals = {{"pidfd_getfd", EPERM},
                 {"clone3", EPERM},
                 {"process_madvise", EPERM},
                 {"process_mrelease", EPERM},
                 {"setns", EPERM},
                 {"open_by_handle_at", EPERM},
                 {"fanotify_init", EPERM},
                 {"io_uring_setup", EPERM},
                 {"open_tree", EPERM}},
}};

const Registered<World> kDockerNow{{
    .name = "docker-now",
    .what = "Docker since 23.0 (and containerd 1.6), no added capability: clone3 is ENOSYS",
    .refusals = {{"pidfd_getfd", EPERM},
                 {"clone3", ENOSYS},
                 {"process_madvise", EPERM},
                 {"setns", EPERM},
                 {"open_by_handle_at", EPERM},
                 {"fanotify_init", EPERM},
                 {"io_uring_setup", EPERM},
                 {"open_tree", EPERM}},
}};

// containers/common since 0.48. setns has two contradictory entries: measured, it passes.
const Registered<World> kPodmanNow{{
    .name = "podman-now",
    .what = "Podman and CRI-O, no added capability: all but process_madvise and opening handles",
    .refusals = {{"process_madvise", EPERM},
                 {"open_by_handle_at", EPERM},
                 {"fanotify_init", EPERM},
                 {"io_uring_setup", ENOSYS}},
}};

const Registered<World> kSnapOld{{
    .name = "snap-old",
    .what = "snaps before snapd 2.75 (2026-02): every pidfd call but clone3 is EPERM",
    .refusals = {{"pidfd_open", EPERM},
                 {"pidfd_send_signal", EPERM},
                 {"pidfd_getfd", EPERM},
                 {"process_madvise", EPERM},
                 {"process_mrelease", EPERM},
                 {"setns", EPERM},
                 {"name_to_handle_at", EPERM},
                 {"open_by_handle_at", EPERM},
                 {"io_uring_setup", EPERM}},
}};

const Registered<World> kSnap275{{
    .name = "snap-2.75",
    .what = "snaps since snapd 2.75: a pidfd can be opened but not signalled",
    .refusals = {{"pidfd_send_signal", EPERM},
                 {"pidfd_getfd", EPERM},
                 {"process_madvise", EPERM},
                 {"process_mrelease", EPERM},
                 {"setns", EPERM},
                 {"name_to_handle_at", EPERM},
                 {"open_by_handle_at", EPERM},
                 {"io_uring_setup", EPERM}},
}};

// bionic e986722e6 allows pidfd_open (11), 3de19151e the next two (12), b65dec562 clone3 (2023-09).
const Registered<World> kAndroid11{{
    .name = "android-11",
    .what = "an app on Android 11: pidfd_open works, other pidfd calls are SIGSYS",
    .refusals = {{"pidfd_send_signal", kSigsys},
                 {"pidfd_getfd", kSigsys},
                 {"clone3", kSigsys},
                 {"process_mrelease", kSigsys},
                 {"name_to_handle_at", kSigsys},
                 {"open_by_handle_at", kSigsys},
                 {"io_uring_setup", kSigsys}},
}};

// The renderer's baseline policy, without its restrictions of clone, ioctl and seccomp.
const Registered<World> kChromium{{
    .name = "chromium",
    .what = "a Chromium renderer: pidfd_open and clone3 are ENOSYS, other pidfd calls SIGSYS",
    .refusals = {{"pidfd_open", ENOSYS},
                 {"clone3", ENOSYS},
                 {"pidfd_send_signal", kSigsys},
                 {"pidfd_getfd", kSigsys},
                 {"process_madvise", kSigsys},
                 {"process_mrelease", kSigsys},
                 {"setns", kSigsys},
                 {"name_to_handle_at", kSigsys},
                 {"open_by_handle_at", kSigsys},
                 {"io_uring_setup", kSigsys}},
}};

const Registered<World> kNspawn{{
    .name = "nspawn",
    .what = "systemd-nspawn: pidfd_getfd, process_mrelease and opening handles are EPERM",
    .refusals = {{"pidfd_getfd", EPERM}, {"process_mrelease", EPERM}, {"open_by_handle_at", EPERM}},
}};

const Registered<World> kLxdIntercept{{
    .name = "lxd-intercept",
    .what = "LXD and Incus with interception: no handles, no seccomp listener of one's own; the "
            "supervisor itself is not pretended",
    .refusals = {{"open_by_handle_at", ENOSYS}, {"seccomp/new_listener", EINVAL}},
}};

// SystemCallFilter=@system-service without SystemCallErrorNumber. process_mrelease is in no set.
const Registered<World> kSystemdService{{
    .name = "systemd-service-kill",
    .what = "a unit with SystemCallFilter=@system-service: the process is killed at the others",
    .refusals = {{"pidfd_getfd", kKill}, {"process_mrelease", kKill}, {"open_by_handle_at", kKill}},
}};

// libseccomp drops rules for calls that it does not know by name: pidfd_open and pidfd_send_signal
// came in 2.4.3.
const Registered<World> kOldLibseccomp{{
    .name = "old-libseccomp-2.4.1",
    .what = "Docker's profile of today on libseccomp 2.4.1, runc 1.0.0-rc93 or later: ENOSYS",
    .refusals = {{"pidfd_open", ENOSYS},
                 {"pidfd_send_signal", ENOSYS},
                 {"pidfd_getfd", ENOSYS},
                 {"clone3", ENOSYS},
                 {"process_madvise", ENOSYS},
                 {"process_mrelease", ENOSYS},
                 {"setns", EPERM},
                 {"open_by_handle_at", EPERM}},
}};

const Registered<World> kOldLibseccompAndRunc{{
    .name = "old-libseccomp-2.4.1-eperm",
    .what = "Docker's profile of today on libseccomp 2.4.1 and a runc before 1.0.0-rc93: EPERM",
    .refusals = {{"pidfd_open", EPERM},
                 {"pidfd_send_signal", EPERM},
                 {"pidfd_getfd", EPERM},
                 {"clone3", EPERM},
                 {"process_madvise", EPERM},
                 {"process_mrelease", EPERM},
                 {"setns", EPERM},
                 {"open_by_handle_at", EPERM}},
}};

const Registered<World> kAsterinas{{
    .name = "asterinas-like",
    .what = "a kernel that is not Linux: pidfds can be opened and awaited, and nothing else",
    .refusals = {{"pidfd_send_signal", ENOSYS},
                 {"pidfd_getfd", ENOSYS},
                 {"process_mrelease", ENOSYS},
                 {"name_to_handle_at", ENOSYS},
                 {"open_by_handle_at", ENOSYS}},
}};

// Measured on qemu-aarch64 7.2 (ci/environments): clone3 has no number there at all.
const Registered<World> kQemuUser{{
    .name = "qemu-user-7.2",
    .what = "the emulator qemu-user 7.2: no clone3, CLONE_PIDFD is EINVAL; that a wait on a pidfd "
            "may block is not pretended",
    .refusals = {{"clone", EINVAL},
                 {"clone3", ENOSYS},
                 {"process_madvise", ENOSYS},
                 {"process_mrelease", ENOSYS},
                 {"setsockopt", ENOPROTOOPT}},
}};

}  // namespace
}  // namespace pidproof
