// Strategies: the ways in which programs learn that one of their children has exited, and with what
// status. Each is a definition of its own, found by Registered<Strategy>::All().
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "probes/registry.h"
#include "probes/system/fd.h"
#include "scenarios/path.h"

namespace pidproof::scenarios::watch {

// CLOCK_MONOTONIC, which children stamp their death with.
std::int64_t NowNs();
// The CPU time that the calling thread has used.
std::int64_t ThreadCpuNs();

struct Exit {
  pid_t pid = 0;
  std::optional<int> status;      // the exit status; none where the strategy does not learn it
  std::int64_t in_hand_ns = 0;    // when it was known, by NowNs
  std::int64_t other_cpu_ns = 0;  // CPU time of threads other than the one that awaits
  std::uint64_t other_calls = 0;  // theirs, which calls() does not count
};

// What a program keeps to watch its children. Used by one thread, the one that makes the children.
// Children must outlive it, but for those whose exit it has returned.
class Watcher {
 public:
  virtual ~Watcher() = default;
  // A child that is not reaped. Throws Unsupported where this cannot be done here.
  virtual void Add(pid_t child) = 0;
  // Blocks until at least one child that was added has exited, and appends what exited. These are
  // reaped, and no longer watched. Throws Broken when none exits in kPatience.
  virtual void Await(std::vector<Exit>& exits) = 0;

  static constexpr std::chrono::seconds kPatience{20};
  // System calls that its own thread has made so far to watch and to wait.
  std::uint64_t calls() const { return calls_; }

 protected:
  // Counts one call, whose result it passes on.
  template <typename T>
  T Counted(T result) {
    Count(1);
    return result;
  }
  void Count(std::uint64_t calls) { calls_ += calls; }

  // A pidfd. Throws Unsupported where there can be none.
  static Fd OpenPidfd(pid_t child);
  // poll(2) of one descriptor, whose count it adds. Throws Broken after kPatience.
  void AwaitReadable(int descriptor);

 private:
  std::uint64_t calls_ = 0;
};

struct Strategy {
  std::string_view name;
  Path path;
  const char* mechanism;  // the calls, and who uses them
  std::unique_ptr<Watcher> (*make)();
  // The kernel reaps the children (SIGCHLD is ignored), for the strategy takes zombies for alive.
  bool auto_reaped = false;
  bool reads_proc = false;
  // Where it looks each period instead of waiting for an event.
  std::chrono::nanoseconds period{0};
  // More children would take too long to measure, or too many threads.
  std::size_t most_children = 10'000;
  // In a run of a minute, but where they die one at a time on another processor.
  std::size_t most_otherwise = most_children;
};

template <typename T>
std::unique_ptr<Watcher> Make() {
  return std::make_unique<T>();
}

}  // namespace pidproof::scenarios::watch
