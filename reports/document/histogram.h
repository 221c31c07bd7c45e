// Histograms of benchmarks: few numbers for latencies of nanoseconds to seconds.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

namespace pidproof::reports {

// Each doubling is four buckets of one width, and below 8 each value has its own.
std::uint64_t BucketOf(std::uint64_t value);
std::uint64_t LeastOf(std::uint64_t bucket);

// A bucket's least value, and how many values are in it.
struct Counted {
  std::uint64_t least = 0;
  std::uint64_t count = 0;
};

// As a document has it: for each bucket that is not empty, by how many it is behind the one before
// (the first: behind 0), and its count.
std::vector<std::uint64_t> Packed(const std::map<std::uint64_t, std::uint64_t>& counts_by_bucket);
// In ascending order. What cannot be such a list ends it early: an odd number, a bucket of no
// 64-bit value.
std::vector<Counted> Unpacked(const std::vector<std::uint64_t>& histogram);

}  // namespace pidproof::reports
