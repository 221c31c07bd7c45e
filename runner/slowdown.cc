#include "runner/slowdown.h"

#include <errno.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "probes/system/errno_name.h"
#include "probes/system/sys.h"

namespace pidproof::runner {

namespace {

// What helps where fork(2) is refused with that errno.
std::string_view FixOfFork(int error) {
  switch (error) {
    case ENOSYS:
    case EPERM:
      return "let clone through the seccomp filter";
    case ENOMEM:  // pid_namespaces(7)
      return "give it more memory; or, where the PID namespace for its children has lost its first "
             "process, start it by unshare --pid --fork";
    default:
      return "raise the limit on processes (ulimit -u, pids.max)";
  }
}

}  // namespace

double MeasureSlowdown() {
  constexpr std::size_t kChildren = 12;
  using Clock = std::chrono::steady_clock;
  std::vector<double> seconds(kChildren);
  for (double& each : seconds) {
    const auto begun = Clock::now();
    const Result<pid_t> made = sys::Fork();
    if (!made.ok()) {
      throw std::runtime_error(fmt::format("no process can be made here (fork: {}); {}",
                                           ErrnoName(made.error()), FixOfFork(made.error())));
    }
    const pid_t child = *made;
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
    each = std::chrono::duration<double>(Clock::now() - begun).count();
  }
  return SlowdownOf(std::move(seconds));
}

double SlowdownOf(std::vector<double> seconds) {
  constexpr double kSecondsPerChild = 100e-6;
  constexpr double kSlowest = 1000;
  const auto quartile = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 4);
  std::ranges::nth_element(seconds, quartile);
  return std::clamp(*quartile / kSecondsPerChild, 1.0, kSlowest);
}

}  // namespace pidproof::runner
