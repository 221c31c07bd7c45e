// What samples of a noisy quantity say. Nothing is assumed of how they are distributed, and no
// outlier is dropped.
#pragma once

#include <vector>

namespace pidproof::reports {

// A value, and the ends of its interval.
struct Estimate {
  double value = 0;
  double low = 0;
  double high = 0;
};

// The median of at least one sample, with its interval of 95 % confidence: between two of the
// samples (the binomial distribution says which), or all of them where they are fewer than six.
Estimate MedianOf(std::vector<double> samples);

// By how much the ones exceed the others: the median of all ratios of one to one (Hodges and
// Lehmann). In 99 of 100 cases the ratio that another such run finds lies in the interval: it is
// that of the rank test, wider by the square root of 2. So in 19 of 20 cases both ratios lie in
// each other's, for the intervals of two runs differ too. Each list has at least one sample. A
// ratio to 0 is infinite, that of 0 to 0 is 1.
Estimate RatioOf(const std::vector<double>& ones, const std::vector<double>& others);

// How likely two lists of the same quantity differ in rank as much as these (Mann and Whitney's
// test, two-sided, with ties): exactly for up to 40 samples, else by the normal distribution. 1
// where either is empty.
double RankTest(const std::vector<double>& ones, const std::vector<double>& others);

}  // namespace pidproof::reports
