// What the trials of all hosts together say of a race.
#include <fmt/format.h>

#include <stdexcept>

#include "reports/document/statistics.h"
#include "reports/fleet/question.h"

namespace pidproof::reports::fleet::questions::races {

namespace {

Answer Races(Database& fleet, const Asked& asked) {
  const std::string part = asked.words.empty() ? "" : asked.words[0];
  Answer answer{.question = "races",
                .title = "Races, the trials of all hosts with one kernel together",
                .columns = {"race", "path", "window", "kernel", "runs", "harm"},
                .rows = {},
                .notes = {"Trials add up where question, claims and how the window is opened are "
                          "the same."}};
  for (const auto& row :
       fleet
           .Query("SELECT scenario.name, pool.path, pool.method, pool.release, pool.runs, "
                  "pool.opportunities, pool.hits FROM race_pool AS pool JOIN scenario ON "
                  "scenario.id = pool.scenario ORDER BY 1, 2, 4, 3, scenario.id")
           .rows) {
    const std::string name = Text(row[0]);
    if (name.find(part) == std::string::npos) continue;
    answer.rows.push_back({{name, Text(row[1]), Text(row[2]), Text(row[3]), Text(row[4]),
                            RateSentence(static_cast<std::uint64_t>(Integer(row[6])),
                                         static_cast<std::uint64_t>(Integer(row[5])))},
                           {},
                           Text(row[1]) == "pidfd" && Integer(row[6]) > 0});
  }
  if (answer.rows.empty() && !part.empty()) {
    throw std::invalid_argument(fmt::format("races {}: no host ran such a race", part));
  }
  return answer;
}

const Registered<Question> kRaces{{
    .name = "races",
    .words = "[PART]",
    .summary = "How rare harm is in races, by the trials of all hosts together",
    .ask = Races,
}};

}  // namespace

}  // namespace pidproof::reports::fleet::questions::races
