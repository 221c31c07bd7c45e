#include "runner/judge.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <optional>

#include "probes/system/errno_name.h"
#include "reports/document/cell.h"
#include "reports/document/statistics.h"
#include "reports/text/text_layout.h"

namespace pidproof {

namespace {

using reports::Thousands;

std::uint64_t Heard(const CellRun& column, std::string_view word) {
  const auto at = column.tally.outcomes.find(std::string(word));
  return at == column.tally.outcomes.end() ? 0 : at->second;
}

// A torture loop's count, and what it is worth.
std::string Worth(const CellRun& column, std::string_view word) {
  return fmt::format("{}: {}", word,
                     reports::RateSentence(Heard(column, word), column.tally.opportunities));
}

std::string HowOften(const CellRun& column, std::string_view word) {
  if (column.tally.trials == 1) return std::string(word);
  return fmt::format("{} in {} of {} trials", word, Thousands(Heard(column, word)),
                     Thousands(column.tally.trials));
}

// The reason and its source, and the era of the answer where it is not that of every release.
std::string Reason(const Claim& claim) {
  std::string reason = fmt::format("{} [{}]", claim.reason, claim.source);
  if (claim.since != nullptr) reason += fmt::format("; so since {}", claim.since->Text());
  if (claim.until != nullptr) reason += fmt::format("; so before {}", claim.until->Text());
  return reason;
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
      return Judgment{Verdict::kHung, fmt::format("no end before the deadline, after {} trials",
                                                  Thousands(own.tally.trials))};
    case Ended::kSignalled:
      if (own.ended.number == SIGSYS) {
        return Judgment{Verdict::kUnsupported,
                        "a filter refuses a call that the stage needs (SIGSYS)"};
      }
      return Judgment{Verdict::kCrashed,
                      fmt::format("the trial died of {}", SignalName(own.ended.number))};
    case Ended::kExited:
      return Judgment{Verdict::kCrashed,
                      fmt::format("the trial left with status {} and no word", own.ended.number)};
    case Ended::kNotStarted:
      return Judgment{Verdict::kBroken,
                      fmt::format("{}: {}", own.ended.text, ErrnoName(own.ended.number))};
    case Ended::kBroken:
      return Judgment{Verdict::kBroken, own.ended.text};
  }
  return std::nullopt;
}

// What no answer to the question is, but want of descriptors or memory.
bool IsOfLimit(std::string_view word) {
  return word == "emfile" || word == "enfile" || word == "enomem";
}

std::optional<Judgment> Limited(const Scenario& scenario, Path path, const CellRun& own) {
  for (const auto& [word, count] : own.tally.outcomes) {
    if (!IsOfLimit(word) || scenario.FindClaim(path, word) != nullptr) continue;
    return Judgment{Verdict::kUnsupported,
                    fmt::format("{}: a limit of this machine (RLIMIT_NOFILE, memory) came first",
                                HowOften(own, word))};
  }
  return std::nullopt;
}

std::optional<Judgment> Violation(const Scenario& scenario, Path path, const CellRun& own,
                                  Release kernel) {
  for (const auto& [word, count] : own.tally.outcomes) {
    const Claim* claim = scenario.FindClaim(path, word);
    if (claim == nullptr && IsOfLimit(word)) continue;
    if (claim == nullptr) {
      return Judgment{Verdict::kViolated,
                      fmt::format("{}: unexpected outcome", HowOften(own, word))};
    }
    if (claim->expect == kNever) {
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

// A doubt for want of numbers is one that the machine could have spared us.
Judgment InDoubt(const std::string& why, const CellRun& column) {
  if (!column.tally.exhausted) return {Verdict::kInconclusive, why};
  return {Verdict::kUnsupported, why + ", and the numbers outside did not last",
          std::string(reports::kNumbers)};
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

// Silence that says next to nothing is no evidence.
std::optional<Judgment> TooFew(const Scenario& scenario, const CellRun& own) {
  const std::uint64_t opportunities = own.tally.opportunities;
  if (!scenario.IsTorture() || opportunities >= kFewestOpportunities) {
    return std::nullopt;
  }
  const std::string why = fmt::format(
      "only {} opportunit{} in {} trials, and fewer than {} say nothing", opportunities,
      opportunities == 1 ? "y" : "ies", Thousands(own.tally.trials), kFewestOpportunities);
  const bool few_opened = own.tally.trials >= kFewestOpportunities && !own.tally.exhausted;
  if (own.processors > 1 || !few_opened) return InDoubt(why, own);
  return Judgment{Verdict::kUnsupported, "on one processor there were " + why,
                  std::string(reports::kProcessors)};
}

// What must not come did not, and nor did it on the path that is exposed to it.
Judgment WithoutControl(std::string_view word, Path control_path, const CellRun& other) {
  const std::string why = fmt::format("the control never fired: no {} on the {} path", word,
                                      pidproof::Word(control_path));
  const bool reached = !other.lacks.empty() || other.tally.trials > 0 ||
                       (other.ended.how != Ended::kReturned && other.ended.how != Ended::kStopped);
  if (!reached) {
    return {Verdict::kInconclusive, fmt::format("its control, {} on the {} path, was not reached",
                                                word, pidproof::Word(control_path))};
  }
  const bool tried =
      other.lacks.empty() && (other.ended.how != Ended::kUnsupported || other.tally.trials > 0);
  if (tried) return InDoubt(why, other);
  return {Verdict::kUnsupported,
          fmt::format("{}: {}", why, other.lacks.empty() ? other.ended.text : other.lacks),
          other.missing};
}

std::optional<Judgment> Doubt(const Scenario& scenario, Path path, const CellRun& own,
                              const CellRun& other, Release kernel) {
  const Path control_path = path == kPidfd ? kLegacyPid : kPidfd;
  if (own.tally.trials == 0) return InDoubt("no trial was made", own);
  if (own.tally.opportunities == 0) return NeverOpen(own);
  for (const Claim& claim : scenario.On(path).claims) {
    // Whether a release without a known change has it is not known: what ends with one is not due.
    const bool due = claim.expect == kMust && claim.until == nullptr && claim.HasBegunIn(kernel);
    if (due && Heard(own, claim.outcome) == 0) {
      return InDoubt(fmt::format("required outcome {} was not observed", claim.outcome), own);
    }
    if (claim.expect != kNever) continue;
    const Claim* control = scenario.FindClaim(control_path, claim.outcome);
    if (control != nullptr && control->expect == kHazard && Heard(other, claim.outcome) == 0) {
      return WithoutControl(claim.outcome, control_path, other);
    }
  }
  return std::nullopt;
}

// Every hazard that was met.
std::optional<Judgment> Hazard(const Scenario& scenario, Path path, const CellRun& own) {
  std::string met;
  for (const Claim& claim : scenario.On(path).claims) {
    if (claim.expect != kHazard || Heard(own, claim.outcome) == 0) continue;
    const bool once = own.tally.trials == 1;
    met +=
        fmt::format("{}{}: {}", met.empty() ? "" : "; ",
                    once ? std::string(claim.outcome) : Worth(own, claim.outcome), Reason(claim));
  }
  if (met.empty()) return std::nullopt;
  return Judgment{Verdict::kHazardous, met};
}

Judgment Upheld(const Scenario& scenario, Path path, const CellRun& own) {
  const auto most =
      std::max_element(own.tally.outcomes.begin(), own.tally.outcomes.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  std::string why = fmt::format("{}: {}", HowOften(own, most->first),
                                Reason(*scenario.FindClaim(path, most->first)));
  if (!scenario.IsTorture()) return {Verdict::kUpheld, why};
  std::string unheard;
  for (const Claim& claim : scenario.On(path).claims) {
    if (claim.expect != kNever) continue;
    unheard += fmt::format("{}{}", unheard.empty() ? "; " : ", ", claim.outcome);
  }
  if (!unheard.empty()) {
    unheard += ": " + reports::RateSentence(0, own.tally.opportunities);
  }
  return {Verdict::kUpheld, why + unheard};
}

}  // namespace

std::uint64_t Hits(const Scenario& scenario, Path path, const Tally& tally) {
  std::uint64_t hits = 0;
  for (const auto& [word, count] : tally.outcomes) {
    const Claim* claim = scenario.FindClaim(path, word);
    const bool harm = claim == nullptr || claim->IsHarm();
    hits += harm ? count : 0;
  }
  return hits;
}

Judgment Judge(const Scenario& scenario, Path path, const CellRun& own, const CellRun& other,
               Release kernel) {
  if (!own.lacks.empty()) return {Verdict::kUnsupported, own.lacks};
  const bool left = own.ended.how == Ended::kUnsupported || own.ended.how == Ended::kBroken;
  // After a mistake of the kernel's the stage may not stand any more: the mistake comes first.
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

}  // namespace pidproof
