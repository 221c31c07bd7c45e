#include "scenarios/scenario.h"

#include <algorithm>
#include <deque>

#include "scenarios/torture.h"

namespace pidproof::scenarios {

namespace {

Side WithShared(const std::vector<Claim>& shared, Side side) {
  if (side.not_possible.empty()) {
    side.claims.insert(side.claims.begin(), shared.begin(), shared.end());
  }
  return side;
}

template <typename Kind>
Scenario ScenarioOf(const Kind& row) {
  return {.name = row.name,
          .question = row.question,
          .without_pid_namespace = row.without_pid_namespace,
          .pidfd = WithShared(row.claims, row.pidfd),
          .legacy = WithShared(row.claims, row.legacy),
          .no_control = row.no_control,
          .defined_at = row.defined_at};
}

struct Catalogue {
  std::deque<Scenario> scenarios;
  std::vector<const Scenario*> by_name;
};

Catalogue MakeCatalogue() {
  Catalogue catalogue;
  for (const Conformance* row : Registered<Conformance>::All()) {
    catalogue.scenarios.push_back(ScenarioOf(*row));
    catalogue.scenarios.back().ask = row->ask;
  }
  for (const Torture* row : Registered<Torture>::All()) {
    catalogue.scenarios.push_back(ScenarioOf(*row));
    catalogue.scenarios.back().torture = row;
  }
  for (const Scenario& scenario : catalogue.scenarios) catalogue.by_name.push_back(&scenario);
  std::ranges::sort(catalogue.by_name, {}, &Scenario::name);
  return catalogue;
}

}  // namespace

bool Scenario::IsOnRequest() const { return torture != nullptr && !torture->on_request.empty(); }

const Claim* Scenario::FindClaim(Path path, std::string_view outcome) const {
  const std::vector<Claim>& claims = On(path).claims;
  const auto at = std::ranges::find(claims, outcome, &Claim::outcome);
  return at == claims.end() ? nullptr : &*at;
}

const std::vector<const Scenario*>& AllScenarios() {
  static const Catalogue catalogue = MakeCatalogue();
  return catalogue.by_name;
}

const Scenario* FindScenario(std::string_view name) {
  const std::vector<const Scenario*>& all = AllScenarios();
  const auto at = std::ranges::lower_bound(all, name, {}, &Scenario::name);
  return at != all.end() && (*at)->name == name ? *at : nullptr;
}

}  // namespace pidproof::scenarios
