// For tests: a child restricts itself before it becomes the program.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

namespace pidproof::runner {

inline void Must(bool done) {
  if (!done) _exit(126);
}

inline void Limit(__rlimit_resource resource, rlim_t value) {
  const rlimit limit{value, value};
  Must(setrlimit(resource, &limit) == 0);
}

}  // namespace pidproof::runner
