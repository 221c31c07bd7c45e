// What the rows of a document say of costs: pairs of both paths, and how noisy the machine was.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/document/benchmark.h"
#include "reports/document/samples.h"

namespace pidproof::reports {

// The same thing by both paths.
struct CostPair {
  const Benchmark* pidfd;
  const Benchmark* legacy;
  Estimate ratio;  // of pidfd to legacy: below 1, pidfd is faster
  double p = 1;    // how likely two equal costs differ so (RankTest)
};

// Each row by pidfd that was measured, with the row by PID that it is to be compared with: the one
// that differs in its path, and in how the pidfd is had, alone; or else the only one that differs
// in its call too. In their order.
std::vector<CostPair> PairsOf(const std::vector<Benchmark>& rows);

// The processor time of one row as a ratio to that of another; nothing where either has no samples
// of it.
std::optional<Estimate> CpuRatioOf(const Benchmark& one, const Benchmark& other);

// The shortest system call; nothing where it was not measured.
const Benchmark* FloorOf(const std::vector<Benchmark>& rows);
// A child that is created and reaped at once, and no more.
const Benchmark* CreationFloorOf(const std::vector<Benchmark>& rows);

// The spread of the floor: the width of the middle half of its samples, as a share of its median.
// Nothing where there is no floor.
std::optional<double> NoiseOf(const std::vector<Benchmark>& rows);
// Above it nothing is called faster or slower.
inline constexpr double kMostNoise = 0.15;

// Why nothing is called faster or slower on that machine: "the floor spreads by 34 %"; or empty.
std::string NoiseReason(std::optional<double> noise);

// "faster", "slower" or "~": by more than 5 %, at p < 0.01, on a machine that is not noisy.
std::string_view WordFor(const Estimate& ratio, double p, std::optional<double> noise);

// What pidproof itself takes for something, beside the least that the same could take.
struct OwnCost {
  const Benchmark* measured;
  const Benchmark* floor;
  Estimate ratio;  // of what it takes to the floor
};

// Each row of the topic "own" that was measured, with its floor: the row of the same keys, or else
// the one with the most of them. In their order.
std::vector<OwnCost> OwnCostsOf(const std::vector<Benchmark>& rows);

}  // namespace pidproof::reports
