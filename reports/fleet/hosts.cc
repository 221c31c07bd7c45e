#include "reports/fleet/hosts.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace pidproof::reports::fleet {

namespace {

constexpr const char* kNotProbed = "not probed";

Availability AvailabilityOf(const std::string& word) {
  for (std::size_t i = 0; i < std::size(kAvailabilities); ++i) {
    if (kAvailabilities[i].word == word) return static_cast<Availability>(i);
  }
  return Availability::kUnclear;
}

}  // namespace

std::vector<Feature> ReadFeatures(Database& fleet, std::int64_t profile) {
  std::vector<Feature> features;
  for (const auto& row :
       fleet
           .Query("SELECT feature, since, availability, errno, refused_by, confidence, kernel_has, "
                  "libc, fix FROM profile_feature WHERE profile = $1 ORDER BY feature",
                  {profile})
           .rows) {
    features.push_back({.world = {},
                        .feature = Text(row[0]),
                        .since = Text(row[1]),
                        .availability = AvailabilityOf(Text(row[2])),
                        .errno_name = Text(row[3]),
                        .evidence = {},
                        .refused_by = Text(row[4]),
                        .confidence = Text(row[5]),
                        .kernel_has = Text(row[6]),
                        .fix = Text(row[8]),
                        .libc = Text(row[7])});
  }
  return features;
}

Profiles ReadProfiles(Database& fleet, const std::string& condition,
                      const std::vector<Value>& parameters) {
  Profiles profiles;
  for (const auto& row :
       fleet
           .Query(fmt::format("SELECT r.host, r.profile, e.release FROM latest AS r JOIN "
                              "environment AS e ON e.id = r.environment WHERE {} ORDER BY r.host",
                              condition),
                  parameters)
           .rows) {
    Profile& profile = profiles[Integer(row[1])];
    profile.hosts.push_back(Text(row[0]));
    ++profile.releases[Text(row[2])];
  }
  for (auto& [key, profile] : profiles) profile.features = ReadFeatures(fleet, key);
  return profiles;
}

std::string FeatureAnswer(const Feature& feature) {
  const std::string_view word = WordOf(feature.availability);
  return feature.errno_name.empty() ? std::string(word)
                                    : fmt::format("{} ({})", word, feature.errno_name);
}

std::vector<FeatureChange> Differences(const std::vector<Feature>& before,
                                       const std::vector<Feature>& after) {
  std::map<std::string, std::pair<std::string, std::string>> answers;
  for (const Feature& feature : before)
    answers[feature.feature] = {FeatureAnswer(feature), kNotProbed};
  for (const Feature& feature : after) {
    auto& [was, is] = answers.try_emplace(feature.feature, kNotProbed, "").first->second;
    is = FeatureAnswer(feature);
  }
  std::vector<FeatureChange> changes;
  for (const auto& [feature, both] : answers) {
    if (both.first != both.second) changes.push_back({feature, both.first, both.second});
  }
  return changes;
}

std::string ReleasesText(const std::map<std::string, std::uint64_t>& releases) {
  constexpr std::size_t kFew = 2;
  if (releases.size() > kFew) return fmt::format("{} releases", releases.size());
  std::string text;
  for (const auto& [release, hosts] : releases) text += (text.empty() ? "" : ", ") + release;
  return text;
}

}  // namespace pidproof::reports::fleet
