#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "reports/fleet/database.h"
#include "reports/fleet/record.h"

namespace pidproof::reports::fleet {

// Puts documents into a fleet, in transactions of kTransaction documents. What was merged before
// changes nothing.
class Merger {
 public:
  static constexpr std::size_t kTransaction = 500;

  explicit Merger(Database& database);

  // Whether the fleet did not have it.
  bool Add(const Record& record);
  // After the last one.
  void Finish();

 private:
  // The keys that are known to be there.
  using Keys = std::unordered_set<std::int64_t>;

  Keys KeysOf(const std::string& table);
  void Insert(const std::string& table, const Row& keys, const Row& columns);
  void AddShared(const Record& record);
  void AddScenarios(const Catalogue& catalogue);
  void AddProfile(const Record& record);
  void AddVerdicts(const Record& record);
  void KeepRaces(const Record& record);
  void AddBugs(const Record& record);
  void AddRaces();
  void AddPools();

  // The same question, put the same way to the same kernel: scenario, path, method, release and
  // machine, as in table race_pool.
  using PoolKey = std::tuple<std::int64_t, std::string, std::string, std::string, std::string>;
  // Runs, runs with harm, trials, opportunities, hits and near misses.
  using Sums = std::array<std::int64_t, 6>;

  // The races of a transaction, in the order of the index by verdict: written so, each of its pages
  // is read and written once. One by one they go to all parts of it, which made merging 10,000
  // documents a third slower.
  struct Race {
    std::int64_t run;
    const std::string* method;
    RaceCounts counts;
  };
  using RaceKey = std::tuple<std::string, std::string, std::int64_t>;  // verdict, path, scenario

  Database& database_;
  Keys environments_;
  Keys profiles_;
  Keys scenarios_;
  Keys verdict_sets_;
  std::map<PoolKey, Sums> pools_;  // of this transaction, and so are the races
  std::map<RaceKey, std::vector<Race>> races_;
  std::set<std::string> methods_;
  std::size_t in_transaction_ = 0;
};

}  // namespace pidproof::reports::fleet
