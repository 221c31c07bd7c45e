#include "reports/gaps.h"

namespace pidproof::reports {

std::vector<std::string> Gaps(const Matrix& matrix) {
  std::vector<std::string> gaps;
  if (!matrix.run.failure.empty()) gaps.push_back(matrix.run.failure);
  if (matrix.run.interrupted) {
    gaps.emplace_back("the run was interrupted, so what it did not reach is missing");
  }
  if (gaps.empty() && matrix.features.empty() && matrix.cells.empty()) {
    gaps.emplace_back("nothing was found out: there is no feature and no verdict");
  }
  return gaps;
}

}  // namespace pidproof::reports
