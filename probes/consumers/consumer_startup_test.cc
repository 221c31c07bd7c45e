#include "probes/consumers/consumer_startup.h"

#include <gtest/gtest.h>

#include <string>

namespace pidproof {
namespace {

TEST(ConsumerStartup, FindsPidfdsWhereTheyWork) {
  const std::vector<ConsumerStartup> replays = StartAllConsumers(1);
  ASSERT_EQ(replays.size(), 4u);
  for (const ConsumerStartup& replay : replays) {
    EXPECT_EQ(replay.branch, "native") << replay.consumer << " at " << replay.step;
    EXPECT_EQ(replay.step, "") << replay.consumer;
  }
}

}  // namespace
}  // namespace pidproof
