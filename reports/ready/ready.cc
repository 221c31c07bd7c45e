#include "reports/ready/ready.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "reports/ready/consumer.h"

namespace pidproof::reports::ready {

Reaction Step::On(std::string_view answer) const {
  for (const Exception& exception : except) {
    if (std::ranges::find(exception.answers, answer) != exception.answers.end())
      return exception.reaction;
  }
  return answer == "SIGSYS" ? kDies : refused;
}

namespace {

constexpr std::string_view kNotProbed = "not probed";

// A feature that was not probed is as unclear as one that gave no answer.
class FeatureSet {
 public:
  explicit FeatureSet(const std::vector<Feature>& features) : features_(features) {}

  Feature Find(std::string_view name) const {
    const auto at = std::ranges::find(features_, name, &Feature::feature);
    if (at != features_.end()) return *at;
    return {"", std::string(name), std::string(kNotProbed), Availability::kUnclear, "", ""};
  }

  bool Has(std::string_view name) const {
    return Find(name).availability == Availability::kPresent;
  }

  bool Takes(const Step& step) const {
    const auto has = [this](std::string_view name) { return Has(name); };
    return std::ranges::all_of(step.with, has) && std::ranges::none_of(step.without, has);
  }

 private:
  const std::vector<Feature>& features_;
};

bool IsUnknown(const Feature& feature) { return feature.availability == Availability::kUnclear; }

bool ToleratesAll(const Step& step) {
  return step.refused == kTolerates && std::ranges::all_of(step.except, [](const Exception& one) {
           return one.reaction == kTolerates;
         });
}

std::string FixOf(const Feature& feature) {
  if (!IsUnknown(feature)) return feature.fix;
  return fmt::format("find out: pidproof probe --only {}", feature.feature);
}

void Decide(Readiness& row, Impact impact, const Feature& feature) {
  row.impact = impact;
  row.feature = feature.feature;
  row.availability = feature.since == kNotProbed ? kNotProbed : WordOf(feature.availability);
  row.errno_name = feature.errno_name;
  row.fix = FixOf(feature);
}

// Follows the consumer from call to call. The refusal that ends this decides, or else the first
// feature that it had to do without.
void Follow(const std::vector<Step>& steps, const FeatureSet& offer, Readiness& row) {
  for (const Step& step : steps) {
    const Feature feature = offer.Find(step.feature);
    if (!offer.Takes(step) || feature.availability == Availability::kPresent) continue;
    if (IsUnknown(feature) && (!step.decides_unknown || ToleratesAll(step))) continue;
    const Reaction reaction =
        IsUnknown(feature) ? Reaction{Impact::kUndecided} : step.On(feature.errno_name);
    if (reaction == kTolerates) continue;
    if (!reaction.goes_on || row.impact == Impact::kWorks) Decide(row, reaction.impact, feature);
    if (!reaction.goes_on) return;
  }
}

// What the consumer says itself, and which C library it needs.
std::string AlsoOf(const Consumer& consumer, const FeatureSet& offer) {
  const std::string libc = consumer.by_libc.empty() ? "" : offer.Find(consumer.by_libc).libc;
  if (libc.empty()) return std::string(consumer.also);
  return fmt::format("it must run with {} or later, for {}{}{}", libc, consumer.by_libc,
                     consumer.also.empty() ? "" : "; ", consumer.also);
}

Readiness AssessOne(const Consumer& consumer, const FeatureSet& offer) {
  Readiness row{.consumer = std::string(consumer.name),
                .title = std::string(consumer.title),
                .versions = std::string(consumer.versions),
                .impact = consumer.steps.empty() ? Impact::kNotApplicable : Impact::kWorks,
                .feature = "",
                .availability = "",
                .errno_name = "",
                .fix = "",
                .instead = std::string(consumer.instead),
                .also = AlsoOf(consumer, offer),
                .source = std::string(consumer.source)};
  Follow(consumer.steps, offer, row);
  return row;
}

bool Names(std::string_view word, std::string_view name) {
  if (Registered<Consumer>::Find(word) != nullptr) return name == word;
  return name.starts_with(word) && name.substr(word.size()).starts_with('-');
}

void CheckKnown(std::string_view word) {
  const bool known =
      std::ranges::any_of(Registered<Consumer>::All(),
                          [&](const Consumer* consumer) { return Names(word, consumer->name); });
  if (known) return;
  throw std::invalid_argument(
      fmt::format("'{}' is not a known consumer; 'pidproof ready' shows them all", word));
}

bool IsWanted(std::string_view name, const std::vector<std::string>& wanted) {
  return wanted.empty() ||
         std::ranges::any_of(wanted, [&](std::string_view word) { return Names(word, name); });
}

}  // namespace

std::vector<Readiness> Assess(const std::vector<Feature>& features_of_one_world,
                              const std::vector<std::string>& wanted) {
  for (const std::string& word : wanted) CheckKnown(word);
  const FeatureSet offer(features_of_one_world);
  std::vector<Readiness> rows;
  for (const Consumer* consumer : Registered<Consumer>::All()) {
    if (IsWanted(consumer->name, wanted)) rows.push_back(AssessOne(*consumer, offer));
  }
  return rows;
}

int ReadyStatus(const std::vector<Readiness>& rows) {
  bool undecided = false;
  for (const Readiness& row : rows) {
    if (row.impact == Impact::kWorks || row.impact == Impact::kNotApplicable) continue;
    if (row.impact != Impact::kUndecided) return 1;
    undecided = true;
  }
  return undecided ? 3 : 0;
}

std::vector<std::string_view> ConsumersOf(std::string_view feature) {
  std::vector<std::string_view> names;
  for (const Consumer* consumer : Registered<Consumer>::All()) {
    if (consumer->by_libc == feature ||
        std::ranges::find(consumer->steps, feature, &Step::feature) != consumer->steps.end()) {
      names.push_back(consumer->name);
    }
  }
  return names;
}

}  // namespace pidproof::reports::ready
