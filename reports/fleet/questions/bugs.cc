// Which known kernel bugs were met.
#include <fmt/format.h>

#include <map>
#include <set>

#include "reports/fleet/question.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::fleet::questions::bugs {

namespace {

struct Met {
  std::string fixed_in;
  std::set<std::string> releases;
  std::set<std::string> hosts;
  std::uint64_t hits = 0;
};

Answer Bugs(Database& fleet, const Asked&) {
  std::map<std::string, Met> bugs;
  for (const auto& row :
       fleet
           .Query("SELECT bug_met.bug, bug_met.fixed_in, environment.release, latest.host, "
                  "sum(bug_met.hits) FROM bug_met JOIN latest ON latest.id = bug_met.run JOIN "
                  "environment ON environment.id = latest.environment GROUP BY bug_met.bug, "
                  "bug_met.fixed_in, environment.release, latest.host")
           .rows) {
    Met& met = bugs[Text(row[0])];
    met.fixed_in = Text(row[1]);
    met.releases.insert(Text(row[2]));
    met.hosts.insert(Text(row[3]));
    met.hits += static_cast<std::uint64_t>(Integer(row[4]));
  }
  Answer answer{.question = "bugs",
                .title = "Kernel bugs that the last run of each host met",
                .columns = {"bug", "kernel", "seen", "fixed in"},
                .rows = {}};
  for (const auto& [bug, met] : bugs) {
    answer.rows.push_back(
        {{bug,
          met.releases.size() == 1 ? *met.releases.begin()
                                   : fmt::format("{} releases", met.releases.size()),
          fmt::format("{} times", text::Thousands(met.hits)),
          met.fixed_in.empty() ? "no release yet" : met.fixed_in},
         {met.hosts.begin(), met.hosts.end()}});
  }
  std::ranges::stable_sort(answer.rows, [](const AnswerRow& one, const AnswerRow& other) {
    return one.hosts.size() > other.hosts.size();
  });
  return answer;
}

const Registered<Question> kBugs{{
    .name = "bugs",
    .words = "",
    .summary = "Which known kernel bugs were met, on how many hosts, and what fixed them",
    .ask = Bugs,
}};

}  // namespace

}  // namespace pidproof::reports::fleet::questions::bugs
