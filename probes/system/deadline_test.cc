#include "probes/system/deadline.h"

#include <gtest/gtest.h>

namespace pidproof::deadline_test {
namespace {

using namespace std::chrono_literals;

TEST(DeadlineOn, GrowsWithTheSlowdownUpToABound) {
  EXPECT_EQ(DeadlineOn(1, 20s), 20s);
  EXPECT_EQ(DeadlineOn(0.2, 20s), 20s);
  EXPECT_EQ(DeadlineOn(2.5, 20s), 50s);
  EXPECT_EQ(DeadlineOn(15, 20s), 300s);
  EXPECT_EQ(DeadlineOn(107, 20s), 300s);
}

}  // namespace
}  // namespace pidproof::deadline_test
