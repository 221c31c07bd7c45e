#include "reports/ready/consumer.h"

namespace pidproof::reports::ready {
namespace {

const Registered<Consumer> kUtilLinuxWaitpid{{
    .name = "util-linux-waitpid",
    .title = "util-linux waitpid(1)",
    .versions = "2.39 on",
    .steps = {{"pidfd_open", kFails}, {"epoll", kFails}},
    .source = "util-linux misc-utils/waitpid.c",
}};

const Registered<Consumer> kUtilLinuxKillTimeout235{{
    .name = "util-linux-kill-timeout-2.35",
    .title = "util-linux kill --timeout",
    .versions = "2.35 to 2.41",
    .steps = {{"pidfd_open", kFails},
              {"pidfd_send_signal", kFails},
              SignalsOthers(kFails),
              {"poll", kFailsLate}},
    .also = "for processes that the caller's sandbox lets it signal",
    .source = "util-linux misc-utils/kill.c",
}};

const Registered<Consumer> kUtilLinuxKillTimeout242{{
    .name = "util-linux-kill-timeout-2.42",
    .title = "util-linux kill --timeout",
    .versions = "2.42 on",
    .steps = {{"pidfd_open", kFails},
              {"pidfs", kFails},
              {"pidfd_send_signal", kFails},
              SignalsOthers(kFails),
              {"poll", kFailsLate}},
    .also = "for processes that the caller's sandbox lets it signal",
    .source = "util-linux 15225d77b",
}};

const Registered<Consumer> kUtilLinuxPidInode{{
    .name = "util-linux-pid-inode",
    .title = "util-linux PID:inode (kill, waitpid, nsenter, prlimit, chrt), getino",
    .versions = "2.42 on",
    .steps = {{"pidfd_open", kFails}, {"pidfs", kFails}},
    .source = "util-linux lib/pidfd-utils.c",
}};

const Registered<Consumer> kUtilLinuxNsenter{{
    .name = "util-linux-nsenter",
    .title = "util-linux nsenter -t",
    .versions = "2.41 on",
    .steps = {{"pidfd_open", kTolerates},
              {"setns/pidfd", kFailsLate, {{{"EINVAL"}, kTolerates}}, {"pidfd_open"}}},
    .also = "it uses namespace files up to release 5.7.0 or without pidfd_open; setns takes pidfds "
            "from 5.8 on, so it fails on 5.7.1 and its successors",
    .source = "util-linux sys-utils/nsenter.c (read at 2.41 and 2.42); #3019, PR 3247",
}};

const Registered<Consumer> kUtilLinuxNsenterNetSocket{{
    .name = "util-linux-nsenter-net-socket",
    .title = "util-linux nsenter --net-socket",
    .versions = "current",
    .steps = {{"pidfd_open", kFails}, {"pidfd_getfd", kFails}, TakesFromOthers(kFailsLate)},
    .also = "ptrace rights over the target",
    .source = "util-linux sys-utils/nsenter.c",
}};

// pidfd_spawn answers ENOSYS where waitid(2) does not take pidfds, whatever the refusal.
const Registered<Consumer> kUtilLinuxSpawn{{
    .name = "util-linux-spawn",
    .title = "util-linux fsck and others, a program that they start",
    .versions = "proposed (PR 4304), in no release",
    .steps = {{"waitid/p_pidfd", kFallsBack},
              {"clone3/pidfd", kFails, {{{"ENOSYS", "EINVAL"}, kTolerates}}},
              {"clone/pidfd", kFails, {}, {}, {"clone3/pidfd"}}},
    .instead = "posix_spawn, by PID",
    .also = "with glibc before 2.39 it falls back too",
    .source = "util-linux PR 4304, as described there; glibc spawni.c",
    .by_libc = "pidfd_spawn",
}};

const Registered<Consumer> kProcpsPidwait{{
    .name = "procps-pidwait",
    .title = "procps-ng pidwait",
    .versions = "4.0.0 on",
    .steps = {{"pidfd_open", kFails}, {"epoll", kFails}},
    .also = "it blames the kernel's release for any ENOSYS",
    .source = "procps src/pgrep.c; virtual-dsm#283",
}};

const Registered<Consumer> kProcpsPkill{{
    .name = "procps-pkill",
    .title = "procps-ng pkill",
    .versions = "4.0.6 on",
    .steps = {{"pidfd_open", kFails, {{{"ENOSYS"}, kFallsBack}}},
              {"pidfd_send_signal", kFails, {{{"ENOSYS"}, kFallsBack}}},
              SignalsOthers(kFails)},
    .instead = kByPid,
    .also = "for processes that the caller's sandbox lets it signal",
    .source = "procps src/pgrep.c",
}};

const Registered<Consumer> kBpftrace{{
    .name = "bpftrace",
    .title = "bpftrace -p, -c",
    .versions = "0.11 to 0.25",
    .steps = {{"pidfd_open", kFails}, {"poll", kFails}},
    .source = "bpftrace src/util/proc.cpp",
}};

}  // namespace
}  // namespace pidproof::reports::ready
