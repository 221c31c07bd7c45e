// What takes longer now, and what less. Pure functions of the rows of two documents.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/document/benchmark.h"
#include "reports/document/document.h"
#include "reports/document/samples.h"

namespace pidproof::reports::compare {

// A row that both documents measured.
struct CostChange {
  std::string name;
  double before = 0;  // medians in nanoseconds
  double after = 0;
  Estimate ratio;               // of after to before: above 1, it is slower now
  double p = 1;                 // of the rank test, corrected for the number of rows (ForManyTests)
  std::string_view word = "~";  // or faster, or slower
};

// A row that both have and one could not measure.
struct CostUnsupported {
  std::string name;
  std::string reason;
  bool now = false;  // or before
};

struct Costs {
  std::vector<CostChange> changes;  // in the order of the document before
  std::vector<CostUnsupported> unsupported;
  std::vector<std::string> only_before;
  std::vector<std::string> only_after;
  // Why nothing is called faster or slower, or empty: a sentence without a full stop.
  std::string noise;
  // What else than the kernel's work may explain a change, or empty: "another kernel: 6.1 before,
  // 6.12 now", where such are compared.
  std::string warning;

  std::size_t Count(std::string_view word) const;
};

// What must be the same on both sides for a duration to be comparable and is not: what answers
// system calls (the kernel's release, emulator, container, security modules, filters), and the
// machine. Empty where all is the same. The processor's model is not in a document: where the floor
// of both differs, CompareCosts calls the machine noisy.
std::string OtherMachine(const Document& before, const Document& after);

// The rows of both. Their words are those of WordFor (cost.h), by the chance that is corrected for
// the number of rows, and only where the whole interval of the ratio is beyond 5 % and beyond the
// spread of either floor: what stays the same in one run, such as where memory lies, differs in the
// next. Nothing is called faster or slower where the floor spreads widely in one of them, or, on
// what should be one machine, the floor itself has moved as far: then all else has.
Costs CompareCosts(const Document& before, const Document& after);

// Each chance such that by all of them together, taken below some level, one errs as seldom as one
// alone does (Holm's method): among 250 rows that are the same at p < 0.01, one is called different
// in one comparison of a hundred, not in each.
std::vector<double> ForManyTests(const std::vector<double>& chances);

// "212 rows compared: 3 slower, 1 faster", then the reasons for caution.
std::vector<std::string> CostLines(const Costs& costs);

}  // namespace pidproof::reports::compare
