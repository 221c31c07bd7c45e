// What a fleet of generated hosts must come to: checks of the fingerprint and of merging.
#include "runner/benchmarks/generated_fleet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "reports/document/fingerprint.h"
#include "runner/program_testing.h"

namespace pidproof::runner::benchmarks::generated_fleet_test {
namespace {

constexpr std::uint64_t kSeed = 7;
constexpr std::size_t kHosts = 1'000;

// Hosts that decide alike have one fingerprint, whatever else differs; others have another.
TEST(GeneratedFleet, HasAFingerprintForEachProfile) {
  std::map<std::size_t, std::set<std::string>> by_profile;
  std::set<std::string> all;
  for (std::size_t host = 0; host < kHosts; ++host) {
    const std::string fingerprint = GeneratedHost(host, kSeed, Extent::kProbe).host.fingerprint;
    by_profile[ProfileOf(host, kSeed)].insert(fingerprint);
    all.insert(fingerprint);
  }
  EXPECT_GT(by_profile.size(), 55U) << "nearly all of " << kProfiles;
  for (const auto& [profile, fingerprints] : by_profile) {
    EXPECT_EQ(fingerprints.size(), 1U) << "profile " << profile;
  }
  EXPECT_EQ(all.size(), by_profile.size());
}

TEST(GeneratedFleet, VariesWhatDecidesNothing) {
  std::set<std::string> names;
  std::set<std::string> times;
  std::set<std::uint64_t> pid_limits;
  std::set<std::uint64_t> filters;
  std::set<std::string> evidence;
  for (std::size_t host = 0; host < kHosts; ++host) {
    const reports::Document document = GeneratedHost(host, kSeed, Extent::kProbe);
    names.insert(document.host.hostname);
    times.insert(document.run.started);
    pid_limits.insert(document.host.pid_max.value());
    filters.insert(document.host.seccomp_filters.value());
    evidence.insert(document.features.front().evidence);
  }
  EXPECT_EQ(names.size(), kHosts);
  EXPECT_GT(times.size(), kHosts * 9 / 10);
  EXPECT_EQ(pid_limits.size(), 4U);
  EXPECT_EQ(filters.size(), 5U);
  EXPECT_GT(evidence.size(), kHosts / 2);
}

TEST(GeneratedFleet, IsMergedIntoItsProfilesInAnyOrder) {
  const TempDir folder;
  std::set<std::size_t> profiles;
  constexpr std::size_t kMerged = 300;
  for (std::size_t host = 0; host < kMerged; ++host) {
    const std::string half = folder.File(host % 2 == 0 ? "even" : "odd");
    std::filesystem::create_directory(half);
    std::ofstream(fmt::format("{}/{}.json", half, host)) << reports::ToJson(
        GeneratedHost(host, kSeed, host % 50 == 0 ? Extent::kRun : Extent::kProbe));
    profiles.insert(ProfileOf(host, kSeed));
  }
  const auto ask = [&](const std::string& fleet, const std::string& query) {
    return RunProgram(fmt::format("fleet {} sql '{}' --to csv", folder.File(fleet), query)).out;
  };
  const auto merged = [&](const std::string& fleet, const std::vector<std::string>& merges) {
    for (const std::string& paths : merges) {
      const std::string arguments =
          fmt::format("merge -o {} {} 2> {}", folder.File(fleet), paths, folder.File("said"));
      EXPECT_EQ(RunProgram(arguments).status, 0) << arguments;
    }
    return ask(fleet,
               "select host, started, fingerprint, profile, verdict_set from run order by host");
  };
  const std::string even = folder.File("even");
  const std::string odd = folder.File("odd");
  const std::string once = merged("once.db", {even + " " + odd});
  EXPECT_EQ(std::ranges::count(once, '\n'), static_cast<long>(kMerged + 1));
  EXPECT_EQ(merged("halves.db", {odd, even, odd}), once);
  const std::string counted =
      ask("once.db", "select count(distinct profile), count(distinct fingerprint) from run");
  EXPECT_NE(counted.find(fmt::format(",\"{}\",", profiles.size())), std::string::npos) << counted;
}

}  // namespace
}  // namespace pidproof::runner::benchmarks::generated_fleet_test
