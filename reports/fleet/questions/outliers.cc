// Which hosts are odd.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "reports/document/statistics.h"
#include "reports/fleet/hosts.h"
#include "reports/fleet/question.h"

namespace pidproof::reports::fleet::questions::outliers {

namespace {

// Fewer hosts than one in a hundred of their kernel's, or one alone among ten.
bool IsOdd(std::uint64_t hosts, std::uint64_t of) {
  constexpr std::uint64_t kOneIn = 100;
  constexpr std::uint64_t kFew = 10;
  return hosts < of && (hosts * kOneIn < of || (hosts == 1 && of >= kFew));
}

struct ByRelease {
  std::uint64_t hosts = 0;
  const Profile* commonest = nullptr;
  std::uint64_t most = 0;
};

std::map<std::string, ByRelease> Releases(const Profiles& profiles) {
  std::map<std::string, ByRelease> releases;
  for (const auto& [key, profile] : profiles) {
    for (const auto& [release, hosts] : profile.releases) {
      ByRelease& of = releases[release];
      of.hosts += hosts;
      if (hosts <= of.most) continue;
      of.most = hosts;
      of.commonest = &profile;
    }
  }
  return releases;
}

std::string WhatDiffers(const Profile& common, const Profile& odd) {
  constexpr std::size_t kFew = 3;
  const std::vector<FeatureChange> changes = Differences(common.features, odd.features);
  std::string text;
  for (std::size_t i = 0; i < std::min(changes.size(), kFew); ++i) {
    text += fmt::format("{}{}: {}, not {}", i > 0 ? "; " : "", changes[i].feature, changes[i].after,
                        changes[i].before);
  }
  if (changes.size() > kFew) text += fmt::format("; and {} more", changes.size() - kFew);
  return text;
}

// A profile with several releases is looked at by each.
void AddProfiles(Database& fleet, Answer& answer) {
  const Profiles profiles = ReadProfiles(fleet);
  const std::map<std::string, ByRelease> releases = Releases(profiles);
  for (const auto& [key, profile] : profiles) {
    for (const auto& [release, hosts] : profile.releases) {
      const ByRelease& of = releases.at(release);
      if (!IsOdd(hosts, of.hosts)) continue;
      AnswerRow& row = answer.rows.emplace_back();
      row.cells = {release, fmt::format("{} of {} hosts", hosts, of.hosts),
                   WhatDiffers(*of.commonest, profile)};
      for (const auto& host :
           fleet
               .Query("SELECT latest.host FROM latest JOIN environment ON environment.id = "
                      "latest.environment WHERE latest.profile = $1 AND environment.release = $2 "
                      "ORDER BY latest.host",
                      {key, release})
               .rows) {
        row.hosts.push_back(Text(host[0]));
      }
    }
  }
}

// How likely all hits fall to that host where all are alike.
double ByChance(std::uint64_t hits, std::uint64_t its, std::uint64_t all) {
  return std::pow(static_cast<double>(its) / static_cast<double>(std::max<std::uint64_t>(all, 1)),
                  static_cast<double>(hits));
}

std::uint64_t CountOf(const Value& value) { return static_cast<std::uint64_t>(Integer(value)); }

// The hosts that came to harm in the race of a pool: scenario, path, method and release.
ResultTable HarmedHosts(Database& fleet, const std::vector<Value>& pool) {
  return fleet.Query(
      "SELECT run.host, sum(race.hits), sum(race.opportunities) FROM race JOIN run ON run.id = "
      "race.run JOIN environment ON environment.id = run.environment WHERE race.scenario = $1 AND "
      "race.path = $2 AND race.method = $3 AND environment.release = $4 AND race.hits > 0 GROUP BY "
      "run.host",
      {pool[0], pool[1], pool[2], pool[3]});
}

// A race in which one host alone came to harm, and not by chance. Where most runs did, none is.
void AddRaces(Database& fleet, Answer& answer) {
  constexpr double kUnlikely = 0.01;
  for (const auto& pool :
       fleet
           .Query("SELECT pool.scenario, pool.path, pool.method, pool.release, scenario.name, "
                  "pool.opportunities FROM race_pool AS pool JOIN scenario ON scenario.id = "
                  "pool.scenario WHERE pool.runs_with_harm > 0 AND pool.runs_with_harm * 2 <= "
                  "pool.runs ORDER BY scenario.name, pool.path, pool.method")
           .rows) {
    const ResultTable harmed = HarmedHosts(fleet, pool);
    if (harmed.rows.size() != 1) continue;
    const std::uint64_t hits = CountOf(harmed.rows[0][1]);
    const std::uint64_t its = CountOf(harmed.rows[0][2]);
    const std::uint64_t all = CountOf(pool[5]);
    if (ByChance(hits, its, all) >= kUnlikely) continue;
    answer.rows.push_back({{Text(pool[3]), "1 host alone",
                            fmt::format("{} {}: {}; elsewhere 0 in {}", Text(pool[4]),
                                        Text(pool[1]), RateSentence(hits, its), all - its)},
                           {Text(harmed.rows[0][0])}});
  }
}

Answer Outliers(Database& fleet, const Asked&) {
  Answer answer{.question = "outliers",
                .title = "Hosts that differ from nearly all with their kernel",
                .columns = {"kernel", "how many", "what differs"},
                .rows = {}};
  AddProfiles(fleet, answer);
  AddRaces(fleet, answer);
  std::ranges::stable_sort(answer.rows, {}, [](const AnswerRow& row) { return row.cells[0]; });
  return answer;
}

const Registered<Question> kOutliers{{
    .name = "outliers",
    .words = "",
    .summary = "Which hosts answer as fewer than 1 % with their kernel do, or alone came to harm",
    .ask = Outliers,
}};

}  // namespace

}  // namespace pidproof::reports::fleet::questions::outliers
