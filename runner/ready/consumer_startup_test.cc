#include "runner/ready/consumer_startup.h"

#include <gtest/gtest.h>

#include <string>

namespace pidproof::runner::ready::consumer_startup_test {
namespace {

TEST(ConsumerStartup, FindsPidfdsWhereTheyWork) {
  const std::vector<ConsumerStartup> startups = StartAllConsumers(1);
  ASSERT_EQ(startups.size(), 9u);
  for (const ConsumerStartup& startup : startups) {
    EXPECT_EQ(startup.impact, reports::ready::Impact::kWorks)
        << startup.consumer << " at " << startup.feature;
    EXPECT_EQ(startup.feature, "") << startup.consumer;
  }
}

TEST(ConsumerStartup, StartsOneHereByItsName) {
  EXPECT_TRUE(StartHere("cpython-subprocess"));
  EXPECT_FALSE(StartHere("cpython"));
}

}  // namespace
}  // namespace pidproof::runner::ready::consumer_startup_test
