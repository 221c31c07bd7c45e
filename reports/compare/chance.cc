#include "reports/compare/chance.h"

#include <algorithm>
#include <cmath>

namespace pidproof::reports::compare {

namespace {

constexpr double kMostIfMoved = 15;
constexpr double kMostIfAbsent = 100;
constexpr double kErringComparisons = 1e-4;
constexpr std::size_t kFewestTests = 500;

struct Worth {
  double count;
  double of;
};

Worth WorthOf(Share share, double most) {
  const auto trials = static_cast<double>(share.of);
  const double of = std::max(1.0, std::floor(trials * most / (trials + most - 1)));
  return {std::round(static_cast<double>(share.count) * of / trials), of};
}

// Of the binomial coefficient.
double LogChoose(double n, double k) {
  return std::lgamma(n + 1) - std::lgamma(k + 1) - std::lgamma(n - k + 1);
}

double Fisher(Worth a, Worth b) {
  const double hits = a.count + b.count;
  const auto log_probability = [&](double of_a) {
    return LogChoose(a.of, of_a) + LogChoose(b.of, hits - of_a) - LogChoose(a.of + b.of, hits);
  };
  constexpr double kRounding = 1e-7;
  const double observed = log_probability(a.count);
  double chance = 0;
  for (double of_a = std::max(0.0, hits - b.of); of_a <= std::min(hits, a.of); ++of_a) {
    const double each = log_probability(of_a);
    if (each <= observed + kRounding) chance += std::exp(each);
  }
  return std::min(chance, 1.0);
}

}  // namespace

double ChanceOf(Share before, Share after) {
  const double most = before.count == 0 || after.count == 0 ? kMostIfAbsent : kMostIfMoved;
  return Fisher(WorthOf(before, most), WorthOf(after, most));
}

double ChanceLevel(std::size_t tests) {
  return kErringComparisons / static_cast<double>(std::max(tests, kFewestTests));
}

}  // namespace pidproof::reports::compare
