// Documents as the lists of cases that test reports are made of.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/compare/table.h"
#include "reports/document/document.h"

namespace pidproof::reports::formats {

// kError is a case that could not be run to its end; kTimeout one that passed its deadline.
enum class Result { kPass, kFail, kSkip, kError, kTimeout };

struct Case {
  // "features", "pidfd", "legacy_pid" or "run", behind the names of the document and of its world
  // where there are several: the test suite.
  std::string suite;
  // The suite and the row, joined by dots: [A-Za-z0-9_.-]. Equal for the same row on every host,
  // and in every document of one release.
  std::string name;
  Result result = Result::kPass;
  std::string reason = {};  // one line, or empty: why it is not a plain pass
  // Of a row whose harm was observed and is no failure: how often.
  std::optional<std::uint64_t> hits = {};
  std::optional<double> seconds = {};
  std::string world = {};
  std::string row = {};  // the feature's or the scenario's own name; empty for those of the run
};

// The cases of each document, in its own order. A document with a gap has a "run.complete" that is
// an error, so that no report of it reads as if all were well, and is skipped where no verdict
// decides anything; where the kernel's log was watched, "run.kernel_log" fails with what it
// reported.
std::vector<Case> CasesOf(const compare::NamedDocument& named, bool only_document);
std::vector<Case> Cases(const std::vector<compare::NamedDocument>& documents);

struct Totals {
  std::size_t pass = 0;
  std::size_t fail = 0;
  std::size_t skip = 0;
  std::size_t error = 0;  // timeouts, too
};
Totals Count(const std::vector<Case>& cases);

// Whether it is a time as the document has them, "2026-11-30T12:00:00Z": it may come from anywhere.
bool IsTime(std::string_view text);

// The words of a name: what is not [A-Za-z0-9_.-] reads "_", and "/" is ".".
std::string Dotted(std::string_view name);

}  // namespace pidproof::reports::formats
