#include "reports/fleet/merge.h"

#include <fmt/format.h>

#include <unordered_map>

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
  const bool is_new =
      database_.Query("SELECT 1 FROM run WHERE id = $1", {record.id}).rows.empty();
  if (is_new) {
    AddShared(record);
    Insert("run", {record.id}, RunRow(record));
    AddRaces(record);
  }
  if (++in_transaction_ == kTransaction) Finish();
  return is_new;
}

void Merger::Finish() {
  if (in_transaction_ != 0) database_.Commit();
  in_transaction_ = 0;
}

void Merger::AddShared(const Record& record) {
  if (environments_.insert(record.environment).second) {
    Insert("environment", {record.environment}, EnvironmentRow(record.document.host));
  }
  if (profiles_.insert(record.profile).second) AddProfile(record);
  for (std::size_t i = 0; i < record.scenarios.size(); ++i) {
    if (!scenarios_.insert(record.scenarios[i]).second) continue;
    Insert("scenario", {record.scenarios[i]}, ScenarioRow(record.document.scenarios[i]));
  }
  if (record.verdict_set && verdict_sets_.insert(*record.verdict_set).second) AddVerdicts(record);
}

void Merger::AddProfile(const Record& record) {
  Insert("profile", {record.profile}, {record.document.features.front().world});
  for (const Feature& feature : record.document.features) {
    Insert("profile_feature", {record.profile}, FeatureRow(feature));
  }
}

namespace {

// Calls with each cell and its scenario's key.
void ForEachCell(const Record& record, const auto& use) {
  std::unordered_map<std::string_view, std::int64_t> keys;
  for (std::size_t i = 0; i < record.scenarios.size(); ++i) {
    keys[record.document.scenarios[i].name] = record.scenarios[i];
  }
  for (const Cell& cell : record.document.cells) use(cell, keys.at(cell.scenario));
}

}  // namespace

void Merger::AddVerdicts(const Record& record) {
  Insert("verdict_set", {*record.verdict_set}, {record.document.features.front().world});
  ForEachCell(record, [&](const Cell& cell, std::int64_t scenario) {
    if (WasRun(cell)) return;
    Insert("verdict_cell", {*record.verdict_set, scenario, std::string(WordOf(cell.path))},
           VerdictRow(cell));
  });
}

void Merger::AddRaces(const Record& record) {
  ForEachCell(record, [&](const Cell& cell, std::int64_t scenario) {
    const std::string path(WordOf(cell.path));
    if (WasRun(cell)) Insert("race", {record.id, scenario, path}, RaceRow(cell));
    for (const KernelBug& bug : cell.kernel_bugs) {
      Insert("bug_met", {record.id, bug.name, scenario, path},
             {static_cast<std::int64_t>(bug.hits), bug.fixed_in});
    }
  });
}

}  // namespace pidproof::reports::fleet
