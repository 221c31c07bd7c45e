#include "reports/ready/consumer.h"

namespace pidproof::reports::ready {
namespace {

constexpr std::string_view kThreads = "a thread per child";

const Registered<Consumer> kGo1230{{
    .name = "go-1.23.0",
    .title = "Go os/exec, os.Process",
    .versions = "1.23.0",
    .steps = {{"pidfd_open", kFallsBack},
              {"waitid/p_pidfd", kFallsBack},
              {"pidfd_send_signal", kFallsBack},
              {"clone/pidfd", kFailsLate}},
    .instead = kByPid,
    .source = "go src/os/pidfd_linux.go; golang/go#62654, #68976",
}};

const Registered<Consumer> kGo124{{
    .name = "go-1.24",
    .title = "Go os/exec, os.Process",
    .versions = "1.23.x with the clone check (golang/go#69259) to 1.26",
    .steps = {{"pidfd_open", kFallsBack},
              {"waitid/p_pidfd", kFallsBack},
              {"pidfd_send_signal", kFallsBack},
              {"clone/pidfd", kFallsBack}},
    .instead = kByPid,
    .source = "go src/os/pidfd_linux.go; golang/go#68976, #69259",
}};

const Registered<Consumer> kGoAndroid{{
    .name = "go-android",
    .title = "Go on Android",
    .versions = "late 1.23.x and 1.24 on; before that a SIGSYS is fatal",
    .steps = {{"pidfd_open", kFallsBack, {{{"SIGSYS"}, kFallsBack}}},
              {"waitid/p_pidfd", kFallsBack, {{{"SIGSYS"}, kFallsBack}}},
              {"pidfd_send_signal", kFallsBack, {{{"SIGSYS"}, kFallsBack}}},
              {"clone/pidfd", kFallsBack, {{{"SIGSYS"}, kFallsBack}}}},
    .instead = kByPid,
    .also = "GOOS=android only, and a trap only: a filter that kills is fatal there too",
    .source = "golang/go#69065, #69245, #69543, #70508",
}};

const Registered<Consumer> kGoUseCgroupFd{{
    .name = "golang-cgroup-fd",
    .title = "Go SysProcAttr.UseCgroupFD",
    .versions = "since golang/go#51246",
    .steps = {{"clone3/into_cgroup", kFails}},
    .also = "runc and others that set it try again without",
    .source = "go src/syscall/exec_linux.go forkAndExecInChild1 (read at 1.26.10)",
}};

const Registered<Consumer> kGoWithHandle{{
    .name = "go-with-handle",
    .title = "Go os.Process.WithHandle",
    .versions = "1.26 on",
    .steps = {{"pidfd_open", kFails},
              {"waitid/p_pidfd", kFails},
              {"pidfd_send_signal", kFails},
              {"clone/pidfd", kFails}},
    .also = "the caller is given ErrNoHandle",
    .source = "go src/os/exec.go, pidfd_linux.go (read at 1.26.10)",
}};

// With /proc or PIDFD_GET_INFO it spawns by glibc's pidfd_spawnp, else by fork and a pidfd that the
// child opens of itself.
const Registered<Consumer> kRustStd{{
    .name = "rust-std",
    .title = "Rust std, Command::create_pidfd",
    .versions = "nightly (rust-lang/rust#82971), as of 1.97",
    .steps = {{"pidfd_open", kFallsBack},
              {"ioctl/info", kTolerates},
              {"pidfd_getpid", kTolerates, {}, {}, {"ioctl/info"}},
              {"clone3/pidfd",
               kFailsLate,
               {{{"ENOSYS", "EINVAL"}, kTolerates}},
               {"ioctl/info", "waitid/p_pidfd"}},
              {"clone/pidfd", kFailsLate, {}, {"ioctl/info", "waitid/p_pidfd"}, {"clone3/pidfd"}},
              {"clone3/pidfd",
               kFailsLate,
               {{{"ENOSYS", "EINVAL"}, kTolerates}},
               {"pidfd_getpid", "waitid/p_pidfd"},
               {"ioctl/info"}},
              {"clone/pidfd",
               kFailsLate,
               {},
               {"pidfd_getpid", "waitid/p_pidfd"},
               {"ioctl/info", "clone3/pidfd"}},
              {"pidfd_send_signal", kFailsLate},
              {"waitid/p_pidfd", kFailsLate},
              {"ioctl/info_exit", kTolerates}},
    .instead = kByPid,
    .also = "with glibc before 2.39 it forks, and the child sends a pidfd of itself; where another "
            "has reaped the child, only PIDFD_INFO_EXIT (6.15) gives its status",
    .source = "rust library/std/src/sys/process/unix/unix.rs, sys/pal/unix/linux/pidfd.rs",
}};

const Registered<Consumer> kRustStdGroup{{
    .name = "rust-std-process-group",
    .title = "Rust std, a signal to the group of a child with a pidfd",
    .versions = "nightly, as of 1.97",
    .steps = {{"pidfd_open", kFallsBack}, {"pidfd_send_signal/process_group", kFailsLate}},
    .instead = kByPid,
    .source = "rust library/std/src/sys/pal/unix/linux/pidfd.rs send_process_group_signal",
}};

const Registered<Consumer> kCpythonAsyncio{{
    .name = "cpython-asyncio",
    .title = "CPython asyncio",
    .versions = "3.12 on; 3.9 to 3.11 where PidfdChildWatcher was asked for",
    .steps = {{"pidfd_open", kFallsBack}, {"epoll", kFailsLate}},
    .instead = kThreads,
    .source = "cpython Lib/asyncio/unix_events.py; gh-98023",
}};

const Registered<Consumer> kCpythonSubprocess{{
    .name = "cpython-subprocess",
    .title = "CPython subprocess, wait(timeout)",
    .versions = "3.15",
    .steps = {{"pidfd_open", kFallsBack}, {"poll", kFailsLate}},
    .instead = "a busy loop",
    .source = "cpython gh-83069, PR 144047",
}};

const Registered<Consumer> kPsutil{{
    .name = "psutil",
    .title = "psutil, Process.wait",
    .versions = "7.2",
    .steps = {{"pidfd_open", kFallsBack}, {"poll", kFailsLate}},
    .instead = "polling",
    .source = "psutil #2705, #2706, #2715",
}};

const Registered<Consumer> kTrio{{
    .name = "trio",
    .title = "trio",
    .versions = "0.13 on",
    .steps = {{"pidfd_open", kFallsBack}, {"epoll", kFailsLate}},
    .instead = kThreads,
    .source = "trio src/trio/_subprocess.py; #1241",
}};

const Registered<Consumer> kTokio{{
    .name = "tokio",
    .title = "tokio, process",
    .versions = "1.36.0 on",
    .steps = {{"pidfd_open/nonblock", kFallsBack}, {"epoll", kFailsLate}},
    .instead = "SIGCHLD",
    .also = "only ENOSYS is remembered: other errnos cost a call on every spawn",
    .source = "tokio src/process/unix/pidfd_reaper.rs e4f9bcb57",
}};

const Registered<Consumer> kSmolAsyncProcess{{
    .name = "smol-async-process",
    .title = "smol async-process",
    .versions = "2.2 on",
    .steps = {{"pidfd_open", kFallsBack}, {"epoll", kFailsLate}},
    .instead = "SIGCHLD",
    .source = "async-process src/reaper/wait.rs",
}};

const Registered<Consumer> kSwiftSubprocess{{
    .name = "swift-subprocess",
    .title = "swift-subprocess",
    .versions = "2025 on",
    .steps = {{"clone3/pidfd", kFails, {{{"ENOSYS"}, kTolerates}}},
              {"pidfd_open", kFallsBack, {}, {}, {"clone3/pidfd"}},
              {"waitid/p_pidfd", kFallsBack}},
    .instead = "SIGCHLD",
    .source = "swift-subprocess Sources/_SubprocessCShims/process_shims.c; #303, PR 125",
}};

const Registered<Consumer> kOcamlEio{{
    .name = "ocaml-eio",
    .title = "OCaml eio_linux",
    .versions = "current",
    .steps = {{"clone3/pidfd", kFails, {{{"ENOSYS", "EPERM"}, kTolerates}}},
              {"pidfd_open", kFails, {}, {}, {"clone3/pidfd"}},
              {"poll", kFailsLate}},
    .source = "eio lib_eio_linux/eio_stubs.c",
}};

const Registered<Consumer> kRubyIoEvent{{
    .name = "ruby-io-event",
    .title = "Ruby io-event, async",
    .versions = "current (a fallback for EPERM is proposed in PR 160)",
    .steps = {{"pidfd_open", kFails}, {"epoll", kFailsLate}},
    .source = "socketry/io-event #154, PR 160, #200; async#366",
}};

const Registered<Consumer> kRubyIoEventUring{{
    .name = "ruby-io-event-uring",
    .title = "Ruby io-event, its io_uring selector",
    .versions = "1.19, built where the headers are of Linux 6.7 or later",
    .steps = {{"io_uring/waitid", kFailsLate}},
    .also = "the operation is chosen when it is built; a failed wait is a status with an errno",
    .source = "io-event ext/io/event/selector/uring.c (read at 1.19.4)",
}};

const Registered<Consumer> kBun{{
    .name = "bun",
    .title = "Bun, spawn",
    .versions = "1.x",
    .steps = {{"pidfd_open",
               kFails,
               {{{"ENOSYS", "EOPNOTSUPP", "EPERM", "EACCES", "EINVAL"}, kFallsBack}}},
              {"epoll", kFailsLate}},
    .instead = "a waiter thread",
    .source = "bun src/bun.js/api/bun/process.zig; #5803, #35924",
}};

}  // namespace
}  // namespace pidproof::reports::ready
