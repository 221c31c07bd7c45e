#include "runner/restricted.h"

#include <errno.h>
#include <fmt/format.h>

#include <algorithm>

#include "probes/system/errno_name.h"
#include "reports/document/cell.h"

namespace pidproof::runner {

namespace {

// What is answered only where something is used up, whatever set the limit (errno(3)).
bool IsErrorOfLimit(int error) {
  return error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOSPC ||
         error == EDQUOT;
}

bool IsAllowed(const scenarios::Scenario& scenario, scenarios::Path path, std::string_view word) {
  const scenarios::Claim* claim = scenario.FindClaim(path, word);
  return claim != nullptr && claim->expect != scenarios::kNever;
}

// What went wrong in a cell, as errnos and signals.
struct Wrong {
  std::vector<int> errors;   // with which setting up was refused, or the question answered
  std::vector<int> signals;  // of which the trial died
  bool unknown = false;      // setting up failed, and no errno is known
};

Wrong WhatWentWrong(const scenarios::Scenario& scenario, scenarios::Path path,
                    const CellRun& cell) {
  Wrong wrong;
  const Ended& ended = cell.ended;
  const bool refused = ended.how == Ended::kBroken || ended.how == Ended::kNotStarted;
  if (refused && ended.number != 0) wrong.errors.push_back(ended.number);
  wrong.unknown = refused && ended.number == 0;
  if (ended.how == Ended::kSignalled) wrong.signals.push_back(ended.number);
  for (const auto& [word, count] : cell.tally.outcomes) {
    const int error = ErrnoOf(word);
    if (error != 0 && !IsAllowed(scenario, path, word)) wrong.errors.push_back(error);
  }
  return wrong;
}

bool Meet(const std::vector<int>& some, const std::vector<int>& others) {
  return std::ranges::find_first_of(some, others) != some.end();
}

bool MayCause(const refusal::Restriction& restriction, const Wrong& wrong) {
  return restriction.spoils_everything || wrong.unknown || Meet(restriction.errors, wrong.errors) ||
         Meet(restriction.signals, wrong.signals);
}

}  // namespace

bool IsBad(Verdict verdict) {
  return verdict == Verdict::kViolated || verdict == Verdict::kInconclusive ||
         verdict == Verdict::kHung || verdict == Verdict::kCrashed || verdict == Verdict::kBroken;
}

Judgment UnderRestrictions(Judgment judgment, const scenarios::Scenario& scenario,
                           scenarios::Path path, const CellRun& own, const CellRun& other,
                           const std::vector<refusal::Restriction>& restrictions) {
  if (!IsBad(judgment.verdict)) return judgment;
  const scenarios::Path other_path =
      path == scenarios::kPidfd ? scenarios::kLegacyPid : scenarios::kPidfd;
  std::vector<Wrong> wrongs{WhatWentWrong(scenario, path, own)};
  // Only a doubt can come of the control.
  if (judgment.verdict == Verdict::kInconclusive) {
    wrongs.push_back(WhatWentWrong(scenario, other_path, other));
  }
  std::vector<std::string> causes;
  for (const refusal::Restriction& restriction : restrictions) {
    const bool may = std::ranges::any_of(
        wrongs, [&](const Wrong& wrong) { return MayCause(restriction, wrong); });
    if (may) causes.push_back(restriction.name);
  }
  const bool used_up = judgment.verdict == Verdict::kBroken &&
                       std::ranges::any_of(wrongs.front().errors, IsErrorOfLimit);
  if (causes.empty() && used_up) causes.push_back("a limit of this machine");
  if (causes.empty()) return judgment;
  return {Verdict::kUnsupported,
          fmt::format("{} may be the cause: {}", fmt::join(causes, ", "), judgment.why),
          std::string(reports::kRestriction)};
}

}  // namespace pidproof::runner
