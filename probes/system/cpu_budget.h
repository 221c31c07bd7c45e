#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace pidproof {

// Why something was not tried.
inline constexpr std::string_view kCpuUsedUp = "the processor time that it may take is used up";

// How much processor time this process and its children may take in all, user and system. It is
// asked between one piece of work and the next: nothing is stopped in the middle. Where
// getrusage(2) is refused, no bound holds.
class CpuBudget {
 public:
  CpuBudget() = default;  // no bound
  explicit CpuBudget(std::optional<std::chrono::nanoseconds> bound) : bound_(bound) {}

  // By this process and by the children that it has reaped.
  bool IsUsedUp() const;
  // What is left, for a child that is made now: its own time begins at 0 (fork(2)).
  CpuBudget ForChild() const;

 private:
  std::optional<std::chrono::nanoseconds> bound_;
};

}  // namespace pidproof
