#include "runner/gentle/spread.h"

#include <errno.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

#include "probes/system/errno_name.h"
#include "probes/system/host.h"
#include "probes/system/isolate.h"
#include "probes/system/read_file.h"
#include "runner/gate.h"

namespace pidproof::runner::gentle {

std::chrono::milliseconds DelayOf(std::string_view host, std::chrono::milliseconds spread) {
  constexpr std::uint64_t kParts = 1'000'000;
  const std::uint64_t part = std::hash<std::string_view>{}(host) % kParts;
  return std::chrono::milliseconds(static_cast<std::uint64_t>(spread.count()) * part / kParts);
}

void Spread(std::chrono::milliseconds spread, bool quiet) {
  // Machines that were made of one image may be called alike.
  const Result<std::string> id = ReadFile("/etc/machine-id");
  const std::chrono::milliseconds delay = DelayOf(HostName() + (id.ok() ? *id : ""), spread);
  if (!quiet) {
    PrintLine(
        fmt::format("--spread: begins in {:.1f} s", std::chrono::duration<double>(delay).count()));
  }
  const auto begin = std::chrono::steady_clock::now() + delay;
  constexpr std::chrono::milliseconds kLook(50);  // an interruption is a flag
  for (auto now = begin - delay; !IsolatingIsStopped() && now < begin;
       now = std::chrono::steady_clock::now()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(begin - now);
    poll(nullptr, 0, static_cast<int>(std::min(left, kLook).count()));
  }
}

void BeNice(int niceness) {
  errno = 0;
  const int now = getpriority(PRIO_PROCESS, 0);
  const bool is_known = now != -1 || errno == 0;
  if (is_known && now >= niceness) return;
  if (!is_known || setpriority(PRIO_PROCESS, 0, niceness) != 0) {
    throw std::invalid_argument(
        fmt::format("--nice: {}(2) is refused here ({}); leave it out, or start it by nice(1)",
                    is_known ? "setpriority" : "getpriority", ErrnoName(errno)));
  }
}

}  // namespace pidproof::runner::gentle
