#include "reports/compare/diff_cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "reports/compare/race_shares.h"
#include "reports/compare/verdict_effect.h"
#include "reports/document/statistics.h"

namespace pidproof::reports::compare {

namespace {

bool IsRaceRow(const Cell& cell) { return cell.opportunities.has_value(); }

// A race whose window did not open, or whose required outcome did not come, has met a busy machine.
bool IsLeftOpen(const Cell& cell) {
  return cell.verdict == Verdict::kInconclusive || cell.missing == kPids ||
         cell.missing == kProcessors;
}

// One known kernel bug in a world, on either side.
struct BugSides {
  std::vector<const Cell*> before;
  std::vector<const Cell*> after;
  std::string fixed_in;
};

class CellsDiff {
 public:
  CellsDiff(const Document& before, const Index& index_before, const Document& after,
            const Index& index_after, Diff& diff)
      : index_before_(index_before), after_(after), index_after_(index_after), diff_(diff) {
    for (const Document* document : {&before, &after}) {
      for (const Scenario& scenario : document->scenarios) scenarios_[scenario.name] = &scenario;
    }
    for (const Cell& cell : before.cells) AddPair(cell);
    std::size_t tests = 0;
    for (const Pair& pair : pairs_) tests += pair.shares.size();
    level_ = ChanceLevel(tests);
  }

  void Run() {
    CompareBugs();
    for (const Pair& pair : pairs_) ComparePair(pair);
    Note();
  }

 private:
  struct Pair {
    const Cell* before;
    const Cell* after;
    const Scenario* scenario;
    std::vector<OutcomeShares> shares;  // of a race
    bool is_race = false;
  };

  void AddPair(const Cell& cell) {
    const Cell* now = index_after_.FindCell(cell.world, cell.scenario, cell.path);
    if (now == nullptr) {
      ++only_before_;
      return;
    }
    const auto scenario = scenarios_.find(cell.scenario);
    Pair pair{.before = &cell,
              .after = now,
              .scenario = scenario == scenarios_.end() ? nullptr : scenario->second,
              .shares = {}};
    pair.is_race = IsRaceRow(cell) || IsRaceRow(*now);
    // Another way to open the window is another race.
    if (pair.is_race && cell.opened_by == now->opened_by) {
      pair.shares = SharesOf(pair.scenario, cell, *now);
    } else if (pair.is_race && cell.trials > 0 && now->trials > 0) {
      other_way_.push_back(fmt::format("{} {}", cell.scenario, cell.path));
    }
    pairs_.push_back(std::move(pair));
  }

  void ComparePair(const Pair& pair) {
    const auto& [before, after, scenario, shares, is_race] = pair;
    if (!is_race) return CompareAnswers(pair);
    // What cannot be asked, or did not end, is no matter of chance. A forbidden outcome is none
    // that any number of trials may show.
    const bool left_open = IsLeftOpen(*before) || IsLeftOpen(*after);
    const bool ends_differ = IsWithoutEnd(before->verdict) != IsWithoutEnd(after->verdict);
    const bool asked_differ = !left_open && (before->verdict == Verdict::kUnsupported) !=
                                                (after->verdict == Verdict::kUnsupported);
    const bool is_violated =
        after->verdict == Verdict::kViolated && before->verdict != Verdict::kViolated;
    if (ends_differ || asked_differ || is_violated) return AddVerdict(pair, "");
    bool verdict_added = false;
    for (const OutcomeShares& each : shares) {
      if (each.chance >= level_) continue;
      const bool is_verdict = each.is_harm && before->verdict != after->verdict;
      if (is_verdict && !verdict_added) AddVerdict(pair, SharesSentence(each));
      verdict_added |= is_verdict;
      if (!is_verdict) AddShares(pair, each);
    }
    if (left_open && before->verdict != after->verdict) {
      undecided_.push_back(fmt::format("{} {}", before->scenario, before->path));
    }
  }

  // A question asked once, with nothing racing: its answer is the kernel's, unless the claims
  // allow several answers of one release.
  void CompareAnswers(const Pair& pair) {
    const auto& [before, after, scenario, shares, is_race] = pair;
    if (before->verdict != after->verdict) return AddVerdict(pair, "");
    const std::string then = AnswersOf(*before);
    const std::string now = AnswersOf(*after);
    if (then == now || (MayAnswer(pair, *before) && MayAnswer(pair, *after))) return;
    const bool harmed = HasHarm(pair, *after) && before->path == Path::kPidfd;
    const bool was_harmed = HasHarm(pair, *before) && before->path == Path::kPidfd;
    Difference difference = Of(pair, DifferenceKind::kOutcome, then, now);
    difference.effect = harmed ? Effect::kWorse : was_harmed ? Effect::kBetter : Effect::kNeutral;
    difference.harm = harmed || was_harmed ? Harm::kHarm : Harm::kNone;
    difference.evidence = fmt::format("now: {}; before: {}", after->why, before->why);
    diff_.differences.push_back(std::move(difference));
  }

