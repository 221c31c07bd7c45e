// Where consumers of pidfds fall back.
#include "reports/ready/ready.h"

#include <fmt/format.h>

#include <map>
#include <tuple>

#include "reports/fleet/hosts.h"
#include "reports/fleet/question.h"

namespace pidproof::reports::fleet::questions::ready_programs {

namespace {

using ready::Impact;

std::string Deciding(const ready::Readiness& row) {
  if (row.feature.empty()) return "";
  return row.errno_name.empty()
             ? fmt::format("{} {}", row.feature, row.availability)
             : fmt::format("{} {} ({})", row.feature, row.availability, row.errno_name);
}

// "go,systemd" and "go systemd" alike.
std::vector<std::string> Wanted(const std::vector<std::string>& words) {
  std::vector<std::string> wanted;
  for (const std::string& word : words) {
    std::size_t at = 0;
    while (at <= word.size()) {
      const std::size_t end = std::min(word.find(',', at), word.size());
      if (end > at) wanted.push_back(word.substr(at, end - at));
      at = end + 1;
    }
  }
  return wanted;
}

Answer Ready(Database& fleet, const Asked& asked) {
  const std::vector<std::string> wanted = Wanted(asked.words);
  using Key = std::tuple<std::string, Impact, std::string, std::string>;
  std::map<Key, std::vector<std::string>> hosts;
  for (const auto& [key, profile] : ReadProfiles(fleet)) {
    for (const ready::Readiness& row : ready::Assess(profile.features, wanted)) {
      std::vector<std::string>& of = hosts[{row.consumer, row.impact, Deciding(row), row.fix}];
      of.insert(of.end(), profile.hosts.begin(), profile.hosts.end());
    }
  }
  Answer answer{.question = "ready",
                .title = "What becomes of programs that use pidfds",
                .columns = {"program", "verdict", "decided by", "fix"},
                .rows = {}};
  for (auto& [key, of] : hosts) {
    const auto& [consumer, impact, deciding, fix] = key;
    const bool is_well = impact == Impact::kWorks || impact == Impact::kNotApplicable;
    answer.rows.push_back({{consumer, std::string(ready::WordOf(impact).word), deciding, fix},
                           std::move(of),
                           !is_well});
  }
  return answer;
}

const Registered<Question> kReady{{
    .name = "ready",
    .words = "[PROGRAM...]",
    .summary = "Where Go, systemd, Rust ... work natively, fall back or break, and what would help",
    .ask = Ready,
}};

}  // namespace

}  // namespace pidproof::reports::fleet::questions::ready_programs
