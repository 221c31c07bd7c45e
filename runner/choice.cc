#include "runner/choice.h"

#include <fnmatch.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>

#include "runner/run_cell.h"

namespace pidproof::runner {

bool MayMeet(const scenarios::Scenario& scenario, std::string_view bug) {
  const auto is_of_bug = [&](const scenarios::Claim& claim) {
    return !bug.empty() && claim.bug == bug;
  };
  return std::ranges::any_of(scenario.pidfd.claims, is_of_bug) ||
         std::ranges::any_of(scenario.legacy.claims, is_of_bug);
}

std::vector<const scenarios::Scenario*> ChosenScenarios(const Options& options) {
  if (options.probe_only) return {};
  std::vector<const scenarios::Scenario*> chosen;
  for (const scenarios::Scenario* scenario : scenarios::AllScenarios()) {
    const bool is_named = std::ranges::find(options.only, scenario->name) != options.only.end();
    const bool may_run = !scenario->IsOnRequest() || is_named;
    const bool left_out = options.conformance_only && scenario->IsTorture();
    const bool is_wanted = options.Wants(scenario->name) ||
                           std::ranges::any_of(options.only, [&](const std::string& bug) {
                             return MayMeet(*scenario, bug);
                           });
    if (may_run && !left_out && is_wanted) chosen.push_back(scenario);
  }
  return chosen;
}

std::vector<const Probe*> ChosenProbes(const Options& options,
                                       const std::vector<const scenarios::Scenario*>& chosen) {
  const std::vector<const Probe*> all = Registered<Probe>::All();
  if (options.only.empty()) return all;
  std::set<std::string_view> needed;
  for (const scenarios::Scenario* scenario : chosen) {
    needed.insert(kOwnPidMax);
    for (const scenarios::Path path : {scenarios::kPidfd, scenarios::kLegacyPid}) {
      for (const std::string_view need : NeedsOf(*scenario, path)) needed.insert(need);
    }
  }
  std::vector<const Probe*> some;
  std::ranges::copy_if(all, std::back_inserter(some), [&](const Probe* probe) {
    return options.Wants(probe->name) || needed.contains(probe->name);
  });
  return some;
}

namespace {

template <typename Row>
bool ChoosesAny(const std::vector<const Row*>& chosen, const std::vector<const Row*>& all,
                const std::string& glob) {
  const auto matches = [&](const Row* row) {
    return fnmatch(glob.c_str(), std::string(row->name).c_str(), 0) == 0;
  };
  return std::ranges::any_of(chosen, matches) || std::ranges::none_of(all, matches);
}

}  // namespace

bool ChoosesFeature(const Options& options, const std::string& glob) {
  std::vector<const Probe*> wanted = Registered<Probe>::All();
  std::erase_if(wanted, [&](const Probe* probe) { return !options.Wants(probe->name); });
  return ChoosesAny(wanted, Registered<Probe>::All(), glob);
}

bool ChoosesScenario(const Options& options, const std::string& glob) {
  return ChoosesAny(ChosenScenarios(options), scenarios::AllScenarios(), glob);
}

}  // namespace pidproof::runner
