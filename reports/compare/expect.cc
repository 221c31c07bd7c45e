#include "reports/compare/expect.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "reports/document/gaps.h"
#include "reports/document/statistics.h"
#include "reports/document/strength.h"
#include "reports/document/vocabulary.h"

namespace pidproof::reports::compare {

namespace {

using IsAsked = std::function<bool(const Expectation&)>;

bool Matches(const std::string& glob, const std::string& name) {
  return fnmatch(glob.c_str(), name.c_str(), 0) == 0;
}

bool Names(const std::string& reason, const std::vector<std::string>& named) {
  return std::ranges::any_of(named, [&](const std::string& phrase) {
    return strcasestr(reason.c_str(), phrase.c_str()) != nullptr;
  });
}

// What one row of the document says.
struct DocumentRow {
  Expectation::Kind kind;
  const std::string& world;
  const std::string& name;
  std::string path;
  std::string word;
  std::string culprit;
  const std::string& reason;
  std::string since;  // of a feature: the first release that has it
};

// Whether one release came before another; true where either is not known.
bool IsOlder(const std::string& release, const std::string& since) {
  std::pair<unsigned, unsigned> own;
  std::pair<unsigned, unsigned> first;
  return std::sscanf(release.c_str(), "%u.%u", &own.first, &own.second) != 2 ||
         std::sscanf(since.c_str(), "%u.%u", &first.first, &first.second) != 2 || own < first;
}

// Whether the word is the expected one, or one of several that a slash separates; with the culprit
// where that is expected too.
bool Allows(const std::string& expected, const DocumentRow& said, const std::string& release) {
  const std::string words = fmt::format("/{}/", expected);
  const std::string_view by_release = IsOlder(release, said.since) ? "absent" : "present";
  return (words.find("/since/") != std::string::npos && said.word == by_release) ||
         words.find(fmt::format("/{}/", said.word)) != std::string::npos ||
         words.find(fmt::format("/{}:{}/", said.word, said.culprit)) != std::string::npos ||
         (IsOlder(release, said.since) &&
          words.find(fmt::format("/{}:older/", said.word)) != std::string::npos);
}

bool IsMissing(const Document& document, const Cell& cell) {
  // A property of the machine, which only the cell states.
  if (cell.missing == kProcessors || cell.missing == kPids) return true;
  if (cell.missing == kRestriction) return true;  // of one machine, and its name is in the reason
  if (cell.missing == kIsolation) return document.host.isolation.starts_with("none");
  const auto row = std::ranges::find_if(document.features, [&](const Feature& each) {
    return each.world == cell.world && each.feature == cell.missing;
  });
  // Where only some rows were asked for, features were tried for scenarios without a row.
  if (row == document.features.end()) return !document.run.only.empty();
  return row->availability != Availability::kPresent;
}

bool ClaimsNothing(const Document& document, const Cell& cell) {
  const auto scenario = std::ranges::find(document.scenarios, cell.scenario, &Scenario::name);
  return scenario != document.scenarios.end() &&
         std::ranges::none_of(scenario->claims,
                              [&](const Claim& claim) { return claim.path == cell.path; });
}

bool IsTorture(const Cell& cell) { return cell.opportunities.has_value(); }
bool IsUndecided(const Cell& cell) {
  return IsTorture(cell) && cell.verdict == Verdict::kInconclusive;
}

bool FewAreUndecided(const Document& document) {
  constexpr int kOneIn = 20;
  return std::ranges::count_if(document.cells, IsUndecided) * kOneIn <=
         std::ranges::count_if(document.cells, IsTorture);
}

// Whether the verdict is a consequence of other rows, or of how busy the machine was.
bool Follows(const Document& document, const Cell& cell) {
  if (IsUndecided(cell)) return FewAreUndecided(document);
  return cell.verdict == Verdict::kUnsupported &&
         (ClaimsNothing(document, cell) || (!cell.missing.empty() && IsMissing(document, cell)));
}

// Compares rows with the expectations, and remembers which expectations were used.
class Decider {
 public:
  Decider(const std::vector<Expectation>& expectations, const std::string& release)
      : expectations_(expectations), release_(release) {}

  void Decide(const DocumentRow& said) {
    Seen(said.kind, said.world).insert(said.name);
    const Expectation* last = Last(said.kind, said.world, said.name, said.path);
    const std::string row =
        said.path.empty() ? said.name : fmt::format("{} {}", said.name, said.path);
    if (last == nullptr) {
      mismatches_.push_back(fmt::format("unexpected: {} is {}, and nothing is expected of it ({})",
                                        row, said.word, said.reason));
      return;
    }
    used_.insert(last);
    if (Allows(last->word, said, release_)) return;
    const std::string by = said.culprit.empty() ? "" : ":" + said.culprit;
    mismatches_.push_back(fmt::format("surprise: {} is {}{} ({}); expected {}: {} ({})", row,
                                      said.word, by, said.reason, last->word, last->reason,
                                      last->place));
  }

