// poll, select and epoll: readable once the process has exited, and not before.
#include <errno.h>
#include <sys/epoll.h>
#include <sys/select.h>

#include "probes/probe.h"
#include "probes/probe_target.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::features::readiness {
namespace {

// Whether the descriptor is readable now, by one of the three calls, or the errno.
using Look = Result<bool> (*)(int fd);

Answer QuietThenReadable(Look look) {
  ProbeTarget target = ProbeTarget::Make(body::AtGate);
  const Result<bool> alive = look(target.pidfd.get());
  if (!alive.ok()) return {alive.error(), target.via};
  if (*alive) return {Answer::kNoEffect, "readable while the process lives"};
  target.child.Open();
  target.child.AwaitZombie();
  const Result<bool> ended = look(target.pidfd.get());
  if (!ended.ok()) return {ended.error(), target.via};
  return *ended ? Answer(0, target.via)
                : Answer(Answer::kNoEffect, "not readable though it has ended");
}

Result<bool> ByPoll(int fd) {
  const Result<short> ready = sys::Poll(fd, POLLIN, 0);
  if (!ready.ok()) return Result<bool>::Errno(ready.error());
  return (*ready & POLLIN) != 0;
}

Result<bool> BySelect(int fd) {
  Require(fd < FD_SETSIZE);
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(fd, &readable);
  timeval now{0, 0};
  const int ready = select(fd + 1, &readable, nullptr, nullptr, &now);
  if (ready < 0) return Result<bool>::Errno(errno);
  return ready > 0;
}

Result<bool> ByEpoll(int fd) {
  const Fd set(epoll_create1(EPOLL_CLOEXEC));
  Require(static_cast<bool>(set));
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  if (epoll_ctl(set.get(), EPOLL_CTL_ADD, fd, &wanted) < 0) return Result<bool>::Errno(errno);
  epoll_event seen{};
  const int ready = epoll_wait(set.get(), &seen, 1, 0);
  if (ready < 0) return Result<bool>::Errno(errno);
  return ready > 0 && (seen.events & EPOLLIN) != 0;
}

const Registered<Probe> kPoll{{
    .name = "poll",
    .since = {5, 3},
    .what = "poll(2) reports a pidfd readable once the process has ended",
    .tries = "poll on a pidfd before and after the end",
    .source = "pidfd_open(2), poll(2)",
    .libc = {"poll", {2, 2, 5}},
    .calls = {},
    .attempt = [] { return QuietThenReadable(ByPoll); },
    .present = {0},
    .absent = {Answer::kNoEffect},
    .makes = {{abi::kSysPoll}},
}};

const Registered<Probe> kSelect{{
    .name = "select",
    .since = {5, 3},
    .what = "select(2) reports a pidfd readable once the process has ended",
    .tries = "select on a pidfd before and after the end",
    .source = "pidfd_open(2), select(2)",
    .libc = {"select", {2, 2, 5}},
    .calls = {},
    .attempt = [] { return QuietThenReadable(BySelect); },
    .present = {0},
    .absent = {Answer::kNoEffect},
    .makes = {{SYS_pselect6}},
}};

// A descriptor without a poll operation is refused by epoll_ctl.
const Registered<Probe> kEpoll{{
    .name = "epoll",
    .since = {5, 3},
    .what = "epoll(7) reports a pidfd readable once the process has ended",
    .tries = "epoll on a pidfd before and after the end",
    .source = "pidfd_open(2), epoll(7)",
    .libc = {"epoll_wait", {2, 3, 2}},
    .calls = {},
    .attempt = [] { return QuietThenReadable(ByEpoll); },
    .present = {0},
    .absent = {Answer::kNoEffect, EPERM},
    .makes = {{SYS_epoll_create1}, {SYS_epoll_ctl, {{}, EPOLL_CTL_ADD}}, {abi::kSysEpollWait}},
}};

Answer HangUpOnceReaped() {
  ProbeTarget target = ProbeTarget::Make(body::AtGate);
  target.child.Open();
  target.child.Reap();
  const Result<short> ready = sys::Poll(target.pidfd.get(), POLLIN, 0);
  if (!ready.ok()) return {ready.error(), target.via};
  return {(*ready & POLLHUP) != 0 ? 0 : Answer::kNoEffect, target.via};
}

const Registered<Probe> kHangUp{{
    .name = "poll/hup_on_reap",
    .since = {6, 9},
    .what = "poll(2) reports a hang-up once the process is reaped",
    .tries = "poll for POLLHUP on the pidfd of a reaped process",
    .source = "kernel/fork.c pidfd_poll, fs/pidfs.c",
    .libc = {"poll", {2, 2, 5}},
    .calls = {},
    .attempt = HangUpOnceReaped,
    .present = {0},
    .absent = {Answer::kNoEffect},
    .makes = {{abi::kSysPoll}},
}};

}  // namespace
}  // namespace pidproof::features::readiness
