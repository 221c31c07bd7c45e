#include "probes/system/cpu_budget.h"

#include <sys/resource.h>

namespace pidproof {

namespace {

std::chrono::nanoseconds TimeOf(int who) {
  rusage used{};
  if (getrusage(who, &used) != 0) return {};
  const auto time = [](const timeval& value) {
    return std::chrono::seconds(value.tv_sec) + std::chrono::microseconds(value.tv_usec);
  };
  return time(used.ru_utime) + time(used.ru_stime);
}

std::chrono::nanoseconds Spent() { return TimeOf(RUSAGE_SELF) + TimeOf(RUSAGE_CHILDREN); }

}  // namespace

bool CpuBudget::IsUsedUp() const { return bound_ && Spent() >= *bound_; }

CpuBudget CpuBudget::ForChild() const {
  return bound_ ? CpuBudget(*bound_ - Spent()) : CpuBudget();
}

}  // namespace pidproof
