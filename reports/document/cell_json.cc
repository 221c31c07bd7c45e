#include "reports/document/cell_json.h"

#include <cmath>

#include "reports/document/statistics.h"
#include "reports/document/strength.h"
#include "reports/document/vocabulary.h"

namespace pidproof::reports {

namespace {

// JSON has no word for infinity, so an amount without an end is left out.
void SetIfKnown(Json& row, const char* key, const std::optional<double>& amount) {
  if (amount && std::isfinite(*amount)) row[key] = *amount;
}

void SetIfKnown(Json& row, const char* key, const std::optional<std::uint64_t>& count) {
  if (count) row[key] = *count;
}

void SetIfKnown(Json& row, const char* key, const std::string& text) {
  if (!text.empty()) row[key] = text;
}

template <typename Row, typename Told>
void SetIfAny(Json& row, const char* key, const std::vector<Row>& rows, Told told) {
  if (rows.empty()) return;
  Json& list = row[key] = Json::array();
  for (const Row& each : rows) list.push_back(told(each));
}

Json RowOfAct(const Act& act) {
  return {{"act", act.act}, {"began_first", act.began_first}, {"won", act.won}};
}

Json RowOfEvent(const Event& event) {
  Json row = {{"at", event.at}, {"actor", event.actor}, {"call", event.call}};
  SetIfKnown(row, "took", event.took);
  if (event.took) row["result"] = event.saw;
  return row;
}

Json RowOfRecord(const Record& record) {
  Json row = {{"trial", record.trial},       {"place", record.place},
              {"pressure", record.pressure}, {"yielding", record.yielding},
              {"offsets", record.offsets},   {"events", Json::array()}};
  SetIfKnown(row, "outcome", record.outcome);
  for (const Event& event : record.events) row["events"].push_back(RowOfEvent(event));
  return row;
}

Json RowOfBug(const KernelBug& bug) {
  return {
      {"name", bug.name}, {"outcome", bug.outcome}, {"hits", bug.hits}, {"fixed_in", bug.fixed_in}};
}

void SetStatistics(Json& row, const Cell& cell) {
  if (const auto strength = StrengthOf(cell)) row["strength"] = WordOf(*strength);
  if (!cell.opportunities || !cell.hits || *cell.hits > *cell.opportunities) return;
  row["rate"] = RateSentence(*cell.hits, *cell.opportunities);
  if (*cell.opportunities == 0) return;
  const Interval interval = Wilson95(*cell.hits, *cell.opportunities);
  row["rate_low"] = interval.low;
  row["rate_high"] = *cell.hits == 0 ? BoundAtZero95(*cell.opportunities) : interval.high;
}

Event ReadEvent(const JsonObject& row) {
  return {.at = row.Count("at"),
          .took = row.OptionalCount("took"),
          .actor = row.Count("actor"),
          .call = row.String("call"),
          .saw = row.OptionalString("result")};
}

Record ReadRecord(const JsonObject& row) {
  Record record{.outcome = row.OptionalString("outcome"),
                .trial = row.Count("trial"),
                .place = row.OneOf("place", kPlaces),
                .pressure = row.OneOf("pressure", kPressures),
                .yielding = row.Flag("yielding"),
                .offsets = row.Counts("offsets", INT32_MAX),
                .events = {}};
  row.ForEachRow("events",
                 [&](const JsonObject& event) { record.events.push_back(ReadEvent(event)); });
  return record;
}

void ReadTorture(const JsonObject& row, Cell& cell) {
  cell.opportunities = row.OptionalCount("opportunities");
  cell.near_misses = row.OptionalCount("near_misses");
  cell.hits = row.OptionalCount("hits");
  cell.first_hit = row.OptionalAmount("first_hit");
  cell.seconds = row.OptionalAmount("seconds");
  cell.baseline_per_second = row.OptionalAmount("baseline_per_second");
  constexpr std::uint64_t kMostWorkers = 64;  // as with --jobs
  cell.workers = row.OptionalCount("workers", kMostWorkers);
  cell.opened_by = row.OptionalString("opened_by");
  cell.stopped_early = row.OptionalFlag("stopped_early").value_or(false);
  row.ForEachOptionalRow("acts", [&](const JsonObject& act) {
    cell.acts.push_back({act.String("act"), act.Count("began_first"), act.Count("won")});
  });
  row.ForEachOptionalRow(
      "records", [&](const JsonObject& record) { cell.records.push_back(ReadRecord(record)); });
}

}  // namespace

Json RowOf(const Cell& cell) {
  Json outcomes = Json::object();
  for (const auto& [word, count] : cell.outcomes) outcomes[word] = count;
  Json row = {{"world", cell.world},       {"scenario", cell.scenario},
              {"path", WordOf(cell.path)}, {"verdict", WordOf(cell.verdict)},
              {"reason", cell.why},        {"trials", cell.trials},
              {"outcomes", outcomes}};
  SetIfKnown(row, "missing", cell.missing);
  SetIfKnown(row, "opportunities", cell.opportunities);
  SetIfKnown(row, "near_misses", cell.near_misses);
  SetIfKnown(row, "hits", cell.hits);
  SetIfKnown(row, "first_hit", cell.first_hit);
  SetIfKnown(row, "seconds", cell.seconds);
  SetIfKnown(row, "baseline_per_second", cell.baseline_per_second);
  SetIfKnown(row, "workers", cell.workers);
  SetIfKnown(row, "opened_by", cell.opened_by);
  if (cell.stopped_early) row["stopped_early"] = true;
  SetStatistics(row, cell);
  SetIfAny(row, "acts", cell.acts, RowOfAct);
  SetIfAny(row, "kernel_bugs", cell.kernel_bugs, RowOfBug);
  SetIfAny(row, "records", cell.records, RowOfRecord);
  return row;
}

Cell ReadCell(const JsonObject& row) {
  Cell cell{.world = row.String("world"),
            .scenario = row.String("scenario"),
            .path = row.OneOf<Path>("path"),
            .verdict = row.OneOf<Verdict>("verdict"),
            .why = row.String("reason"),
            .missing = row.OptionalString("missing"),
            .trials = row.Count("trials"),
            .outcomes = {},
            .seconds = std::nullopt,
            .baseline_per_second = std::nullopt};
  row.ForEachCount("outcomes", [&](const std::string& word, std::uint64_t count) {
    cell.outcomes[word] = count;
  });
  row.ForEachOptionalRow("kernel_bugs", [&](const JsonObject& bug) {
    cell.kernel_bugs.push_back(
        {bug.String("name"), bug.String("outcome"), bug.Count("hits"), bug.String("fixed_in")});
  });
  ReadTorture(row, cell);
  return cell;
}

}  // namespace pidproof::reports
