#include "runner/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <limits>

#include "probes/system/errno_name.h"
#include "probes/system/fd.h"
#include "probes/system/sys.h"

namespace pidproof {

namespace {

// Empty when a body can run that way, else why not.
std::string Refusal(Isolation isolation, double slowdown) {
  constexpr double kSeconds = 20;
  const Ended ended = Isolate(
      isolation, std::chrono::milliseconds(static_cast<std::int64_t>(kSeconds * slowdown * 1000)),
      [](const FrameWriter&) {}, [](const Frame&) {});
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

// Children that live at once have different numbers; reaped, they leave these free, and the kernel
// does not come round to them before it has given out all others.
std::vector<pid_t> JustFreed(std::size_t wanted) {
  constexpr std::size_t kMost = 10'100;
  std::vector<pid_t> numbers;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return numbers;
  const Fd reading(ends[0]);
  Fd writing(ends[1]);
  const pid_t parent = getpid();
  while (numbers.size() < std::min(wanted, kMost)) {
    const Result<pid_t> child = sys::Fork();
    if (!child.ok()) break;
    if (*child == 0) Linger(reading.get(), writing.get(), parent);
    numbers.push_back(*child);
  }
  writing.reset();
  for (const pid_t number : numbers) {
    while (waitpid(number, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  return numbers;
}

}  // namespace

std::string Stage::Text() const {
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

Stage FindStage(double slowdown, std::uint64_t pid_max, bool allow_pid_wrap, std::size_t numbers) {
  constexpr std::uint64_t kUsualPidMax = 32768;
  // What the probes take; a small pid_max leaves less of it.
  constexpr std::uint64_t kForTheRest = 512;
  Stage stage;
  const std::uint64_t half = (pid_max == 0 ? kUsualPidMax : pid_max) / 2;
  stage.allowed = allow_pid_wrap ? std::numeric_limits<std::uint64_t>::max()
                                 : half - std::min(kForTheRest, half / 2);
  const std::string privileged = Refusal(Isolation::kNamespace, slowdown);
  if (privileged.empty()) {
    stage.isolation = Isolation::kNamespace;
    stage.dealt = JustFreed(std::min(numbers, static_cast<std::size_t>(stage.allowed / 4 * 3)));
    stage.allowed -= stage.dealt.size();
    return stage;
  }
  const std::string unprivileged = Refusal(Isolation::kUserNamespace, slowdown);
  if (unprivileged.empty()) {
    stage.isolation = Isolation::kUserNamespace;
    return stage;
  }
  stage.refusal =
      fmt::format("a pid namespace is refused ({}), and so is one inside a user namespace ({})",
                  privileged, unprivileged);
  return stage;
}

}  // namespace pidproof
