#include "reports/document/cell_statistics.h"

#include "reports/document/statistics.h"
#include "reports/document/strength.h"
#include "reports/document/vocabulary.h"

namespace pidproof::reports {

void SetStatistics(Json& row, const Cell& cell) {
  if (const auto strength = StrengthOf(cell)) row["strength"] = WordOf(*strength);
  if (!cell.opportunities || !cell.hits || *cell.hits > *cell.opportunities) return;
  row["rate"] = RateSentence(*cell.hits, *cell.opportunities);
  if (*cell.opportunities == 0) return;
  const Interval interval = Wilson95(*cell.hits, *cell.opportunities);
  row["rate_low"] = interval.low;
  row["rate_high"] = *cell.hits == 0 ? BoundAtZero95(*cell.opportunities) : interval.high;
}

}  // namespace pidproof::reports