  static std::string AnswersOf(const Cell& cell) {
    std::string answers;
    for (const auto& [outcome, count] : cell.outcomes) {
      answers += (answers.empty() ? "" : ", ") + outcome;
    }
    return answers;
  }

  static bool MayAnswer(const Pair& pair, const Cell& cell) {
    return std::ranges::all_of(cell.outcomes, [&](const auto& outcome) {
      const Claim* claim = ClaimOf(pair.scenario, cell.path, outcome.first);
      return claim != nullptr && IsAllowedAlways(*claim);
    });
  }

  static bool HasHarm(const Pair& pair, const Cell& cell) {
    return std::ranges::any_of(cell.outcomes, [&](const auto& outcome) {
      return IsHarm(ClaimOf(pair.scenario, cell.path, outcome.first));
    });
  }

  static Difference Of(const Pair& pair, DifferenceKind kind, std::string before,
                       std::string after) {
    return {.kind = kind,
            .world = pair.before->world,
            .name = pair.before->scenario,
            .path = std::string(WordOf(pair.before->path)),
            .before = std::move(before),
            .after = std::move(after),
            .evidence = {},
            .follows = {}};
  }

  void AddVerdict(const Pair& pair, const std::string& evidence) {
    const auto& [before, after, scenario, shares, is_race] = pair;
    Difference difference = Of(pair, DifferenceKind::kVerdict, std::string(WordOf(before->verdict)),
                               std::string(WordOf(after->verdict)));
    difference.effect = EffectOfVerdict(before->path, before->verdict, after->verdict);
    difference.harm = HarmOf(
        difference.effect == Effect::kBetter ? before->verdict : after->verdict, before->path);
    if (difference.effect == Effect::kNeutral) difference.harm = Harm::kNone;
    difference.evidence =
        !evidence.empty() ? evidence : fmt::format("now: {}; before: {}", after->why, before->why);
    difference.follows = CauseOf(*before, *after);
    diff_.differences.push_back(std::move(difference));
  }

  // The bug that is there on one side only, or the feature.
  std::string CauseOf(const Cell& before, const Cell& after) const {
    for (const Cell* cell : {&after, &before}) {
      for (const KernelBug& bug : cell->kernel_bugs) {
        if (bugs_.contains({cell->world, bug.name})) return bug.name;
      }
    }
    for (const std::string& missing : {before.missing, after.missing}) {
      const Feature* then = index_before_.FindFeature(before.world, missing);
      const Feature* now = index_after_.FindFeature(before.world, missing);
      if (then != nullptr && now != nullptr && then->availability != now->availability) {
        return missing;
      }
    }
    return "";
  }

  void AddShares(const Pair& pair, const OutcomeShares& shares) {
    const bool one_sided = shares.before.count == 0 || shares.after.count == 0;
    const auto words = [&](Share share) {
      return Percent(static_cast<double>(share.count) / static_cast<double>(share.of));
    };
    Difference difference = Of(pair, one_sided ? DifferenceKind::kOutcome : DifferenceKind::kRate,
                               words(shares.before), words(shares.after));
    const double then =
        static_cast<double>(shares.before.count) / static_cast<double>(shares.before.of);
    const double now =
        static_cast<double>(shares.after.count) / static_cast<double>(shares.after.of);
    if (shares.is_harm && pair.before->path == Path::kPidfd) {
      difference.effect = now > then ? Effect::kWorse : Effect::kBetter;
      difference.harm = Harm::kHarm;
    }
    difference.before = fmt::format("{} {}", shares.outcome, difference.before);
    difference.after = fmt::format("{} {}", shares.outcome, difference.after);
    difference.evidence = SharesSentence(shares);
    diff_.differences.push_back(std::move(difference));
  }

  void CompareBugs() {
    std::map<std::pair<std::string, std::string>, BugSides> bugs;  // by world and name
    const auto add = [&](const Cell* cell, std::vector<const Cell*> BugSides::*side) {
      for (const KernelBug& bug : cell->kernel_bugs) {
        BugSides& sides = bugs[{cell->world, bug.name}];
        if (!(sides.*side).empty() && (sides.*side).back() == cell) continue;
        (sides.*side).push_back(cell);
        sides.fixed_in = bug.fixed_in;
      }
    };
    for (const Pair& pair : pairs_) {
      add(pair.before, &BugSides::before);
      add(pair.after, &BugSides::after);
    }
    for (const auto& [key, sides] : bugs) {
      if (sides.before.empty() == sides.after.empty()) continue;
      CompareBug(key.first, key.second, sides);
    }
  }

