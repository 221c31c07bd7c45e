// process_madvise of the caller's own memory, through an ordinary pidfd.
#include <errno.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>

#include "probes/probe.h"
#include "probes/system/isolate.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/system/unix_socket.h"

namespace pidproof::features::madvise_self {
namespace {

Fd ByOpening() { return Require(sys::PidfdOpen(getpid(), 0)); }

// The peer of a socket pair's end is the process that made the pair.
Fd ByPeering() {
  const SocketPair pair;
  int pidfd = -1;
  socklen_t size = sizeof pidfd;
  Require(getsockopt(pair.receiver.get(), SOL_SOCKET, abi::kSoPeerPidfd, &pidfd, &size) == 0);
  return Fd(pidfd);
}

// A pidfd of this process from whichever call still works here. A filter may kill for a call, so
// each is first tried in a child.
Fd OwnPidfd() {
  constexpr std::chrono::seconds kDeadline{5};
  for (const auto way : {ByOpening, ByPeering}) {
    const Ended ended = Isolate(
        Isolation::kChild, kDeadline, [way](const FrameWriter&) { Require(bool(way())); },
        [](const Frame&) {});
    if (ended.how == Ended::kReturned) return way();
  }
  throw Broken("no call here gives a pidfd of this process itself");
}

// A page of this process that is not zero, as iovec; it stays until the process ends.
iovec DirtyPage() {
  const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* const page =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  Require(page != MAP_FAILED);
  *static_cast<char*>(page) = 1;
  return {page, size};
}

// Before 6.12 the caller's own memory needed CAP_SYS_NICE, too. EPERM is the kernel's own answer
// only where a closed pidfd gets EBADF.
Answer AdviseWithoutCapability() {
  const Fd own = OwnPidfd();
  const iovec page = DirtyPage();
  Require(sys::DropCapabilities());
  Answer answer = sys::ProcessMadvise(own.get(), {&page, 1}, abi::kMadvCold, 0);
  if (answer.error == EPERM) {
    answer.before_kernel = sys::ProcessMadvise(-1, {}, abi::kMadvCold, 0).error() != EBADF;
  }
  return answer;
}

const Registered<Probe> kNoCapability{{
    .name = "process_madvise/self_nocap",
    .since = {6, 12},
    .what = "process_madvise(2) about the own memory needs no capability",
    .tries = "process_madvise(MADV_COLD) about the own memory without any capability",
    .source = "mm/madvise.c process_madvise",
    .libc = {"process_madvise", {2, 36}},
    .calls = {"process_madvise"},
    .attempt = AdviseWithoutCapability,
    .present = {0},
    .absent = {EPERM, ENOSYS},
    .changes_process = true,
}};

// The advice takes effect: the page reads as zero.
Answer AdviseToForget() {
  const Fd own = OwnPidfd();
  const iovec page = DirtyPage();
  const Result<ssize_t> advised = sys::ProcessMadvise(own.get(), {&page, 1}, abi::kMadvDontneed, 0);
  if (!advised.ok()) return advised;
  return *static_cast<volatile const char*>(page.iov_base) == 0 ? 0 : Answer::kNoEffect;
}

const Registered<Probe> kAnyAdvice{{
    .name = "process_madvise/self_any_advice",
    .since = {6, 13},
    .what = "process_madvise(2) gives any advice about the own memory, as madvise(2) does",
    .tries = "process_madvise(MADV_DONTNEED) about the own memory",
    .source = "mm/madvise.c process_madvise",
    .libc = {"process_madvise", {2, 36}},
    .calls = {"process_madvise"},
    .attempt = AdviseToForget,
    .present = {0},
    .absent = {EINVAL, ENOSYS, Answer::kNoEffect},
}};

}  // namespace
}  // namespace pidproof::features::madvise_self
