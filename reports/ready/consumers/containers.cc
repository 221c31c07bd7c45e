#include "reports/ready/consumer.h"

namespace pidproof::reports::ready {
namespace {

const Registered<Consumer> kRuncSeccompListener{{
    .name = "runc-seccomp-listener",
    .title = "runc, a profile with a listener",
    .versions = "1.1.0 on",
    .steps = {{"pidfd_open", kFails}, {"pidfd_getfd", kFails}},
    .source = "runc libcontainer/process_linux.go",
}};

const Registered<Consumer> kRuncPidfdSocket{{
    .name = "runc-pidfd-socket",
    .title = "runc --pidfd-socket",
    .versions = "1.2.0 on",
    .steps = {{"pidfd_open", kFails}},
    .also = "it looks at uname for 5.3 first",
    .source = "runc tests/integration/pidfd-socket.bats",
}};

const Registered<Consumer> kRuncKill{{
    .name = "runc-kill",
    .title = "runc kill",
    .versions = "1.4.0 on",
    .steps = {{"pidfd_open", kFallsBack},
              {"waitid/p_pidfd", kFallsBack},
              {"pidfd_send_signal", kFallsBack},
              SignalsOthers(kFailsLate),
              {"clone/pidfd", kFallsBack}},
    .instead = kByPid,
    .also = "another runc forked the container",
    .source = "runc through Go os.Process",
}};

const Registered<Consumer> kRuncExec{{
    .name = "runc-exec",
    .title = "runc, the wait for exec.fifo",
    .versions = "main of 2026-06",
    .steps = {{"pidfd_open", kFallsBack}, {"poll", kFailsLate}},
    .instead = "polling",
    .source = "runc libcontainer/container_linux.go",
}};

const Registered<Consumer> kRuncExecCgroup{{
    .name = "runc-exec-cgroup",
    .title = "runc exec, started in the container's cgroup",
    .versions = "1.4.0 on, cgroup v2",
    .steps = {{"clone3/into_cgroup", kFallsBack}},
    .instead = "cgroup.procs",
    .also = "it tries again without after any error, and says so only with --debug",
    .source = "runc libcontainer/process_linux.go startWithCgroupFD; #4822",
}};

const Registered<Consumer> kContainerd{{
    .name = "containerd",
    .title = "containerd, SupportsPidFD",
    .versions = "2.0 on",
    .steps = {{"pidfd_open", kSaysSo},
              {"waitid/p_pidfd", kSaysSo},
              {"pidfd_send_signal", kSaysSo},
              {"clone/pidfd", kFailsLate}},
    .instead = "no user namespaces",
    .source = "containerd pkg/sys/pidfd_linux.go; #12167, #12181",
}};

const Registered<Consumer> kCrunKill{{
    .name = "crun-kill",
    .title = "crun kill",
    .versions = "1.6 on",
    .steps = {{"pidfd_open", kFails, {{{"ENOSYS"}, kFallsBack}}},
              {"pidfd_send_signal", kFailsLate, {{{"ENOSYS"}, kFallsBack}}},
              SignalsOthers(kFailsLate)},
    .instead = kByPid,
    .also = "another crun forked the container",
    .source = "crun src/libcrun/linux.c; #709, #969, #1644",
}};

const Registered<Consumer> kCrunExec{{
    .name = "crun-exec",
    .title = "crun exec",
    .versions = "1.4 on",
    .steps = {{"pidfd_open", kFallsBack}, {"setns/pidfd", kFallsBack}},
    .instead = "namespace files",
    .source = "crun src/libcrun/linux.c",
}};

const Registered<Consumer> kCrunCgroup{{
    .name = "crun-cgroup",
    .title = "crun exec and run, started in the container's cgroup",
    .versions = "1.4 on for exec; 1.7 on for run with cgroupfs",
    .steps = {{"clone3/into_cgroup", kFallsBack}},
    .instead = "cgroup.procs",
    .also = "it forks without after any error",
    .source = "crun src/libcrun/linux.c, NEWS of 1.4 and 1.7",
}};

const Registered<Consumer> kCrunPidfdReceiver{{
    .name = "crun-pidfd-receiver",
    .title = "crun, run.oci.pidfd_receiver",
    .versions = "1.7 on",
    .steps = {{"pidfd_open", kFails}},
    .source = "crun src/libcrun/container.c",
}};

const Registered<Consumer> kPodmanWait{{
    .name = "podman-wait",
    .title = "podman wait",
    .versions = "4.4 on",
    .steps = {{"pidfd_open", kFallsBack}, {"poll", kFailsLate}},
    .instead = "polling",
    .source = "podman libpod/oci_conmon_linux.go",
}};

const Registered<Consumer> kPodmanPidhandle{{
    .name = "podman-pidhandle",
    .title = "podman, pkg/pidhandle",
    .versions = "5.6.0 on",
    .steps = {{"pidfd_open", kFails, {{{"ENOSYS"}, kFallsBack}}},
              {"name_to_handle_at", kFails, {{{"ENOTSUP", "EOPNOTSUPP"}, kDoesWithout}}},
              SignalsOthers(kFailsLate)},
    .instead = "PID and start time",
    .also = "conmon and an earlier podman forked the processes",
    .source = "podman pkg/pidhandle",
}};

const Registered<Consumer> kConmonRs{{
    .name = "conmon-rs",
    .title = "conmon-rs",
    .versions = "2026-06 on",
    .steps = {{"pidfd_open", kFallsBack}, {"epoll", kFailsLate}},
    .instead = "a blocked thread",
    .source = "conmon-rs 67442e92",
}};

const Registered<Consumer> kKataAgent{{
    .name = "kata-agent",
    .title = "Kata Containers agent",
    .versions = "current",
    .steps = {{"pidfd_open", kFailsLate, {{{"ENOSYS"}, kFallsBack}}},
              {"poll", kFailsLate},
              {"waitid/p_pidfd", kFailsLate}},
    .instead = kByPid,
    .also = "other errnos read as \"still running\"",
    .source = "kata-containers src/agent",
}};

const Registered<Consumer> kLxc3{{
    .name = "lxc-3",
    .title = "LXC",
    .versions = "3.2 to 6.x (open, wait and send from 4.0, setns from 5.0)",
    .steps = {{"clone/pidfd", kSaysSo},
              {"waitid/p_pidfd", kSaysSo},
              {"pidfd_send_signal", kSaysSo},
              {"setns/pidfd", kSaysSo}},
    .instead = kByPid,
    .source = "lxc src/lxc/start.c; #4314",
}};

const Registered<Consumer> kLxc7{{
    .name = "lxc-7",
    .title = "LXC",
    .versions = "7.0.0 on (its policy: Linux 6.12)",
    .steps = {{"clone3/pidfd", kFails}, {"clone/pidfd", kFails}},
    .source = "lxc 87ff1e31e, PR 4672",
}};

const Registered<Consumer> kLxcfs{{
    .name = "lxcfs",
    .title = "lxcfs",
    .versions = "2026-03 on",
    .steps = {{"pidfd_open", kFails}},
    .source = "lxcfs src/bindings.c",
}};

const Registered<Consumer> kLxd{{
    .name = "lxd",
    .title = "LXD",
    .versions = "before 6.7, which assumes them",
    .steps = {{"pidfd_open", kSaysSo}, {"pidfd_send_signal", kSaysSo}, {"setns/pidfd", kSaysSo}},
    .instead = kByPid,
    .source = "lxd lxd/daemon.go, checkfeature",
}};

const Registered<Consumer> kIncus{{
    .name = "incus",
    .title = "Incus",
    .versions = "7.0.0 on; 7.3.0 tries PIDFD_THREAD after EINVAL",
    .steps = {{"pidfd_open", kFails}, {"pidfd_open/thread", kTolerates}},
    .source = "incus #3638",
}};

const Registered<Consumer> kCriu{{
    .name = "criu",
    .title = "CRIU, the pidfd features",
    .versions = "3.15 on; pidfds of others 4.1 on",
    .steps = {{"pidfd_open", kFallsBack}, {"pidfd_getfd", kDoesWithout}},
    .instead = "the feature is off",
    .also = "it remembers its answers in /run/criu.kdat",
    .source = "criu criu/kerndat.c",
}};

const Registered<Consumer> kNsjail{{
    .name = "nsjail",
    .title = "nsjail",
    .versions = "current",
    .steps = {{"pidfd_open", kFallsBack}, {"pidfd_getfd", kDoesWithout}},
    .instead = "the feature is off",
    .source = "nsjail",
}};

}  // namespace
}  // namespace pidproof::reports::ready
