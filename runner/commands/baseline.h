// A document that another one is compared with, and the differences that are accepted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reports/compare/diff.h"
#include "reports/compare/diff_writers.h"

namespace pidproof::runner::commands {

inline constexpr std::string_view kAcceptText =
    "Accepted differences: lines such as 'feature NAME WORD | reason [source]', as expect reads "
    "them";

class Baseline {
 public:
  // Reads the files; accept may be empty. Throws Undecided where the document has a gap,
  // std::runtime_error where a file is no such file.
  Baseline(const std::string& file, const std::string& accept);

  const reports::compare::NamedDocument& document() const { return document_; }

  // Throws Undecided where the two cannot be compared.
  reports::compare::Diff CompareWith(
      const reports::compare::NamedDocument& after,
      reports::compare::Across across = reports::compare::Across::kNo) const;

  // The exit status of the comparison: 0, or 1 with a line on stderr.
  int Gate(const reports::compare::Diff& diff, const std::string& after) const;

 private:
  reports::compare::NamedDocument document_;
  std::vector<reports::compare::Expectation> accepted_;
};

}  // namespace pidproof::runner::commands
