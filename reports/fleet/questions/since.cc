// Which hosts have changed since a day.
#include <fmt/format.h>
#include <time.h>

#include <charconv>
#include <map>
#include <stdexcept>
#include <tuple>

#include "reports/fleet/hosts.h"
#include "reports/fleet/question.h"

namespace pidproof::reports::fleet::questions::since {

namespace {

// "7d", "36h" before now, or a day: 2026-01-31. Seconds since 1970.
std::int64_t MomentOf(const std::string& word, std::int64_t now) {
  tm day{};
  const char* end = strptime(word.c_str(), "%Y-%m-%d", &day);
  if (end != nullptr && *end == '\0') return timegm(&day);
  std::int64_t count = 0;
  const char* const last = word.data() + word.size();
  const auto [unit, error] = std::from_chars(word.data(), last, count);
  constexpr std::int64_t kMost = 36'500;
  if (error == std::errc() && unit + 1 == last && count > 0 && count <= kMost) {
    if (*unit == 'd') return now - count * 86'400;
    if (*unit == 'h') return now - count * 3'600;
    if (*unit == 'w') return now - count * 7 * 86'400;
  }
  throw std::invalid_argument(
      fmt::format("since {}: give 36h, 7d, 2w or a day such as 2026-01-31", word));
}

// What one changed, from what to what.
using Change = std::tuple<std::string, std::string, std::string>;
using Changes = std::map<Change, std::vector<std::string>>;

std::string WholeRunsUntil(std::string_view condition) {
  return fmt::format(
      "(SELECT * FROM (SELECT run.*, row_number() OVER (PARTITION BY host ORDER BY started DESC, "
      "id DESC) AS place FROM run WHERE whole = 1 AND started {}) AS ordered WHERE place = 1)",
      condition);
}

// Both runs of each host that has one on either side of the moment.
ResultTable Pairs(Database& fleet, std::int64_t moment) {
  return fleet.Query(
      fmt::format("SELECT now.host, old.profile, now.profile, old.release, now.release, "
                  "old.verdict_set, now.verdict_set FROM "
                  "(SELECT r.*, e.release FROM {} AS r JOIN environment AS e ON e.id = "
                  "r.environment) AS now LEFT JOIN "
                  "(SELECT r.*, e.release FROM {} AS r JOIN environment AS e ON e.id = "
                  "r.environment) AS old ON old.host = now.host ORDER BY now.host",
                  WholeRunsUntil(">= $1"), WholeRunsUntil("< $1")),
      {moment});
}

// Verdicts of both sets, by scenario and path; a race's is of its run, and not compared here.
std::vector<Change> VerdictChanges(Database& fleet, const Value& before, const Value& after) {
  std::vector<Change> changes;
  for (const auto& row :
       fleet
           .Query("SELECT scenario.name, old.path, old.verdict, now.verdict FROM verdict_cell AS "
                  "old JOIN verdict_cell AS now ON now.scenario = old.scenario AND now.path = "
                  "old.path JOIN scenario ON scenario.id = old.scenario WHERE old.verdict_set = $1 "
                  "AND now.verdict_set = $2 AND old.verdict <> now.verdict",
                  {before, after})
           .rows) {
    changes.emplace_back(fmt::format("{} {}", Text(row[0]), Text(row[1])), Text(row[2]),
                         Text(row[3]));
  }
  return changes;
}

// Many hosts make the same step: it is looked at once.
class Steps {
 public:
  explicit Steps(Database& fleet) : fleet_(fleet) {}

  const std::vector<Change>& OfFeatures(std::int64_t before, std::int64_t after) {
    const auto [step, is_new] = features_.try_emplace({before, after});
    if (!is_new || before == after) return step->second;
    for (const FeatureChange& each :
         Differences(ReadFeatures(fleet_, before), ReadFeatures(fleet_, after))) {
      step->second.emplace_back(each.feature, each.before, each.after);
    }
    return step->second;
  }

  const std::vector<Change>& OfVerdicts(const Value& before, const Value& after) {
    const auto [step, is_new] = verdicts_.try_emplace({Integer(before), Integer(after)});
    if (is_new && before != after) step->second = VerdictChanges(fleet_, before, after);
    return step->second;
  }

 private:
  using Between = std::pair<std::int64_t, std::int64_t>;
  Database& fleet_;
  std::map<Between, std::vector<Change>> features_;
  std::map<Between, std::vector<Change>> verdicts_;
};

Answer Since(Database& fleet, const Asked& asked) {
  const std::string& word = asked.words.at(0);
  Steps steps(fleet);
  Changes changes;
  for (const auto& row : Pairs(fleet, MomentOf(word, asked.now)).rows) {
    const std::string host = Text(row[0]);
    if (std::holds_alternative<std::monostate>(row[1])) {
      changes[{"host", "no document", "first document"}].push_back(host);
      continue;
    }
    if (row[3] != row[4]) changes[{"kernel", Text(row[3]), Text(row[4])}].push_back(host);
    for (const Change& change : steps.OfFeatures(Integer(row[1]), Integer(row[2]))) {
      changes[change].push_back(host);
    }
    for (const Change& change : steps.OfVerdicts(row[5], row[6])) changes[change].push_back(host);
  }
  Answer answer{.question = "since",
                .title = fmt::format("What has changed since {}", word),
                .columns = {"what", "from", "to"},
                .rows = {}};
  for (auto& [change, hosts] : changes) {
    const auto& [what, from, to] = change;
    answer.rows.push_back({{what, from, to}, std::move(hosts)});
  }
  return answer;
}

const Registered<Question> kSince{{
    .name = "since",
    .words = "WHEN",
    .summary = "What has changed on which hosts since 7d, 36h, 2w or a day: 2026-01-31",
    .ask = Since,
}};

}  // namespace

}  // namespace pidproof::reports::fleet::questions::since
