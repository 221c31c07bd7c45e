#include "reports/ready/ready.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "reports/ready/consumer.h"
#include "reports/ready/fix.h"

namespace pidproof::reports {

Reaction Step::On(std::string_view answer) const {
  for (const Exception& exception : except) {
    if (std::ranges::find(exception.answers, answer) != exception.answers.end())
      return exception.turn;
  }
  return answer == "SIGSYS" ? kDies : refused;
}

namespace {

constexpr std::string_view kNotProbed = "not probed";

// A feature that nobody probed is as unclear as one that gave no answer.
class FeatureSet {
 public:
  explicit FeatureSet(const std::vector<Feature>& features) : features_(features) {}

  Feature Find(std::string_view name) const {
    const auto at = std::ranges::find(features_, name, &Feature::feature);
    if (at != features_.end()) return *at;
    return {"", std::string(name), "", std::string(kNotProbed), "", ""};
  }

  bool Has(std::string_view name) const { return Find(name).availability == "present"; }

  bool Takes(const Step& step) const {
    const auto has = [this](std::string_view name) { return Has(name); };
    return std::ranges::all_of(step.with, has) && std::ranges::none_of(step.without, has);
  }

 private:
  const std::vector<Feature>& features_;
};

bool IsUnknown(const Feature& feature) {
  return feature.availability == "unclear" || feature.availability == kNotProbed;
}

bool ToleratesAll(const Step& step) {
  return step.refused == kTolerates && std::ranges::all_of(step.except, [](const Exception& one) {
           return one.turn == kTolerates;
         });
}

void Decide(Readiness& row, Impact fate, const Feature& feature) {
  row.verdict = WordOf(fate);
  row.feature = feature.feature;
  row.availability = feature.availability;
  row.errno_name = feature.errno_name;
  row.fix = Mend(feature);
}

// Follows the consumer from call to call. What ends the matter decides, or else the first thing it
// had to do without.
void Follow(const std::vector<Step>& steps, const FeatureSet& offer, Readiness& row) {
  for (const Step& step : steps) {
    const Feature feature = offer.Find(step.feature);
    if (!offer.Takes(step) || feature.availability == "present") continue;
    if (IsUnknown(feature) && (!step.decides_unknown || ToleratesAll(step))) continue;
    const Reaction turn =
        IsUnknown(feature) ? Reaction{Impact::kUndecided} : step.On(feature.errno_name);
    if (turn == kTolerates) continue;
    if (!turn.goes_on || row.verdict == WordOf(Impact::kWorks)) Decide(row, turn.fate, feature);
    if (!turn.goes_on) return;
  }
}

Readiness AssessOne(const Consumer& consumer, const FeatureSet& offer) {
  const Impact start = consumer.steps.empty() ? Impact::kNotApplicable : Impact::kWorks;
  Readiness row{.consumer = std::string(consumer.id),
                .title = std::string(consumer.title),
                .versions = std::string(consumer.versions),
                .verdict = std::string(WordOf(start)),
                .feature = "",
                .availability = "",
                .errno_name = "",
                .fix = "",
                .instead = std::string(consumer.instead),
                .also = std::string(consumer.also),
                .source = std::string(consumer.source)};
  Follow(consumer.steps, offer, row);
  return row;
}

bool IsId(std::string_view word) {
  return std::ranges::find(Consumers(), word, &Consumer::id) != Consumers().end();
}

bool Names(std::string_view word, std::string_view id) {
  if (IsId(word)) return id == word;
  return id.starts_with(word) && id.substr(word.size()).starts_with('-');
}

void CheckKnown(std::string_view word) {
  const bool known = std::ranges::any_of(
      Consumers(), [&](const Consumer& consumer) { return Names(word, consumer.id); });
  if (known) return;
  throw std::invalid_argument(
      fmt::format("'{}' is not a known consumer; 'pidproof ready' shows them all", word));
}

bool IsWanted(std::string_view id, const std::vector<std::string>& wanted) {
  return wanted.empty() ||
         std::ranges::any_of(wanted, [&](std::string_view word) { return Names(word, id); });
}

}  // namespace

std::vector<Readiness> Assess(const std::vector<Feature>& features_of_one_world,
                              const std::vector<std::string>& wanted) {
  for (const std::string& word : wanted) CheckKnown(word);
  const FeatureSet offer(features_of_one_world);
  std::vector<Readiness> rows;
  for (const Consumer& consumer : Consumers()) {
    if (IsWanted(consumer.id, wanted)) rows.push_back(AssessOne(consumer, offer));
  }
  return rows;
}

int ReadyStatus(const std::vector<Readiness>& rows) {
  bool undecided = false;
  for (const Readiness& row : rows) {
    if (row.verdict == WordOf(Impact::kWorks)) continue;
    if (row.verdict == WordOf(Impact::kNotApplicable)) continue;
    if (row.verdict != WordOf(Impact::kUndecided)) return 1;
    undecided = true;
  }
  return undecided ? 3 : 0;
}

std::vector<std::string_view> ConsumersOf(std::string_view feature) {
  std::vector<std::string_view> ids;
  for (const Consumer& consumer : Consumers()) {
    if (std::ranges::find(consumer.steps, feature, &Step::feature) != consumer.steps.end())
      ids.push_back(consumer.id);
  }
  return ids;
}

}  // namespace pidproof::reports
