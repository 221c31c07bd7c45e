#include "runner/pace.h"

#include <errno.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <stdexcept>

#include "probes/errno_name.h"
#include "probes/sys.h"

namespace pidproof {

double MeasurePace() {
  constexpr int kChildren = 8;
  constexpr double kSecondsPerChild = 100e-6;
  constexpr double kSlowest = 1000;
  using Clock = std::chrono::steady_clock;
  std::array<double, kChildren> seconds;
  for (double& each : seconds) {
    const auto begun = Clock::now();
    const Result<pid_t> made = sys::Fork();
    if (!made.ok()) {
      const bool filtered = made.error() == ENOSYS || made.error() == EPERM;
      throw std::runtime_error(
          fmt::format("no process can be made here (fork: {}); {}", ErrnoName(made.error()),
                      filtered ? "let clone through the seccomp filter"
                               : "raise the limit on processes (ulimit -u, pids.max)"));
    }
    const pid_t child = *made;
    if (child == 0) _exit(0);
    waitpid(child, nullptr, 0);
    each = std::chrono::duration<double>(Clock::now() - begun).count();
  }
  std::nth_element(seconds.begin(), seconds.begin() + kChildren / 2, seconds.end());
  return std::clamp(seconds[kChildren / 2] / kSecondsPerChild, 1.0, kSlowest);
}

}  // namespace pidproof
