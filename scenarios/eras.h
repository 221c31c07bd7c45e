// Every change of the kernel's answers that a claim names, oldest first. The releases are those of
// the kernel's tags and of the stable announcements ("Linux 6.18.34"); where Debian's changelog or
// the Linux Test Project name one, they agree. A release that is too early here makes a correct
// kernel read as violated; one that is too late only misses a bug.
#pragma once

#include "scenarios/era.h"

namespace pidproof::scenarios::eras {

// fdinfo of a reaped process shows -1 instead of its old PID.
inline constexpr Era kFdinfoOfReaped{{5, 5}, "3d6d8da48d0b", {{{5, 4, 294}}}};

// clone3 resets the signal handlers of the child (CLONE_CLEAR_SIGHAND).
inline constexpr Era kClearSighand{{5, 5}, "b612e5df4587"};

// The start time in /proc/PID/stat is shown by the clock of the time namespace that reads it.
inline constexpr Era kStartTimeOfReader{
    {5, 11}, "fs/proc: apply the time namespace offset to /proc/stat btime"};

// process_madvise of another process needs CAP_SYS_NICE and read access instead of ptrace attach
// access.
inline constexpr Era kAdviceNeedsNice{{5, 12}, "96cfe2c0fd23", {{{5, 10, 24}}}};

// A wait with WNOWAIT reports the status of the process, not of its first thread.
inline constexpr Era kPeekReportsProcess{{5, 17}, "907c311f37ba"};

// The exit status of a process is that of its last thread.
inline constexpr Era kLastThreadsStatus{{6, 0}, "d80f7d7b2c75"};

// The namespace files of an undumpable process in /proc are refused to its user. What changed it is
// not known, so the earliest line examined stands here.
inline constexpr Era kUndumpableNamespaces{{6, 1}, "measured: not in 5.10.262, but in 6.1.192"};

// process_madvise takes MADV_COLLAPSE for other processes.
inline constexpr Era kCollapse{{6, 1}, "7d8faaf15545"};

// clone3 takes CLONE_NEWTIME (5.6), a bit of the exit signal, which clone3 has elsewhere.
inline constexpr Era kNewtimeByClone3{{6, 3}, "a402f1e35313"};

// Pidfds are files of a filesystem of their own (pidfs), with one inode per process.
inline constexpr Era kPidfs{{6, 9}, "cb12fd8e0dab, 9d9539db8638 (no option any more)"};

// poll adds POLLHUP once the process is reaped, and reaping wakes pollers.
inline constexpr Era kHangup{{6, 9}, "43f0df54c96f"};

// clone and clone3 make pidfds of threads.
inline constexpr Era kPidfdOfNewThread{{6, 9}, "83b290c9e3b5"};

// pidfd_getfd from a process that has begun to exit fails with ESRCH instead of EBADF. 6.1.176 has
// it from 62c4d31d7829.
inline constexpr Era kGetfdOfExited{{6, 9}, "0c9bd6bc4bb2", {{{6, 1, 176}}}};

// Namespaces by ioctl. From here, any other request with an argument is EINVAL ...
inline constexpr Era kNamespaceRequests{{6, 11}, "5b08bd408534"};

// ... until here, where unknown requests are refused first.
inline constexpr Era kUnknownRequestsFirst{{6, 14}, "8ce352818820", {{{6, 13, 3}}}};

// process_madvise of the caller's own memory needs no privilege.
inline constexpr Era kOwnAdviceIsFree{{6, 12}, "22af8caff7d1"};

// process_madvise of the caller's own memory takes every advice.
inline constexpr Era kOwnAdviceOfAnyKind{
    {6, 13}, "mm/madvise: unrestrict process_madvise() for current process"};

// An ioctl looks the process up before it checks its argument.
inline constexpr Era kProcessBeforeArgument{{6, 13}, "cdda1f26e74b"};

// A pidfd of the first thread is not readable while another thread lives.
inline constexpr Era kFirstThreadWaits{{6, 15}, "0fb482728ba1", {{{6, 12, 31}, {6, 14, 9}}}};

// The exit of a process wakes its pollers once, not twice.
inline constexpr Era kOneWakeUp{{6, 15}, "0b7747a5477e"};

// pidfd_open of a PID in use by no process (a process group's or session's): ENOENT or ESRCH
// instead of EINVAL. Where SCM_PIDFD cannot make a pidfd, it holds -ESRCH from here on.
inline constexpr Era kPidOfNoProcess{{6, 16}, "17f1b08acf50"};

// The inodes of pidfds are no regular files for FIONREAD. The change may be in 6.13 to 6.15
// already.
inline constexpr Era kAnonymousInodes{{6, 16}, "measured: not in 6.12.118, but in 6.16.12"};

// SO_PEERPIDFD returns pidfds of reaped peers.
inline constexpr Era kReapedPeers{{6, 16}, "20b70e58961b"};

// SO_PASSPIDFD is refused by sockets other than AF_UNIX ones.
inline constexpr Era kPassPidfdIsOfUnix{{6, 16}, "7d8d93fdde50"};

// The inode of a pidfd is no longer immutable.
inline constexpr Era kMutableInode{{6, 17}, "f769b3db24fa"};

// What the kernel notes for pidfds outlives them, and no pidfd is made once the exit status is
// noted.
inline constexpr Era kInfoPersists{{6, 17}, "8ec7c826d97b"};

// PIDFD_SELF_THREAD_GROUP moves from -20000 to -10001.
inline constexpr Era kSelfMoved{{6, 17}, "67fcec2919e4"};

// SCM_PIDFD delivers pidfds of reaped senders.
inline constexpr Era kReapedSenders{{6, 17}, "c679d17d3f2d"};

// PIDFD_GET_INFO of another size or direction is another request.
inline constexpr Era kRequestsInFull{{6, 18}, "3c17001b21b9", {{{6, 17, 4}}}};

// PIDFD_INFO_COREDUMP is set only where the mask holds something.
inline constexpr Era kCoredumpBitMeansIt{{6, 19}, "fe0e6ce3fd65"};

// PIDFD_GET_INFO fails with EREMOTE for a process in a PID namespace that is not below ours.
inline constexpr Era kInfoElsewhere{{7, 0}, "ab89060fbc92", {{{6, 18, 14}, {6, 19, 10}}}};

// io_uring's waitid clears its siginfo first.
inline constexpr Era kUringAnswerCleared{
    {7, 1}, "93d93f5f8da7", {{{6, 12, 92}, {6, 18, 34}, {7, 0, 11}}}};

// An extended attribute that was never set is ENODATA instead of empty.
inline constexpr Era kNoSuchAttribute{{7, 1}, "50704c391fbf"};

// clone checks the exit signal as clone3 does. The stable queue dropped it.
inline constexpr Era kExitSignalChecked{{7, 1},
                                        "kernel/fork: validate exit_signal in kernel_clone()"};

// struct pidfd_info holds the si_code of the core dump's signal where the supported mask was.
inline constexpr Era kCoredumpCode{{7, 1}, "include/uapi/linux/pidfd.h PIDFD_INFO_SIZE_VER3"};

// pidfd_getfd refuses a process as soon as it has begun to exit.
inline constexpr Era kGetfdRefusesExiting{
    {7, 1}, "62c4d31d7829", {{{6, 1, 176}, {6, 12, 94}, {6, 18, 36}, {7, 0, 13}}}};

// The coredump mask of a zombie is reported, since it is kept in the task now.
inline constexpr Era kCoredumpOfZombie{{7, 2}, "7e20a66069f5"};

// An event of fanotify keeps what a pidfd needs, so that one of a reaped actor has a pidfd too.
inline constexpr Era kFanotifyKeepsActor{{7, 2}, "measured: not in 7.1.13, but in 7.2.13"};

// open_by_handle_at keeps PIDFD_THREAD.
inline constexpr Era kHandleKeepsThread{{7, 2}, "bb6bc13c53e2"};

// epoll_wait with a time-out of 0 does not miss an event that another thread is just checking.
inline constexpr Era kEpollMissesNothing{{7, 2}, "0c4aefe3c2d0"};

// The two subreaper flags are written separately. In 7.2.13; it is not known whether 7.3 has it
// from its first release on, so the latest one examined stands here.
inline constexpr Era kSubreaperFlagsApart{
    {7, 4},
    "exit: fix lost-update race on the child_subreaper bitfields",
    {{{7, 2, 13}, {7, 3, 4}}}};

// PIDFD_GET_INFO during reaping has either answer in full.
inline constexpr Era kInfoWhileReaped{
    {7, 4}, "pidfs: don't let PIDFD_GET_INFO miss a reaped task", {{{7, 3, 4}}}};

}  // namespace pidproof::scenarios::eras