  // A row without an expected bound may have any.
  void Bound(const Cell& row) {
    if (!StrengthOf(row)) return;
    const Expectation* last =
        Last(Expectation::kBound, row.world, row.scenario, std::string(WordOf(row.path)));
    if (last == nullptr) return;
    used_.insert(last);
    if (BoundAtZero95(*row.opportunities) < last->share) return;
    mismatches_.push_back(fmt::format(
        "too little evidence: {} {}: {}; expected a bound below {}: {} ({})", row.scenario,
        row.path, RateSentence(0, *row.opportunities), last->word, last->reason, last->place));
  }

  // Each line of trouble that the kernel reported needs an expectation.
  void DecideKernelLog(const Document& document) {
    if (!KernelComplained(document)) return;
    for (const KernelLogLine& line : *document.kernel_log) {
      const auto allowed = std::ranges::find_if(expectations_, [&](const Expectation& each) {
        return each.kind == Expectation::kKernelLog && Matches(each.name, line.text);
      });
      if (allowed == expectations_.end()) {
        mismatches_.push_back(fmt::format("kernel: {}: {}", line.kind, line.text));
      } else {
        used_.insert(&*allowed);
      }
    }
  }

  // A row that needs no line.
  void Skip(Expectation::Kind kind, const std::string& world, const std::string& name) {
    Seen(kind, world).insert(name);
  }

  // A document cut short would else be as expected, since it says nothing.
  void RequireWhole(const Document& document, const IsAsked& is_asked) {
    for (const std::string& gap : Gaps(document)) mismatches_.push_back("not whole: " + gap);
    if (expectations_.empty())
      mismatches_.push_back("missing: there is no line, so nothing is expected");
    std::set<std::pair<Expectation::Kind, std::string>> reported;
    for (const Expectation& expectation : expectations_) {
      if (expectation.kind == Expectation::kBound) continue;  // of verdicts, which are looked for
      if (expectation.kind == Expectation::kKernelLog) continue;
      // Stale: a document has verdicts.
      if (expectation.kind == Expectation::kKernelBug || expectation.kind == Expectation::kCost) {
        continue;
      }
      if (!is_asked(expectation)) continue;
      const bool glob = expectation.name.find_first_of("*?[") != std::string::npos;
      const std::set<std::string>& seen = Seen(expectation.kind, expectation.world);
      if (seen.empty() ? reported.insert({expectation.kind, expectation.world}).second
                       : !glob && seen.count(expectation.name) == 0) {
        mismatches_.push_back(
            fmt::format("missing: the document has no row of {} in the {} world ({})",
                        expectation.name, expectation.world, expectation.place));
      }
    }
  }

  std::vector<std::string> Finish(const IsAsked& is_asked) {
    for (const Expectation& expectation : expectations_) {
      if (expectation.included || used_.count(&expectation) != 0) continue;
      if (!is_asked(expectation)) continue;
      // A rule for all rows stands even where each follows from others.
      if (expectation.name == "*" && !Seen(expectation.kind, expectation.world).empty()) continue;
      mismatches_.push_back(fmt::format("stale: {} decides no row; remove it", expectation.place));
    }
    return std::move(mismatches_);
  }

 private:
  // The one that decides such a row.
  const Expectation* Last(Expectation::Kind kind, const std::string& world, const std::string& name,
                          const std::string& path) const {
    const Expectation* last = nullptr;
    for (const Expectation& expectation : expectations_) {
      if (expectation.kind == kind && expectation.world == world &&
          Matches(expectation.name, name) &&
          (kind == Expectation::kFeature || Matches(expectation.path, path))) {
        last = &expectation;
      }
    }
    return last;
  }

  // The names that the document has of that kind in that world.
  std::set<std::string>& Seen(Expectation::Kind kind, const std::string& world) {
    return seen_[{kind, world}];
  }

  const std::vector<Expectation>& expectations_;
  const std::string& release_;  // of the document's kernel
  std::set<const Expectation*> used_;
  std::map<std::pair<Expectation::Kind, std::string>, std::set<std::string>> seen_;
  std::vector<std::string> mismatches_;
};

}  // namespace

std::vector<std::string> Mismatches(const std::vector<Expectation>& expectations,
                                    const Document& document, const std::vector<std::string>& named,
                                    const IsAsked& is_asked) {
  if (Names(document.run.failure, named)) return {};
  std::set<std::string> worlds{std::string(kNative)};
  for (const Expectation& expectation : expectations) worlds.insert(expectation.world);
  Decider decider(expectations, document.host.release);
  decider.DecideKernelLog(document);
  for (const Feature& row : document.features) {
    if (worlds.count(row.world) == 0) continue;
    decider.Decide({Expectation::kFeature, row.world, row.feature, "",
                    std::string(WordOf(row.availability)), row.refused_by, row.evidence,
                    row.since});
  }
  for (const Cell& row : document.cells) {
    if (worlds.count(row.world) == 0) continue;
    if (Follows(document, row)) {
      decider.Skip(Expectation::kVerdict, row.world, row.scenario);
      continue;
    }
    decider.Decide({Expectation::kVerdict, row.world, row.scenario, std::string(WordOf(row.path)),
                    std::string(WordOf(row.verdict)), Names(row.why, named) ? "named" : "", row.why,
                    ""});
    decider.Bound(row);
  }
  decider.RequireWhole(document, is_asked);
  return decider.Finish(is_asked);
}

}  // namespace pidproof::reports::compare
