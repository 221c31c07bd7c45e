#include "runner/judge.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <optional>

#include "probes/system/errno_name.h"
#include "reports/document/cell.h"
#include "reports/document/claims.h"
#include "reports/document/statistics.h"
#include "reports/text/text_layout.h"

namespace pidproof::runner {

namespace {

using reports::text::Thousands;

std::uint64_t Count(const CellRun& cell, std::string_view word) {
  const auto at = cell.tally.outcomes.find(std::string(word));
  return at == cell.tally.outcomes.end() ? 0 : at->second;
}

// A torture loop's count, and what it is worth.
std::string Worth(const CellRun& cell, std::string_view word) {
  return fmt::format("{}: {}", word,
                     reports::RateSentence(Count(cell, word), cell.tally.opportunities));
}

std::string HowOften(const CellRun& cell, std::string_view word) {
  if (cell.tally.trials == 1) return std::string(word);
  return fmt::format("{} in {} of {} trials", word, Thousands(Count(cell, word)),
                     Thousands(cell.tally.trials));
}

// The reason and its source, and the era of the answer where it is not that of every release.
std::string Reason(const scenarios::Claim& claim) {
  const auto text = [](const scenarios::Era* era) { return era == nullptr ? "" : era->Text(); };
  const std::string era = reports::EraText(text(claim.since), text(claim.until));
  return fmt::format("{} [{}]{}{}", claim.reason, claim.source, era.empty() ? "" : "; ", era);
}

std::optional<Judgment> BadEnd(const CellRun& own) {
  switch (own.ended.how) {
    case Ended::kReturned:
      return std::nullopt;
    case Ended::kUnsupported:
      // What could be set up once is not missing.
      return Judgment{own.tally.trials == 0 ? Verdict::kUnsupported : Verdict::kBroken,
                      own.ended.text};
    case Ended::kStopped:
      if (own.tally.trials > 0) return std::nullopt;
      return Judgment{Verdict::kInconclusive, "the run was interrupted"};
    case Ended::kDeadline:
      return Judgment{Verdict::kHung,
                      fmt::format("did not end before its deadline, after {} trials",
                                  Thousands(own.tally.trials))};
    case Ended::kSignalled:
      if (own.ended.number == SIGSYS) {
        return Judgment{Verdict::kUnsupported,
                        "a filter refuses a call that every trial needs (SIGSYS)"};
      }
      return Judgment{Verdict::kCrashed,
                      fmt::format("the trial died of {}", SignalName(own.ended.number))};
    case Ended::kExited:
      return Judgment{
          Verdict::kCrashed,
          fmt::format("the trial exited with status {} and no outcome", own.ended.number)};
    case Ended::kNotStarted:
      return Judgment{Verdict::kBroken,
                      fmt::format("{}: {}", own.ended.text, ErrnoName(own.ended.number))};
    case Ended::kBroken:
      return Judgment{Verdict::kBroken, own.ended.text};
  }
  return std::nullopt;
}

// Not an answer to the question, but want of descriptors or memory.
bool IsOfLimit(std::string_view word) {
  return word == "emfile" || word == "enfile" || word == "enomem";
}

std::optional<Judgment> Limited(const scenarios::Scenario& scenario, scenarios::Path path,
                                const CellRun& own) {
  for (const auto& [word, count] : own.tally.outcomes) {
    if (!IsOfLimit(word) || scenario.FindClaim(path, word) != nullptr) continue;
    return Judgment{Verdict::kUnsupported,
                    fmt::format("{}: a limit of this machine (RLIMIT_NOFILE, memory) came first",
                                HowOften(own, word))};
  }
  return std::nullopt;
}

std::optional<Judgment> Violation(const scenarios::Scenario& scenario, scenarios::Path path,
                                  const CellRun& own, Release kernel) {
  for (const auto& [word, count] : own.tally.outcomes) {
    const scenarios::Claim* claim = scenario.FindClaim(path, word);
    if (claim == nullptr && IsOfLimit(word)) continue;
    if (claim == nullptr) {
      return Judgment{Verdict::kViolated,
                      fmt::format("{}: unexpected outcome", HowOften(own, word))};
    }
    if (claim->expect == scenarios::kNever) {
      return Judgment{Verdict::kViolated,
                      fmt::format("{}: {}", HowOften(own, word), Reason(*claim))};
    }
    if (claim->IsOverIn(kernel)) {
      return Judgment{Verdict::kViolated, fmt::format("{}: {}, and this is {}", HowOften(own, word),
                                                      Reason(*claim), kernel.Text())};
    }
  }
  return std::nullopt;
}

// A doubt for want of host PIDs comes of this machine.
Judgment InDoubt(const std::string& why, const CellRun& cell) {
  if (!cell.tally.exhausted) return {Verdict::kInconclusive, why};
  return {Verdict::kUnsupported, why + ", and the host PID budget was used up",
          std::string(reports::kPids)};
}

// The window never opened, in one trial or more.
Judgment NeverOpen(const CellRun& own) {
  const std::string trials = fmt::format("in {} trials", Thousands(own.tally.trials));
  if (own.processors == 1) {
    return {Verdict::kUnsupported,
            fmt::format("on one processor the acts were never under way at once {}", trials),
            std::string(reports::kProcessors)};
  }
  return InDoubt(fmt::format("the window never opened {}", trials), own);
}

// Silence over a few opportunities is not evidence.
std::optional<Judgment> TooFew(const scenarios::Scenario& scenario, const CellRun& own) {
  const std::uint64_t opportunities = own.tally.opportunities;
  if (!scenario.IsTorture() || opportunities >= scenarios::kFewestOpportunities) {
    return std::nullopt;
  }
  const std::string why =
      fmt::format("only {} opportunit{} in {} trials, and fewer than {} prove nothing",
                  opportunities, opportunities == 1 ? "y" : "ies", Thousands(own.tally.trials),
                  scenarios::kFewestOpportunities);
  const bool few_opened =
      own.tally.trials >= scenarios::kFewestOpportunities && !own.tally.exhausted;
  if (own.processors > 1 || !few_opened) return InDoubt(why, own);
  return Judgment{Verdict::kUnsupported, "on one processor there were " + why,
                  std::string(reports::kProcessors)};
}

// The harm did not come, and did not come on the path that is exposed to it either.
Judgment WithoutControl(std::string_view word, scenarios::Path control_path, const CellRun& other) {
  const std::string why = fmt::format("the control did not show the harm: no {} on the {} path",
                                      word, scenarios::Word(control_path));
  const bool reached = !other.lacks.empty() || other.tally.trials > 0 ||
                       (other.ended.how != Ended::kReturned && other.ended.how != Ended::kStopped);
  if (!reached) {
    return {Verdict::kInconclusive, fmt::format("its control, {} on the {} path, was not reached",
                                                word, scenarios::Word(control_path))};
  }
  const bool tried =
      other.lacks.empty() && (other.ended.how != Ended::kUnsupported || other.tally.trials > 0);
  if (tried) return InDoubt(why, other);
  return {Verdict::kUnsupported,
          fmt::format("{}: {}", why, other.lacks.empty() ? other.ended.text : other.lacks),
          other.missing};
}

std::optional<Judgment> Doubt(const scenarios::Scenario& scenario, scenarios::Path path,
                              const CellRun& own, const CellRun& other, Release kernel) {
  const scenarios::Path control_path =
      path == scenarios::kPidfd ? scenarios::kLegacyPid : scenarios::kPidfd;
  if (own.tally.trials == 0) return InDoubt("no trial was made", own);
  if (own.tally.opportunities == 0) return NeverOpen(own);
  for (const scenarios::Claim& claim : scenario.On(path).claims) {
    // Whether a release without a known change has it is not known: what ends with one is not due.
    const bool due =
        claim.expect == scenarios::kMust && claim.until == nullptr && claim.HasBegunIn(kernel);
    if (due && Count(own, claim.outcome) == 0) {
      return InDoubt(fmt::format("required outcome {} was not observed", claim.outcome), own);
    }
    if (claim.expect != scenarios::kNever) continue;
    const scenarios::Claim* control = scenario.FindClaim(control_path, claim.outcome);
    if (control != nullptr && control->expect == scenarios::kHazard &&
        Count(other, claim.outcome) == 0) {
      return WithoutControl(claim.outcome, control_path, other);
    }
  }
  return std::nullopt;
}

// Every hazard that was met.
std::optional<Judgment> Hazard(const scenarios::Scenario& scenario, scenarios::Path path,
                               const CellRun& own) {
  std::string met;
  for (const scenarios::Claim& claim : scenario.On(path).claims) {
    if (claim.expect != scenarios::kHazard || Count(own, claim.outcome) == 0) continue;
    const bool once = own.tally.trials == 1;
    met +=
        fmt::format("{}{}: {}", met.empty() ? "" : "; ",
                    once ? std::string(claim.outcome) : Worth(own, claim.outcome), Reason(claim));
  }
  if (met.empty()) return std::nullopt;
  return Judgment{Verdict::kHazardous, met};
}

Judgment Upheld(const scenarios::Scenario& scenario, scenarios::Path path, const CellRun& own) {
  const auto most =
      std::max_element(own.tally.outcomes.begin(), own.tally.outcomes.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  std::string why = fmt::format("{}: {}", HowOften(own, most->first),
                                Reason(*scenario.FindClaim(path, most->first)));
  if (!scenario.IsTorture()) return {Verdict::kUpheld, why};
  std::string absent;
  for (const scenarios::Claim& claim : scenario.On(path).claims) {
    if (claim.expect != scenarios::kNever) continue;
    absent += fmt::format("{}{}", absent.empty() ? "; " : ", ", claim.outcome);
  }
  if (!absent.empty()) {
    absent += ": " + reports::RateSentence(0, own.tally.opportunities);
  }
  return {Verdict::kUpheld, why + absent};
}

}  // namespace

std::uint64_t Hits(const scenarios::Scenario& scenario, scenarios::Path path,
                   const scenarios::Tally& tally) {
  std::uint64_t hits = 0;
  for (const auto& [word, count] : tally.outcomes) {
    const scenarios::Claim* claim = scenario.FindClaim(path, word);
    const bool harm = claim == nullptr || claim->IsHarm();
    hits += harm ? count : 0;
  }
  return hits;
}

Judgment Judge(const scenarios::Scenario& scenario, scenarios::Path path, const CellRun& own,
               const CellRun& other, Release kernel) {
  if (!own.lacks.empty()) return {Verdict::kUnsupported, own.lacks};
  const bool left = own.ended.how == Ended::kUnsupported || own.ended.how == Ended::kBroken;
  // After a kernel bug what was set up may not stand any more: the bug comes first.
  const auto violated = Violation(scenario, path, own, kernel);
  if (violated && left) return *violated;
  if (const auto judged = BadEnd(own)) return *judged;
  if (violated) return *violated;
  if (const auto judged = Limited(scenario, path, own)) return *judged;
  // Asked once, a path that shows its hazard cannot give the answer that is due as well.
  const bool once = !scenario.IsTorture() && own.tally.trials == 1;
  if (const auto judged = once ? Hazard(scenario, path, own) : std::nullopt) return *judged;
  if (const auto judged = Doubt(scenario, path, own, other, kernel)) return *judged;
  if (const auto judged = Hazard(scenario, path, own)) return *judged;
  if (const auto judged = TooFew(scenario, own)) return *judged;
  return Upheld(scenario, path, own);
}

}  // namespace pidproof::runner
