#include "runner/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "probes/system/deadline.h"
#include "probes/system/errno_name.h"
#include "probes/system/fd.h"
#include "probes/system/processors.h"
#include "probes/system/sys.h"

namespace pidproof::runner {

namespace {

// Empty when a body can run that way, else why not.
std::string Refusal(Isolation isolation, double slowdown) {
  const Ended ended = Isolate(
      isolation, DeadlineOn(slowdown, std::chrono::seconds(20)), [](const FrameWriter&) {},
      [](const Frame&) {});
  if (ended.how == Ended::kReturned) return "";
  if (ended.how == Ended::kNotStarted) return ErrnoName(ended.number);
  return ended.text.empty() ? "it ended early" : ended.text;
}

// Lives until the last writer is gone.
[[noreturn]] void Linger(int reading, int writing, pid_t parent) {
  sys::DieWithParent(parent);
  close(writing);
  char nothing;
  while (read(reading, &nothing, 1) > 0) {
  }
  _exit(0);
}

// Children that live at once have different PIDs; reaped, they leave these free, and the kernel
// does not come round to them before it has given out all others.
std::vector<pid_t> JustFreed(std::size_t wanted) {
  constexpr std::size_t kMost = 10'100;
  std::vector<pid_t> pids;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return pids;
  const Fd reading(ends[0]);
  Fd writing(ends[1]);
  const pid_t parent = getpid();
  while (pids.size() < std::min(wanted, kMost)) {
    const Result<pid_t> child = sys::Fork();
    if (!child.ok()) break;
    if (*child == 0) Linger(reading.get(), writing.get(), parent);
    pids.push_back(*child);
  }
  writing.reset();
  for (const pid_t pid : pids) {
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  return pids;
}

}  // namespace

std::string Sandbox::Text() const {
  switch (isolation) {
    case Isolation::kNamespace:
      return "pid namespace";
    case Isolation::kUserNamespace:
      return "user and pid namespace";
    case Isolation::kChild:
      return fmt::format("none: {}", refusal);
  }
  return "";
}

Sandbox FindSandbox(double slowdown, std::size_t free_pids) {
  Sandbox sandbox;
  sandbox.processors = std::max<std::size_t>(1, ProcessorsIn(AllowedProcessors()).size());
  const std::string privileged = Refusal(Isolation::kNamespace, slowdown);
  if (privileged.empty()) {
    sandbox.isolation = Isolation::kNamespace;
    sandbox.free_pids = JustFreed(free_pids);
    return sandbox;
  }
  const std::string unprivileged = Refusal(Isolation::kUserNamespace, slowdown);
  if (unprivileged.empty()) {
    sandbox.isolation = Isolation::kUserNamespace;
    return sandbox;
  }
  sandbox.refusal =
      fmt::format("a PID namespace is refused ({}), and so is one inside a user namespace ({})",
                  privileged, unprivileged);
  return sandbox;
}

}  // namespace pidproof::runner
