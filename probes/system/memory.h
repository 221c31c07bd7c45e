#pragma once

#include <cstdint>
#include <optional>

namespace pidproof {

// Bytes that programs can still be given: MemAvailable of /proc/meminfo (3.14), or less where the
// cgroup that is mounted as root, as in a container, has a lower limit. Nothing where /proc cannot
// tell.
std::optional<std::uint64_t> AvailableMemory();

}  // namespace pidproof
