#include "reports/document/histogram.h"

#include <bit>
#include <cstddef>

namespace pidproof::reports {

namespace {

constexpr std::uint64_t kExact = 8;      // values below it have a bucket each
constexpr std::uint64_t kADoubling = 4;  // buckets
constexpr std::uint64_t kBuckets = kExact + kADoubling * 61;

}  // namespace

std::uint64_t BucketOf(std::uint64_t value) {
  if (value < kExact) return value;
  const auto shift = static_cast<std::uint64_t>(std::bit_width(value)) - 3;
  return kExact + kADoubling * (shift - 1) + (value >> shift) - kADoubling;
}

std::uint64_t LeastOf(std::uint64_t bucket) {
  if (bucket < kExact) return bucket;
  const std::uint64_t behind = bucket - kExact;
  return (kADoubling + behind % kADoubling) << (behind / kADoubling + 1);
}

std::vector<std::uint64_t> Packed(const std::map<std::uint64_t, std::uint64_t>& counts_by_bucket) {
  std::vector<std::uint64_t> packed;
  std::uint64_t before = 0;
  for (const auto& [bucket, count] : counts_by_bucket) {
    packed.push_back(bucket - before);
    packed.push_back(count);
    before = bucket;
  }
  return packed;
}

std::vector<Counted> Unpacked(const std::vector<std::uint64_t>& histogram) {
  std::vector<Counted> counts;
  std::uint64_t bucket = 0;
  for (std::size_t at = 0; at + 1 < histogram.size(); at += 2) {
    if (histogram[at] >= kBuckets - bucket) break;
    bucket += histogram[at];
    counts.push_back({LeastOf(bucket), histogram[at + 1]});
  }
  return counts;
}

}  // namespace pidproof::reports
