// What a fleet keeps of a document.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "reports/document/document.h"
#include "reports/fleet/database.h"

namespace pidproof::reports::fleet {

// A row of a table, without its keys.
using Row = std::vector<Value>;

// Scenarios, with their keys.
struct Catalogue {
  explicit Catalogue(std::shared_ptr<const std::vector<Scenario>> of);

  std::shared_ptr<const std::vector<Scenario>> scenarios;
  std::vector<std::int64_t> keys;  // in their order
  std::unordered_map<std::string_view, std::int64_t> by_name;
};

// A document, with the keys of what is the same in others.
struct Record {
  std::int64_t id = 0;  // of the host's name and all that is kept: equal where nothing differs
  std::string host;
  std::int64_t started = 0;  // seconds since 1970
  Document document;         // the rows of the first world alone, and no scenarios
  std::shared_ptr<const Catalogue> catalogue;
  std::int64_t environment = 0;
  std::string world;                             // the first
  std::optional<std::int64_t> profile = {};      // none where no feature was asked for
  std::optional<std::int64_t> verdict_set = {};  // none where nothing was asked
};

// Makes records of texts, most of which have the same catalogue.
class RecordReader {
 public:
  // What a fleet calls a host that calls itself so.
  using Rename = std::function<std::string(const std::string& host)>;

  // Without one, as it calls itself.
  explicit RecordReader(Rename rename = nullptr) : rename_(std::move(rename)) {}

  // name: of the file, for a host that does not say its own; empty for a stream, where such a host
  // is called "anon-" and digits of what is known of it. Throws std::runtime_error with the reason,
  // in one line, where the text is not a document, or not one that a fleet holds.
  Record Read(std::string_view text, const std::string& name);

 private:
  Rename rename_;
  SeriesReader reader_;
  std::shared_ptr<const Catalogue> catalogue_;
};

// What a race was counted to.
struct RaceCounts {
  std::int64_t trials;
  std::int64_t opportunities;
  std::int64_t hits;
  std::int64_t near_misses;
};
RaceCounts CountsOf(const Cell& cell);

// The columns behind the keys, in the order of the schema.
Row EnvironmentRow(const Host& host);
Row FeatureRow(const Feature& feature);
Row ScenarioRow(const Scenario& scenario);
Row VerdictRow(const Cell& cell);  // from verdict on
Row RaceRow(const Cell& cell);     // from verdict on
Row RaceRow(std::string_view verdict, std::string_view method, const RaceCounts& counts);
Row RunRow(const Record& record);

// Whether a race was run: its verdict is of that run, not of the set.
bool WasRun(const Cell& cell);

// 6012043 for "6.12.43+deb13-amd64"; 0 where it does not begin with a number.
std::int64_t ReleaseNumber(std::string_view release);

}  // namespace pidproof::reports::fleet
