#include "probes/replay.h"

#include <gtest/gtest.h>

#include <string>

namespace pidproof {
namespace {

TEST(Replay, FindsPidfdsWhereTheyWork) {
  const std::vector<Replay> replays = ReplayAll(1);
  ASSERT_EQ(replays.size(), 4u);
  for (const Replay& replay : replays) {
    EXPECT_EQ(replay.branch, "native") << replay.consumer << " at " << replay.step;
    EXPECT_EQ(replay.step, "") << replay.consumer;
  }
}

}  // namespace
}  // namespace pidproof
