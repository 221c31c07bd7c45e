// Facts of a host as JSON: an external fact of Facter, a local fact of Ansible, data for Ohai.
#include <nlohmann/json.hpp>

#include "reports/document/json_text.h"
#include "reports/formats/first_world.h"
#include "reports/formats/format.h"
#include "reports/ready/ready.h"

namespace pidproof::reports::formats::facts {

namespace {

std::string Facts(const std::vector<compare::NamedDocument>& documents, const Settings&) {
  const Document& document = documents[0].document;
  const std::vector<Feature> features = FirstWorldFeatures(document);
  Json by_feature = Json::object();
  Json missing = Json::array();
  for (const Feature& feature : features) {
    by_feature[feature.feature] = WordOf(feature.availability);
    if (feature.availability != Availability::kPresent) missing.push_back(feature.feature);
  }
  Json by_program = Json::object();
  if (!features.empty()) {
    for (const ready::Readiness& row : ready::Assess(features, {})) {
      by_program[row.consumer] = ready::WordOf(row.impact).word;
    }
  }
  Json facts = {{"version", document.tool},
                {"started", document.run.started},
                {"fingerprint", document.host.fingerprint},
                {"level", LevelOf(features)},
                {"ready", std::move(by_program)},
                {"features", std::move(by_feature)},
                {"missing", std::move(missing)}};
  if (!document.cells.empty()) {
    const VerdictCounts counts = CountVerdicts(document);
    facts["violated"] = counts.violated;
    facts["undecided"] = counts.undecided;
  }
  return JsonLine({{"pidproof", std::move(facts)}}) + "\n";
}

const Registered<Format> kFacts{{
    .name = "facts",
    .summary = "facts for Facter, Ansible and Ohai",
    .is_of_one_host = true,
    .render = Facts,
}};

}  // namespace

}  // namespace pidproof::reports::formats::facts
