#include "reports/document/growth.h"

#include <gtest/gtest.h>

namespace pidproof::reports::growth_test {
namespace {

TEST(ExponentOf, IsThePowerWithWhichCostGrows) {
  EXPECT_NEAR(*ExponentOf({{100, 9}, {1'000, 9}, {10'000, 9}}), 0, 1e-9);
  EXPECT_NEAR(*ExponentOf({{100, 5}, {1'000, 50}, {10'000, 500}}), 1, 1e-9);
  EXPECT_NEAR(*ExponentOf({{1, 1}, {10, 1}, {100, 5}, {1'000, 50}}), 1, 1e-9)
      << "a few children do not count";
}

TEST(ExponentOf, NeedsTwoPoints) {
  EXPECT_FALSE(ExponentOf({}));
  EXPECT_FALSE(ExponentOf({{10, 3}, {100, 5}}));
}

}  // namespace
}  // namespace pidproof::reports::growth_test
