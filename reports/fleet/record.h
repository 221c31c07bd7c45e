// What a fleet keeps of a document.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reports/document/document.h"
#include "reports/fleet/database.h"

namespace pidproof::reports::fleet {

// A row of a table, without its keys.
using Row = std::vector<Value>;

// A document, with the keys of what is the same in others.
struct Record {
  std::int64_t id = 0;  // of the host's name and all that is kept: equal where nothing differs
  std::string host;
  std::int64_t started = 0;  // seconds since 1970
  Document document;         // the rows of the first world alone
  std::int64_t environment = 0;
  std::int64_t profile = 0;
  std::optional<std::int64_t> verdict_set = {};  // none where nothing was asked
  std::vector<std::int64_t> scenarios = {};      // of the document's, in their order
};

// name: of the file, for a host that does not say its own; empty for a stream, where such a host is
// called "anon-" and digits of what is known of it. Throws std::runtime_error with the reason, in
// one line, where a fleet does not hold such documents.
Record RecordOf(Document document, const std::string& name);

// The columns behind the keys, in the order of the schema.
Row EnvironmentRow(const Host& host);
Row FeatureRow(const Feature& feature);
Row ScenarioRow(const Scenario& scenario);
Row VerdictRow(const Cell& cell);  // from verdict on
Row RaceRow(const Cell& cell);     // from verdict on
Row RunRow(const Record& record);

// Whether a race was run: its verdict is of that run, not of the set.
bool WasRun(const Cell& cell);

// 6012043 for "6.12.43+deb13-amd64"; 0 where it does not begin with a number.
std::int64_t ReleaseNumber(std::string_view release);

}  // namespace pidproof::reports::fleet
