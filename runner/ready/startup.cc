#include "runner/ready/startup.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cstddef>

#include "probes/system/frame.h"
#include "probes/system/require.h"
#include "probes/system/shared_memory_child.h"
#include "probes/system/sys.h"

namespace pidproof::runner::ready {

void Walk::Next(std::string_view feature) const { SendValues(up_, kFeature, feature); }
void Walk::End(Impact impact) const { SendValues(up_, kImpact, impact); }

Made MadeByClone(std::uint64_t flags, bool own_stack) {
  alignas(64) std::array<std::byte, 4096> stack;
  int pidfd = -1;
  const auto end = reinterpret_cast<std::uintptr_t>(stack.data() + stack.size());
  const Result<pid_t> made = sys::CloneExiting(flags, own_stack ? end : 0, &pidfd);
  if (!made.ok()) return {0, made.error(), Fd()};
  return {*made, 0, Fd(pidfd)};
}

pid_t ForkExiting() {
  const pid_t child = Require(sys::Fork());
  if (child == 0) _exit(0);
  return child;
}

void ReapByPid(pid_t pid) {
  while (sys::Waitid(P_PID, pid, WEXITED | __WALL).error() == EINTR) {
  }
}

int WaitThrough(int pidfd, int options, rusage* usage) {
  for (;;) {
    siginfo_t info{};
    const int error = sys::WaitidInto(abi::kIdPidfd, pidfd, &info, options, usage).error();
    if (error != EINTR) return error;
  }
}

Watch::Watch() : epoll_(epoll_create1(EPOLL_CLOEXEC)) { Require(static_cast<bool>(epoll_)); }

int Watch::Add(int pidfd, std::uint32_t events) const {
  epoll_event event{.events = events, .data = {.fd = pidfd}};
  return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, pidfd, &event) == 0 ? 0 : errno;
}

void Watch::Await() const {
  epoll_event event;
  while (sys::EpollWait(epoll_.get(), {&event, 1}, -1).error() == EINTR) {
  }
}

void Watch::Remove(int pidfd) const { epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, pidfd, nullptr); }

}  // namespace pidproof::runner::ready
