#include "reports/fleet/merge.h"

#include <fmt/format.h>

#include <algorithm>

namespace pidproof::reports::fleet {

Merger::Merger(Database& database)
    : database_(database),
      environments_(KeysOf("environment")),
      profiles_(KeysOf("profile")),
      scenarios_(KeysOf("scenario")),
      verdict_sets_(KeysOf("verdict_set")) {}

Merger::Keys Merger::KeysOf(const std::string& table) {
  Keys keys;
  for (const auto& row : database_.Query("SELECT id FROM " + table).rows) {
    keys.insert(Integer(row[0]));
  }
  return keys;
}

// Another program may have put the same there meanwhile.
void Merger::Insert(const std::string& table, const Row& keys, const Row& columns) {
  Row row = keys;
  row.insert(row.end(), columns.begin(), columns.end());
  std::string places;
  for (std::size_t i = 1; i <= row.size(); ++i) places += fmt::format("{}${}", i > 1 ? "," : "", i);
  database_.Query(fmt::format("INSERT INTO {} VALUES ({}) ON CONFLICT DO NOTHING", table, places),
                  row);
}

bool Merger::Add(const Record& record) {
  if (in_transaction_ == 0) database_.Begin();
  const bool is_new = database_.Query("SELECT 1 FROM run WHERE id = $1", {record.id}).rows.empty();
  if (is_new) {
    AddShared(record);
    Insert("run", {record.id}, RunRow(record));
    AddBugs(record);
    KeepRaces(record);
  }
  if (++in_transaction_ == kTransaction) Finish();
  return is_new;
}

void Merger::Finish() {
  AddRaces();
  AddPools();
  if (in_transaction_ != 0) database_.Commit();
  in_transaction_ = 0;
}

void Merger::AddShared(const Record& record) {
  if (environments_.insert(record.environment).second) {
    Insert("environment", {record.environment}, EnvironmentRow(record.document.host));
  }
  if (record.profile && profiles_.insert(*record.profile).second) AddProfile(record);
  AddScenarios(*record.catalogue);
  if (record.verdict_set && verdict_sets_.insert(*record.verdict_set).second) AddVerdicts(record);
}

void Merger::AddScenarios(const Catalogue& catalogue) {
  for (std::size_t i = 0; i < catalogue.keys.size(); ++i) {
    if (!scenarios_.insert(catalogue.keys[i]).second) continue;
    Insert("scenario", {catalogue.keys[i]}, ScenarioRow((*catalogue.scenarios)[i]));
  }
}

void Merger::AddProfile(const Record& record) {
  Insert("profile", {*record.profile}, {record.world});
  for (const Feature& feature : record.document.features) {
    Insert("profile_feature", {*record.profile}, FeatureRow(feature));
  }
}

void Merger::AddVerdicts(const Record& record) {
  Insert("verdict_set", {*record.verdict_set}, {record.world});
  for (const Cell& cell : record.document.cells) {
    if (WasRun(cell)) continue;
    Insert("verdict_cell",
           {*record.verdict_set, record.catalogue->by_name.at(cell.scenario),
            std::string(WordOf(cell.path))},
           VerdictRow(cell));
  }
}

void Merger::KeepRaces(const Record& record) {
  const Host& host = record.document.host;
  for (const Cell& cell : record.document.cells) {
    if (!WasRun(cell)) continue;
    const std::int64_t scenario = record.catalogue->by_name.at(cell.scenario);
    const std::string path(WordOf(cell.path));
    const RaceCounts counts = CountsOf(cell);
    const std::string& method = *methods_.insert(cell.opened_by).first;
    races_[{std::string(WordOf(cell.verdict)), path, scenario}].push_back(
        {record.id, &method, counts});
    Sums& sums = pools_[{scenario, path, method, host.release, host.machine}];
    const std::int64_t more[] = {
        1,           counts.hits > 0 ? 1 : 0, counts.trials, counts.opportunities,
        counts.hits, counts.near_misses};
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += more[i];
  }
}

void Merger::AddBugs(const Record& record) {
  for (const Cell& cell : record.document.cells) {
    for (const KernelBug& bug : cell.kernel_bugs) {
      Insert("bug_met",
             {record.id, bug.name, record.catalogue->by_name.at(cell.scenario),
              std::string(WordOf(cell.path))},
             {static_cast<std::int64_t>(bug.hits), bug.fixed_in});
    }
  }
}

void Merger::AddRaces() {
  for (auto& [key, races] : races_) {
    const auto& [verdict, path, scenario] = key;
    std::ranges::sort(races, {}, &Race::run);
    for (const Race& race : races) {
      Insert("race", {race.run, scenario, path}, RaceRow(verdict, *race.method, race.counts));
    }
  }
  races_.clear();
  methods_.clear();
}

void Merger::AddPools() {
  for (const auto& [key, sums] : pools_) {
    const auto& [scenario, path, method, release, machine] = key;
    Row row = {scenario, path, method, release, machine};
    row.insert(row.end(), sums.begin(), sums.end());
    database_.Query(
        "INSERT INTO race_pool VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT "
        "(scenario, path, method, release, machine) DO UPDATE SET runs = race_pool.runs + "
        "excluded.runs, runs_with_harm = race_pool.runs_with_harm + excluded.runs_with_harm, "
        "trials = race_pool.trials + excluded.trials, opportunities = race_pool.opportunities + "
        "excluded.opportunities, hits = race_pool.hits + excluded.hits, near_misses = "
        "race_pool.near_misses + excluded.near_misses",
        row);
  }
  pools_.clear();
}

}  // namespace pidproof::reports::fleet
