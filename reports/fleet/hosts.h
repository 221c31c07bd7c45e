// The hosts of a fleet as their last whole documents show them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "reports/document/document.h"
#include "reports/fleet/database.h"

namespace pidproof::reports::fleet {

struct Profile {
  std::vector<Feature> features;
  std::vector<std::string> hosts;                 // sorted
  std::map<std::string, std::uint64_t> releases;  // of the kernel, with how many hosts have it
};

// By key. Only those that a host has now.
using Profiles = std::map<std::int64_t, Profile>;

// Of the hosts that a condition on a run `r` and its environment `e` holds for.
Profiles ReadProfiles(Database& fleet, const std::string& condition = "1 = 1",
                      const std::vector<Value>& parameters = {});

// The features of one profile, in the order of their names.
std::vector<Feature> ReadFeatures(Database& fleet, std::int64_t profile);

// "filtered (EPERM)".
std::string FeatureAnswer(const Feature& feature);

// What differs, as "pidfd_open: present -> filtered (EPERM)".
struct FeatureChange {
  std::string feature;
  std::string before;  // "not probed" where it is not there
  std::string after;
};
std::vector<FeatureChange> Differences(const std::vector<Feature>& before,
                                       const std::vector<Feature>& after);

// "6.1.0-43 to 6.12.43", or one, or "3 releases".
std::string ReleasesText(const std::map<std::string, std::uint64_t>& releases);

}  // namespace pidproof::reports::fleet
