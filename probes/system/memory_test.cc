#include "probes/system/memory.h"

#include <gtest/gtest.h>
#include <sys/sysinfo.h>

namespace pidproof::memory_test {
namespace {

TEST(AvailableMemory, IsMoreThanNoneAndAtMostAllThereIs) {
  const std::optional<std::uint64_t> available = AvailableMemory();
  if (!available) GTEST_SKIP() << "no /proc/meminfo";
  struct sysinfo all;
  ASSERT_EQ(sysinfo(&all), 0);
  EXPECT_GT(*available, 0U);
  EXPECT_LE(*available, static_cast<std::uint64_t>(all.totalram) * all.mem_unit);
}

}  // namespace
}  // namespace pidproof::memory_test
