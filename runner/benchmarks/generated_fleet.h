// A fleet without machines: documents as many hosts would write them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "reports/document/document.h"

namespace pidproof::runner::benchmarks {

// Ten kernels, each in six surroundings (root, an ordinary user, containers, a browser's sandbox),
// and gVisor.
inline constexpr std::size_t kProfiles = 61;

enum class Extent { kProbe, kRun };  // what `pidproof probe` writes, or `pidproof run`

// The profile of a host: some have a quarter of the hosts, some few.
std::size_t ProfileOf(std::size_t host, std::uint64_t seed);

// What that host writes. Hosts of one profile have features, rights and policies in common; names,
// times, users, evidence and counts differ, and how many PIDs and filters there may be.
reports::Document GeneratedHost(std::size_t host, std::uint64_t seed, Extent extent);

}  // namespace pidproof::runner::benchmarks
