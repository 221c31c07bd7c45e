#include "runner/stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "probes/child.h"
#include "probes/errno_name.h"

namespace pidproof {

namespace {

// Empty when a body can run that way, else why not.
std::string Refusal(Isolation isolation, double pace) {
  constexpr double kSeconds = 20;
  const Ended ended = Isolate(
      isolation, std::chrono::milliseconds(static_cast<std::int64_t>(kSeconds * pace * 1000)),
      [](const FrameWriter&) {}, [](const Frame&) {});
  if (ended.how == Ended::kReturned) return "";
  if (ended.how == Ended::kNotStarted) return ErrnoName(ended.number);
  return ended.text.empty() ? "it ended early" : ended.text;
}

// Children that live at once have different numbers; reaped, they leave these free, and the kernel
// does not come round to them before it has given out all others.
std::vector<pid_t> JustFreed(std::size_t wanted) {
  constexpr std::size_t kMost = 10'000;
  std::vector<Child> children;
  std::vector<pid_t> numbers;
  for (std::size_t i = 0; i < std::min(wanted, kMost); ++i) {
    Result<Child> child = Child::Make(body::Lingers);
    if (!child.ok()) break;
    numbers.push_back(child->pid());
    children.push_back(std::move(*child));
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

Stage FindStage(double pace, std::uint64_t pid_max, bool allow_pid_wrap, std::size_t numbers) {
  constexpr std::uint64_t kUsualPidMax = 32768;
  // What the probes take; a small pid_max leaves less of it.
  constexpr std::uint64_t kForTheRest = 512;
  Stage stage;
  const std::uint64_t half = (pid_max == 0 ? kUsualPidMax : pid_max) / 2;
  stage.allowed = allow_pid_wrap ? std::numeric_limits<std::uint64_t>::max()
                                 : half - std::min(kForTheRest, half / 2);
  const std::string privileged = Refusal(Isolation::kNamespace, pace);
  if (privileged.empty()) {
    stage.isolation = Isolation::kNamespace;
    stage.dealt = JustFreed(numbers);
    return stage;
  }
  const std::string unprivileged = Refusal(Isolation::kUserNamespace, pace);
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
