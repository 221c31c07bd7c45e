// A diff in each of its formats.
#pragma once

#include <string>
#include <vector>

#include "reports/compare/diff.h"
#include "reports/compare/table.h"

namespace pidproof::reports::compare {

// What was compared, for the heads of the formats.
struct DiffSides {
  const NamedDocument& before;
  const NamedDocument& after;
};

// For a terminal, at most 100 columns wide. Rows that follow from a difference of a feature or a
// kernel bug are counted with it, but for those that are worse than it.
std::string DiffText(const Diff& diff, const DiffSides& sides);

// For a person in one line: "2 worse, 1 neutral, 30 better", "no difference".
std::string DiffSentence(const Diff& diff);

// For a terminal: each row that both measured, below the lines of CostLines. Nothing where no costs
// were compared.
std::string CostsText(const Diff& diff);

// The lines that allow nothing, each behind its place: "accepted.txt:3: ...".
std::vector<std::string> StaleLines(const Diff& diff);

// One object; "schema" is "pidproof-diff/1", whose promises are those of a document.
std::string DiffJson(const Diff& diff, const DiffSides& sides);

// For a comment, or the summary of a job on GitHub: cut, at its least harmful end, before it is
// larger than GitHub takes (1 MiB).
std::string DiffMarkdown(const Diff& diff, const DiffSides& sides);

// Annotations of GitHub Actions, at most ten: what is worse is an error, a stale line of the
// accepted differences a warning at that line, anything else a notice. What weakens a comparison of
// costs is a warning too, and comes first.
std::string DiffAnnotations(const Diff& diff, const DiffSides& sides);

}  // namespace pidproof::reports::compare
