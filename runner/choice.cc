#include "runner/choice.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>

#include "runner/run_cell.h"

namespace pidproof::runner {

std::vector<const scenarios::Scenario*> ChosenScenarios(const Options& options) {
  if (options.probe_only) return {};
  std::vector<const scenarios::Scenario*> chosen;
  for (const scenarios::Scenario* scenario : scenarios::AllScenarios()) {
    const bool is_named = std::ranges::find(options.only, scenario->name) != options.only.end();
    const bool may_run = !scenario->IsOnRequest() || is_named;
    const bool left_out = options.conformance_only && scenario->IsTorture();
    if (may_run && !left_out && options.Wants(scenario->name)) chosen.push_back(scenario);
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

}  // namespace pidproof::runner
