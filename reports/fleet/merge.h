#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
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
  void AddProfile(const Record& record);
  void AddVerdicts(const Record& record);
  void AddRaces(const Record& record);

  Database& database_;
  Keys environments_;
  Keys profiles_;
  Keys scenarios_;
  Keys verdict_sets_;
  std::size_t in_transaction_ = 0;
};

}  // namespace pidproof::reports::fleet
