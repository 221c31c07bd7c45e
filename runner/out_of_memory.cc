#include "runner/out_of_memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <span>

namespace pidproof::runner {

namespace {

struct MemoryLimit {
  __rlimit_resource resource;
  const char* name;
  const char* raise;
};
constexpr MemoryLimit kLimits[] = {{RLIMIT_AS, "RLIMIT_AS", "ulimit -v"},
                                   {RLIMIT_DATA, "RLIMIT_DATA", "ulimit -d"}};

rlim_t Bytes(const MemoryLimit& limit) {
  rlimit value{};
  return getrlimit(limit.resource, &value) == 0 ? value.rlim_cur : RLIM_INFINITY;
}

// Into the line, cut where it is too long.
void Write(std::span<char> line) {
  const MemoryLimit& lowest = *std::ranges::min_element(kLimits, {}, Bytes);
  const rlim_t bytes = Bytes(lowest);
  if (bytes == RLIM_INFINITY) {
    std::snprintf(line.data(), line.size(),
                  "pidproof: out of memory: this machine or its cgroup gives no more; raise "
                  "memory.max, or see vm.overcommit_memory\n");
  } else {
    std::snprintf(line.data(), line.size(),
                  "pidproof: out of memory: %s is %llu bytes; raise it (%s)\n", lowest.name,
                  static_cast<unsigned long long>(bytes), lowest.raise);
  }
}

}  // namespace

void ExitOutOfMemory() {
  constexpr int kMistake = 2;
  char line[200];
  Write(line);
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line, std::strlen(line));
  _exit(kMistake);
}

}  // namespace pidproof::runner
