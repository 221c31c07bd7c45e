#include "reports/document/histogram.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace pidproof::reports::histogram_test {
namespace {

TEST(Histogram, HasFourBucketsADoubling) {
  EXPECT_EQ(BucketOf(7), 7U);
  EXPECT_EQ(BucketOf(8), 8U);
  EXPECT_EQ(BucketOf(9), 8U);
  EXPECT_EQ(BucketOf(15), 11U);
  EXPECT_EQ(BucketOf(16), 12U);
  EXPECT_EQ(BucketOf(UINT64_MAX), 251U);
}

TEST(Histogram, ABucketBeginsWithItsLeastValue) {
  for (std::uint64_t bucket = 0; bucket <= 251; ++bucket) {
    EXPECT_EQ(BucketOf(LeastOf(bucket)), bucket);
    if (bucket == 0) continue;
    EXPECT_EQ(BucketOf(LeastOf(bucket) - 1), bucket - 1);
  }
}

TEST(Histogram, IsUnpackedAsItWasPacked) {
  const auto counts = Unpacked(Packed({{BucketOf(1000), 3}, {BucketOf(5000), 1}}));
  ASSERT_EQ(counts.size(), 2U);
  EXPECT_EQ(counts[0].least, 896U);
  EXPECT_EQ(counts[0].count, 3U);
  EXPECT_EQ(counts[1].least, 4096U);
}

TEST(Histogram, WhatIsNoSuchListEndsIt) {
  EXPECT_EQ(Unpacked({3, 1, 9}).size(), 1U);
  EXPECT_EQ(Unpacked({3, 1, UINT64_MAX, 1}).size(), 1U);
  EXPECT_EQ(Unpacked({251, 1}).size(), 1U);
  EXPECT_TRUE(Unpacked({252, 1}).empty());
}

}  // namespace
}  // namespace pidproof::reports::histogram_test
