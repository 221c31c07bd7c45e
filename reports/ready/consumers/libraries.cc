#include "reports/ready/consumer.h"

namespace pidproof::reports::ready {
namespace {

const Registered<Consumer> kGlibcPidfdSpawn{{
    .name = "glibc-pidfd-spawn",
    .title = "glibc pidfd_spawn, pidfd_spawnp",
    .versions = "2.39 on",
    .steps = {{"waitid/p_pidfd", kFails},
              {"clone3/pidfd", kFailsLate, {{{"ENOSYS", "EINVAL"}, kTolerates}}},
              {"clone/pidfd", kFailsLate, {}, {}, {"clone3/pidfd"}}},
    .source = "glibc sysdeps/unix/sysv/linux/clone-pidfd-support.c, spawni.c; BZ 31695",
    .by_libc = "pidfd_spawn",
}};

const Registered<Consumer> kGlibcPidfdGetpid{{
    .name = "glibc-pidfd-getpid",
    .title = "glibc pidfd_getpid",
    .versions = "2.39 on",
    .steps = {{"pidfd_getpid", kFails}},
    .source = "glibc sysdeps/unix/sysv/linux/pidfd_getpid.c",
    .by_libc = "pidfd_getpid",
}};

const Registered<Consumer> kGlib{{
    .name = "glib",
    .title = "GLib, GChildWatch",
    .versions = "2.73.2 on",
    .steps = {{"pidfd_open", kSaysSo}, {"poll", kFailsLate}, {"waitid/p_pidfd", kFailsLate}},
    .instead = "SIGCHLD",
    .source = "glib glib/gmain.c f615eef4ba; #2708",
}};

const Registered<Consumer> kQtForkfd{{
    .name = "qt-forkfd",
    .title = "Qt QProcess (forkfd)",
    .versions = "5.15, 6.x",
    .steps = {{"waitid/p_pidfd", kFallsBack}, {"clone/pidfd", kFailsLate}, {"poll", kFailsLate}},
    .instead = "SIGCHLD",
    .source = "qtbase src/3rdparty/forkfd/forkfd_linux.c; opendcdiag 535",
}};

const Registered<Consumer> kBoostProcess{{
    .name = "boost-process",
    .title = "Boost.Process v2",
    .versions = "1.80 on, built for pidfds",
    .steps = {{"pidfd_open", kFailsLate}, {"epoll", kFailsLate}},
    .also = "the child runs already; BOOST_PROCESS_V2_DISABLE_PIDFD_OPEN builds without",
    .source = "boost libs/process/include/boost/process/v2; #513, #549",
}};

const Registered<Consumer> kFolly{{
    .name = "folly",
    .title = "folly SignalHandler",
    .versions = "2025-10 on",
    .steps = {{"pidfd_open", kFallsBack}, {"pidfd_send_signal", kFallsBack}},
    .instead = "raise",
    .source = "folly 8ab9eed51",
}};

const Registered<Consumer> kPytorch{{
    .name = "pytorch",
    .title = "PyTorch expandable segments, UCX cuda_ipc, oneCCL",
    .versions = "2.x",
    .steps = {{"pidfd_open", kFails}, {"pidfd_getfd", kFails}},
    .also = "ptrace rights over the sibling: same uid and kernel.yama.ptrace_scope=0",
    .source = "pytorch#165685, #130890, #193994; verl#3377",
}};

}  // namespace
}  // namespace pidproof::reports::ready
