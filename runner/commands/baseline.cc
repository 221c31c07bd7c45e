#include "runner/commands/baseline.h"

#include <fmt/format.h>

#include "reports/document/gaps.h"
#include "runner/commands/read_document.h"
#include "runner/files.h"
#include "runner/gate.h"

namespace pidproof::runner::commands {

Baseline::Baseline(const std::string& file, const std::string& accept)
    : document_{file, ReadDocument(file)} {
  RefuseGaps(file, reports::Gaps(document_.document));
  if (!accept.empty()) accepted_ = reports::compare::ReadExpectations(accept, ReadInput);
  for (const reports::compare::Expectation& line : accepted_) {
    reports::compare::RefuseUnacceptable(line);
  }
}

reports::compare::Diff Baseline::CompareWith(const reports::compare::NamedDocument& after,
                                             reports::compare::Across across) const {
  RefuseGaps(fmt::format("{} and {} cannot be compared", document_.name, after.name),
             reports::compare::Incomparable(document_.document, after.document, across));
  reports::compare::Diff diff =
      reports::compare::Compare(document_.document, after.document, across);
  reports::compare::Accept(accepted_, after.document, diff);
  return diff;
}

int Baseline::Gate(const reports::compare::Diff& diff, const std::string& after) const {
  const int status = reports::compare::ExitStatus(diff);
  if (status != 0) {
    PrintLine(fmt::format("{} is worse than {}: {}", after, document_.name,
                          reports::compare::DiffSentence(diff)));
  }
  return status;
}

}  // namespace pidproof::runner::commands
