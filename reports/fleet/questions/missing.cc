// Where a feature is missing, and who refuses it.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <tuple>

#include "reports/fleet/hosts.h"
#include "reports/fleet/question.h"

namespace pidproof::reports::fleet::questions::missing {

namespace {

void RequireKnown(const Profiles& profiles, const std::string& name) {
  std::vector<std::string> alike;
  for (const auto& [key, profile] : profiles) {
    for (const Feature& feature : profile.features) {
      if (feature.feature == name) return;
      if (feature.feature.find(name) != std::string::npos) alike.push_back(feature.feature);
    }
  }
  std::ranges::sort(alike);
  alike.erase(std::unique(alike.begin(), alike.end()), alike.end());
  throw std::invalid_argument(fmt::format("missing {}: no host was asked for it; {}", name,
                                          alike.empty()
                                              ? "pidproof list prints the names"
                                              : fmt::format("{}", fmt::join(alike, ", "))));
}

Answer Missing(Database& fleet, const Asked& asked) {
  const std::string& name = asked.words.at(0);
  const Profiles profiles = ReadProfiles(fleet);
  RequireKnown(profiles, name);
  // Whether it is there, how it is missing, who refuses it and what helps.
  using Key = std::tuple<bool, std::string, std::string, std::string>;
  std::map<Key, std::vector<std::string>> hosts;
  for (const auto& [key, profile] : profiles) {
    const auto found = std::ranges::find(profile.features, name, &Feature::feature);
    Key how{false, "not probed", "", ""};
    if (found != profile.features.end()) {
      how = {found->availability == Availability::kPresent, FeatureAnswer(*found),
             found->refused_by, found->fix};
    }
    std::vector<std::string>& of = hosts[how];
    of.insert(of.end(), profile.hosts.begin(), profile.hosts.end());
  }
  Answer answer{.question = "missing",
                .title = fmt::format("Hosts by whether {} is there", name),
                .columns = {"answer", "refused by", "fix"},
                .rows = {}};
  for (auto& [how, of] : hosts) {
    const auto& [is_present, text, refused_by, fix] = how;
    answer.rows.push_back({{text, refused_by, fix}, std::move(of), !is_present});
  }
  return answer;
}

const Registered<Question> kMissing{{
    .name = "missing",
    .words = "FEATURE",
    .summary = "Where a feature is missing, who refuses it, and what would help",
    .ask = Missing,
}};

}  // namespace

}  // namespace pidproof::reports::fleet::questions::missing
