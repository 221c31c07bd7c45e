#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/compare/diff_writers.h"
#include "reports/document/json_text.h"

namespace pidproof::reports::compare {

namespace {

constexpr std::string_view kDiffSchema = "pidproof-diff/1";

Json SideJson(const NamedDocument& side) {
  const Document& document = side.document;
  return {{"name", side.name},
          {"tool", document.tool},
          {"started", document.run.started},
          {"release", document.host.release},
          {"machine", document.host.machine},
          {"fingerprint", document.host.fingerprint}};
}

Json DifferenceJson(const Difference& difference) {
  Json row = {{"kind", WordOf(difference.kind)}, {"effect", WordOf(difference.effect)},
              {"world", difference.world},       {"name", difference.name},
              {"path", difference.path},         {"before", difference.before},
              {"after", difference.after},       {"evidence", difference.evidence},
              {"follows", difference.follows}};
  for (const char* key : {"path", "follows"}) {
    if (row[key].get_ref<const std::string&>().empty()) row.erase(key);
  }
  return row;
}

std::string RowLines(const std::vector<Json>& rows) {
  std::string lines;
  for (const Json& row : rows) lines += (lines.empty() ? "\n    " : ",\n    ") + JsonLine(row);
  return lines.empty() ? "[]" : fmt::format("[{}\n  ]", lines);
}

Json ChangeJson(const CostChange& change) {
  Json row = {{"name", change.name},
              {"before", change.before},
              {"after", change.after},
              {"p", change.p},
              {"word", change.word}};
  // JSON has no word for infinity.
  if (std::isfinite(change.ratio.high)) {
    row["ratio"] = change.ratio.value;
    row["low"] = change.ratio.low;
    row["high"] = change.ratio.high;
  }
  return row;
}

// Of costs that were compared; nothing where none were.
std::string CostsKey(const Diff& diff) {
  if (!diff.costs) return "";
  const Costs& costs = *diff.costs;
  Json head = {{"compared", costs.changes.size()},
               {"slower", costs.Count("slower")},
               {"faster", costs.Count("faster")},
               {"only_before", costs.only_before},
               {"only_after", costs.only_after}};
  if (!costs.noise.empty()) head["noise"] = costs.noise;
  if (!costs.warning.empty()) head["warning"] = costs.warning;
  std::vector<Json> rows;
  for (const CostChange& change : costs.changes) rows.push_back(ChangeJson(change));
  return fmt::format("  \"costs\": {},\n  \"cost_rows\": {},\n", JsonLine(head), RowLines(rows));
}

}  // namespace

std::string DiffJson(const Diff& diff, const DiffSides& sides) {
  std::vector<Json> differences;
  for (const Difference& each : diff.differences) differences.push_back(DifferenceJson(each));
  std::vector<Json> accepted;
  for (const auto& [difference, reason, place] : diff.accepted) {
    accepted.push_back(DifferenceJson(difference));
    accepted.back()["reason"] = reason;
    accepted.back()["place"] = place;
  }
  return fmt::format(
      "{{\n"
      "  \"schema\": {},\n"
      "  \"before\": {},\n"
      "  \"after\": {},\n"
      "  \"worse\": {},\n"
      "  \"differences\": {},\n"
      "{}"
      "  \"accepted\": {},\n"
      "  \"stale\": {},\n"
      "  \"notes\": {}\n"
      "}}\n",
      JsonLine(kDiffSchema), JsonLine(SideJson(sides.before)), JsonLine(SideJson(sides.after)),
      ExitStatus(diff) != 0, RowLines(differences), CostsKey(diff), RowLines(accepted),
      JsonLine(StaleLines(diff)), JsonLine(diff.notes));
}

}  // namespace pidproof::reports::compare