  // A bug that one side alone has met.
  void CompareBug(const std::string& world, const std::string& name, const BugSides& sides) {
    const bool came = sides.before.empty();
    std::string proof;
    std::string doubt;
    for (const Cell* cell : came ? sides.after : sides.before) {
      const auto pair = std::ranges::find_if(
          pairs_, [&](const Pair& each) { return each.before == cell || each.after == cell; });
      for (const KernelBug& bug : cell->kernel_bugs) {
        if (bug.name != name) continue;
        const auto& [is_proved, sentence] = Judge(*pair, bug.outcome);
        std::string& text = is_proved ? proof : doubt;
        if (text.empty()) text = fmt::format("{} {}: {}", cell->scenario, cell->path, sentence);
      }
    }
    if (proof.empty()) {
      diff_.notes.push_back(fmt::format("kernel bug {} was met {} only, which proves nothing: {}",
                                        name, came ? "now" : "before", doubt));
      return;
    }
    bugs_.insert({world, name});
    diff_.differences.push_back(
        {.kind = DifferenceKind::kKernelBug,
         .effect = came ? Effect::kWorse : Effect::kBetter,
         .harm = Harm::kKernelBug,
         .world = world,
         .name = name,
         .path = {},
         .before = came ? "not met" : "met",
         .after = came ? "met" : "not met",
         .evidence = fmt::format("{}; {}", proof,
                                 sides.fixed_in.empty() ? "not fixed in any release yet"
                                                        : "fixed in " + sides.fixed_in),
         .follows = {}});
  }

  // Whether an outcome that one side alone has is that of another kernel, and why.
  std::pair<bool, std::string> Judge(const Pair& pair, const std::string& outcome) const {
    if (!pair.is_race) {
      return {true, fmt::format("before {}, now {}", AnswerOrVerdict(*pair.before),
                                AnswerOrVerdict(*pair.after))};
    }
    const auto shares = std::ranges::find(pair.shares, outcome, &OutcomeShares::outcome);
    if (shares != pair.shares.end()) return {shares->chance < level_, SharesSentence(*shares)};
    const bool asked_differ =
        (pair.before->verdict == Verdict::kUnsupported && !IsLeftOpen(*pair.before)) ||
        (pair.after->verdict == Verdict::kUnsupported && !IsLeftOpen(*pair.after));
    return {asked_differ, fmt::format("{}: before {}, now {}", outcome, pair.before->verdict,
                                      pair.after->verdict)};
  }

  static std::string AnswerOrVerdict(const Cell& cell) {
    return cell.outcomes.empty() ? std::string(WordOf(cell.verdict)) : AnswersOf(cell);
  }

  void Note() {
    const auto some = [](const std::vector<std::string>& rows) {
      constexpr std::size_t kFew = 3;
      const std::size_t shown = std::min(rows.size(), kFew);
      return fmt::format("{}{}",
                         fmt::join(rows.begin(), rows.begin() + static_cast<long>(shown), ", "),
                         rows.size() == shown ? "" : ", ...");
    };
    if (!undecided_.empty()) {
      diff_.notes.push_back(fmt::format(
          "not compared: {} race{} undecided on one side, as on a busy machine: {}",
          undecided_.size(), undecided_.size() == 1 ? " that is" : "s that are", some(undecided_)));
    }
    if (!other_way_.empty()) {
      diff_.notes.push_back(
          fmt::format("rates not compared of {} race{} whose window was opened in another way: {}",
                      other_way_.size(), other_way_.size() == 1 ? "" : "s", some(other_way_)));
    }
    const std::size_t only_after = after_.cells.size() - pairs_.size();
    diff_.rows_apart += only_before_ + only_after;
    if (only_before_ + only_after > 0) {
      diff_.notes.push_back(fmt::format("verdicts that only one document has: {} before, {} now",
                                        only_before_, only_after));
    }
  }

  const Index& index_before_;
  const Document& after_;
  const Index& index_after_;
  Diff& diff_;
  std::map<std::string, const Scenario*> scenarios_;  // the newer one's, where both have it
  std::vector<Pair> pairs_;
  double level_ = 0;
  std::set<std::pair<std::string, std::string>> bugs_;  // by world and name: those that differ
  std::size_t only_before_ = 0;
  std::vector<std::string> undecided_;
  std::vector<std::string> other_way_;
};

}  // namespace

void CompareCells(const Document& before, const Index& index_before, const Document& after,
                  const Index& index_after, Diff& diff) {
  CellsDiff(before, index_before, after, index_after, diff).Run();
}

}  // namespace pidproof::reports::compare
