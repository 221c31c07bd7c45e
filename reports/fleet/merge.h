#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <unordered_set>

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
  void AddRaces(const Record& record);
  void AddPools();

  // The same question, put the same way to the same kernel: scenario, path, method, release and
  // machine, as in table race_pool.
  using PoolKey = std::tuple<std::int64_t, std::string, std::string, std::string, std::string>;
  // Runs, runs with harm, trials, opportunities, hits and near misses.
  using Sums = std::array<std::int64_t, 6>;

  Database& database_;
  Keys environments_;
  Keys profiles_;
  Keys scenarios_;
  Keys verdict_sets_;
  std::map<PoolKey, Sums> pools_;  // of this transaction
  std::size_t in_transaction_ = 0;
};

}  // namespace pidproof::reports::fleet
