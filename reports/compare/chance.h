// Whether two races on one kernel may differ as much as they do.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pidproof::reports::compare {

// So often an outcome came.
struct Share {
  std::uint64_t count = 0;
  std::uint64_t of = 0;  // trials or opportunities; at least 1, and at least count
};

// The probability, as a share, that loops over one kernel give two shares at least as far apart:
// Fisher's exact test (two-sided), over the number of independent trials that the loops are worth.
//
// Trials of one loop are not independent: they share the load of the machine, the processors and
// the schedule. Load alone moves the rate of a harm from 1 in 60 to two thirds, but brought no harm
// to a third of the opportunities that never came before (measured, 30 runs idle and beside busy
// loops). So n trials are worth n / (1 + (n - 1) / most), as of a beta-binomial distribution
// whose trials have a correlation of 1 / most: most is 15 for a share that moved, and 100 for one
// that is zero on one side.
double ChanceOf(Share before, Share after);

// Below which chance one of so many tests of a comparison counts as a difference: all of them
// together err in one comparison of 10,000 (Bonferroni); judged as strictly
// where there are fewer tests than a whole document has, 500.
double ChanceLevel(std::size_t tests);

}  // namespace pidproof::reports::compare
