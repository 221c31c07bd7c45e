#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "probes/release.h"

namespace pidproof {

// What one should know of the machine to read the results. Nothing is decided on it.
struct HostFacts {
  std::string release;  // uname -r
  std::string machine;  // uname -m
  std::string libc;     // "glibc 2.36"
  std::uint32_t uid = 0;
  std::optional<std::uint64_t> pid_max;  // of this pid namespace; nothing when /proc is missing
  std::optional<int> seccomp_mode;       // of this process: 0 none, 1 strict, 2 filter

  Release kernel() const { return Release::Parse(release); }
};

HostFacts ReadHostFacts();

}  // namespace pidproof
