// Which hosts are alike, of all or of those for which a condition holds.
#include <fmt/format.h>

#include <algorithm>

#include "reports/fleet/hosts.h"
#include "reports/fleet/question.h"
#include "reports/fleet/where.h"

namespace pidproof::reports::fleet::questions::columns {

namespace {

std::string DifferencesText(const std::vector<FeatureChange>& changes) {
  constexpr std::size_t kFew = 3;
  std::string text;
  for (std::size_t i = 0; i < std::min(changes.size(), kFew); ++i) {
    text += fmt::format("{}{} {}", i > 0 ? ", " : "", changes[i].feature, changes[i].after);
  }
  if (changes.size() > kFew) text += fmt::format(" and {} more", changes.size() - kFew);
  return text;
}

std::string CountOf(const Profile& profile, Availability availability) {
  return fmt::format("{}",
                     std::ranges::count(profile.features, availability, &Feature::availability));
}

std::vector<const Profile*> CommonestFirst(const Profiles& profiles) {
  std::vector<const Profile*> in_order;
  for (const auto& [key, profile] : profiles) in_order.push_back(&profile);
  std::ranges::stable_sort(in_order, [](const Profile* one, const Profile* other) {
    if (one->hosts.size() != other->hosts.size()) return one->hosts.size() > other->hosts.size();
    return one->hosts.front() < other->hosts.front();
  });
  return in_order;
}

Answer ByProfile(std::string question, std::string title, const Profiles& profiles) {
  const std::vector<const Profile*> in_order = CommonestFirst(profiles);
  Answer answer{.question = std::move(question),
                .title = std::move(title),
                .columns = {"kernel"},
                .rows = {}};
  for (const Word& word : kAvailabilities) answer.columns.emplace_back(word.word);
  answer.columns.emplace_back("differs from the first");
  for (const Profile* profile : in_order) {
    AnswerRow& row = answer.rows.emplace_back();
    row.hosts = profile->hosts;
    row.cells.push_back(ReleasesText(profile->releases));
    for (std::size_t i = 0; i < std::size(kAvailabilities); ++i) {
      row.cells.push_back(CountOf(*profile, static_cast<Availability>(i)));
    }
    row.cells.push_back(
        DifferencesText(Differences(in_order.front()->features, profile->features)));
  }
  return answer;
}

Answer Columns(Database& fleet, const Asked&) {
  return ByProfile("columns", "Hosts by what their features answered", ReadProfiles(fleet));
}

Answer WhereHolds(Database& fleet, const Asked& asked) {
  const std::string expression = fmt::format("{}", fmt::join(asked.words, " "));
  const Where where = ParseWhere(expression);
  RequireNames(fleet, where);
  Profiles profiles = ReadProfiles(fleet, where.sql, where.parameters);
  if (where.count) {
    std::erase_if(profiles,
                  [&](const auto& each) { return !where.count->Holds(each.second.hosts.size()); });
  }
  return ByProfile("where", "Hosts with " + expression, profiles);
}

const Registered<Question> kColumns{{
    .name = "columns",
    .words = "",
    .summary = "Which hosts are alike: a row for all whose features answered the same",
    .ask = Columns,
}};

const Registered<Question> kWhere{{
    .name = "where",
    .words = "EXPR...",
    .summary = "Hosts with feature:pidfd_open=filtered release>=6.12 ...",
    .ask = WhereHolds,
}};

}  // namespace

}  // namespace pidproof::reports::fleet::questions::columns
