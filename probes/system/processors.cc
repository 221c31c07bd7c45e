#include "probes/system/processors.h"

namespace pidproof {

cpu_set_t AllowedProcessors(pid_t thread) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  sched_getaffinity(thread, sizeof allowed, &allowed);
  return allowed;
}

std::vector<std::size_t> ProcessorsIn(const cpu_set_t& processors) {
  std::vector<std::size_t> numbers;
  for (std::size_t i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &processors)) numbers.push_back(i);
  }
  return numbers;
}

cpu_set_t Only(std::size_t processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  return set;
}

bool AllowProcessors(const cpu_set_t& processors, pid_t thread) {
  return sched_setaffinity(thread, sizeof processors, &processors) == 0;
}

}  // namespace pidproof
