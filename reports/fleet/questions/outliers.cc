// Which hosts are odd.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "reports/document/statistics.h"
#include "reports/fleet/hosts.h"
#include "reports/fleet/question.h"

namespace pidproof::reports::fleet::outliers {

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

struct Pool {
  std::string name;
  std::uint64_t opportunities = 0;
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> harmed;  // hits, opportunities
};

// How likely all hits fall to that host where all are alike.
double ByChance(std::uint64_t hits, std::uint64_t its, std::uint64_t all) {
  return std::pow(static_cast<double>(its) / static_cast<double>(std::max<std::uint64_t>(all, 1)),
                  static_cast<double>(hits));
}

// A race in which one host alone came to harm, and not by chance.
void AddRaces(Database& fleet, Answer& answer) {
  std::map<std::string, Pool> pools;
  for (const auto& row :
       fleet
           .Query("SELECT race.scenario, race.path, race.method, environment.release, "
                  "scenario.name, run.host, sum(race.opportunities), sum(race.hits) FROM race JOIN "
                  "run ON run.id = race.run JOIN environment ON environment.id = run.environment "
                  "JOIN scenario ON scenario.id = race.scenario GROUP BY race.scenario, race.path, "
                  "race.method, environment.release, scenario.name, run.host")
           .rows) {
    const std::string release = Text(row[3]);
    Pool& pool =
        pools[fmt::format("{}\n{}\n{}\n{}", release, Text(row[1]), Text(row[2]), Text(row[0]))];
    pool.name = fmt::format("{}\n{} {}", release, Text(row[4]), Text(row[1]));
    const auto opportunities = static_cast<std::uint64_t>(Integer(row[6]));
    const auto hits = static_cast<std::uint64_t>(Integer(row[7]));
    pool.opportunities += opportunities;
    if (hits > 0) pool.harmed[Text(row[5])] = {hits, opportunities};
  }
  constexpr double kUnlikely = 0.01;
  for (const auto& [key, pool] : pools) {
    if (pool.harmed.size() != 1) continue;
    const auto& [host, counts] = *pool.harmed.begin();
    const auto& [hits, its] = counts;
    if (ByChance(hits, its, pool.opportunities) >= kUnlikely) continue;
    const std::size_t line = pool.name.find('\n');
    answer.rows.push_back({{pool.name.substr(0, line), "1 host alone",
                            fmt::format("{}: {}; elsewhere 0 in {}", pool.name.substr(line + 1),
                                        RateSentence(hits, its), pool.opportunities - its)},
                           {host}});
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

}  // namespace pidproof::reports::fleet::outliers
