#include "reports/expect.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "reports/gaps.h"
#include "reports/statistics.h"
#include "reports/strength.h"

namespace pidproof::reports {

namespace {

constexpr int kDeepestInclude = 32;
constexpr std::string_view kNative = "native";

[[noreturn]] void Complain(const std::string& place, std::string_view what) {
  throw std::runtime_error(fmt::format("{}: {}", place, what));
}

std::string Trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

double ParseShare(const std::string& word, const std::string& place) {
  double share = 0;
  const auto parsed = std::from_chars(word.data(), word.data() + word.size(), share);
  if (parsed.ec != std::errc() || parsed.ptr != word.data() + word.size() || !(share > 0) ||
      !(share < 1)) {
    Complain(place,
             fmt::format("'{}' is no share; write one above 0 and below 1, such as 1e-2", word));
  }
  return share;
}

Expectation ParseLine(const std::string& line, const std::string& place) {
  const std::size_t bar = line.find('|');
  std::istringstream words(line.substr(0, bar));
  Expectation expectation;
  std::string kind;
  words >> kind >> expectation.name;
  if (kind != "feature" && kind != "verdict" && kind != "bound") {
    Complain(place,
             fmt::format("'{}' is neither feature, verdict, bound, world nor include", kind));
  }
  if (kind != "feature") {
    expectation.kind = kind == "bound" ? Expectation::kBound : Expectation::kVerdict;
    words >> expectation.path;
  }
  words >> expectation.word;
  std::string rest;
  if (!words || words >> rest) {
    Complain(place,
             "write 'feature NAME WORD | reason [source]', 'verdict NAME PATH WORD | reason "
             "[source]' or 'bound NAME PATH SHARE | reason [source]'");
  }
  if (expectation.kind == Expectation::kBound) {
    expectation.share = ParseShare(expectation.word, place);
  }
  if (bar != std::string::npos) expectation.because = Trimmed(line.substr(bar + 1));
  if (!expectation.because.ends_with(']'))
    Complain(place, "give a reason after '|', with its source in brackets");
  expectation.place = place;
  return expectation;
}

void ReadInto(std::vector<Expectation>& expectations, const std::string& file, int depth,
              const std::function<std::string(const std::string&)>& fetch) {
  if (depth > kDeepestInclude) Complain(file, "includes itself; break the circle");
  std::istringstream lines(fetch(file));
  std::string raw;
  std::string world(kNative);
  for (int number = 1; std::getline(lines, raw); ++number) {
    const std::string line = Trimmed(raw);
    if (line.empty() || line[0] == '#') continue;
    if (line.starts_with("world ")) {
      world = Trimmed(line.substr(6));
      continue;
    }
    if (line.starts_with("include ")) {
      const std::string folder = file.substr(0, file.find_last_of('/') + 1);
      ReadInto(expectations, folder + Trimmed(line.substr(8)), depth + 1, fetch);
      continue;
    }
    expectations.push_back(ParseLine(line, fmt::format("{}:{}", file, number)));
    expectations.back().included = depth > 0;
    expectations.back().world = world;
  }
}

bool Matches(const std::string& glob, const std::string& name) {
  return fnmatch(glob.c_str(), name.c_str(), 0) == 0;
}

bool Names(const std::string& reason, const std::vector<std::string>& named) {
  return std::ranges::any_of(named, [&](const std::string& phrase) {
    return strcasestr(reason.c_str(), phrase.c_str()) != nullptr;
  });
}

// What one row of the document says.
struct Said {
  Expectation::Kind kind;
  const std::string& world;
  const std::string& name;
  std::string path;
  std::string word;
  std::string culprit;
  const std::string& reason;
};

// Whether the word is the expected one, or one of several that a slash separates; with the culprit
// where that is expected too.
bool Allows(const std::string& expected, const Said& said) {
  const std::string words = fmt::format("/{}/", expected);
  return words.find(fmt::format("/{}/", said.word)) != std::string::npos ||
         words.find(fmt::format("/{}:{}/", said.word, said.culprit)) != std::string::npos;
}

bool IsMissing(const Matrix& matrix, const Cell& cell) {
  // The machine's, and told by the cell alone.
  if (cell.missing == kProcessors || cell.missing == kNumbers) return true;
  if (cell.missing == kRestriction) return true;  // of one machine, and its name is in the reason
  if (cell.missing == kIsolation) return matrix.host.isolation.starts_with("none");
  return std::ranges::any_of(matrix.features, [&](const Feature& row) {
    return row.world == cell.world && row.feature == cell.missing && row.availability != "present";
  });
}

bool ClaimsNothing(const Matrix& matrix, const Cell& cell) {
  const auto scenario = std::ranges::find(matrix.scenarios, cell.scenario, &Scenario::name);
  return scenario != matrix.scenarios.end() &&
         std::ranges::none_of(scenario->claims,
                              [&](const Claim& claim) { return claim.path == cell.path; });
}

bool IsTorture(const Cell& cell) { return cell.opportunities.has_value(); }
bool IsUndecided(const Cell& cell) { return IsTorture(cell) && cell.verdict == "inconclusive"; }

bool FewAreUndecided(const Matrix& matrix) {
  constexpr int kOneIn = 20;
  return std::ranges::count_if(matrix.cells, IsUndecided) * kOneIn <=
         std::ranges::count_if(matrix.cells, IsTorture);
}

// Whether the verdict is a consequence of other rows, or of how busy the machine was.
bool Follows(const Matrix& matrix, const Cell& cell) {
  if (IsUndecided(cell)) return FewAreUndecided(matrix);
  return cell.verdict == "unsupported" &&
         (ClaimsNothing(matrix, cell) || (!cell.missing.empty() && IsMissing(matrix, cell)));
}

// Decides rows and remembers which expectations did.
class Decider {
 public:
  explicit Decider(const std::vector<Expectation>& expectations) : expectations_(expectations) {}

  void Decide(const Said& said) {
    Seen(said.kind, said.world).insert(said.name);
    const Expectation* last = Last(said.kind, said.world, said.name, said.path);
    const std::string row =
        said.path.empty() ? said.name : fmt::format("{} {}", said.name, said.path);
    if (last == nullptr) {
      misfits_.push_back(fmt::format("unexpected: {} is {}, and nothing is expected of it ({})",
                                     row, said.word, said.reason));
      return;
    }
    used_.insert(last);
    if (Allows(last->word, said)) return;
    const std::string by = said.culprit.empty() ? "" : ":" + said.culprit;
    misfits_.push_back(fmt::format("surprise: {} is {}{} ({}); expected {}: {} ({})", row,
                                   said.word, by, said.reason, last->word, last->because,
                                   last->place));
  }

  // Where no bound is asked for, any will do.
  void Bound(const Cell& row) {
    if (StrengthOf(row).empty()) return;
    const Expectation* last = Last(Expectation::kBound, row.world, row.scenario, row.path);
    if (last == nullptr) return;
    used_.insert(last);
    if (BoundAtZero95(*row.opportunities) < last->share) return;
    misfits_.push_back(fmt::format(
        "too little evidence: {} {}: {}; expected a bound below {}: {} ({})", row.scenario,
        row.path, RateSentence(0, *row.opportunities), last->word, last->because, last->place));
  }

  // A row that needs no line.
  void Skip(Expectation::Kind kind, const std::string& world, const std::string& name) {
    Seen(kind, world).insert(name);
  }

  // A document cut short would else be as expected, since it says nothing.
  void RequireWhole(const Matrix& matrix) {
    for (const std::string& gap : Gaps(matrix)) misfits_.push_back("not whole: " + gap);
    if (expectations_.empty())
      misfits_.push_back("missing: there is no line, so nothing is expected");
    std::set<std::pair<Expectation::Kind, std::string>> told;
    for (const Expectation& expectation : expectations_) {
      if (expectation.kind == Expectation::kBound) continue;  // of verdicts, which are looked for
      const bool glob = expectation.name.find_first_of("*?[") != std::string::npos;
      const std::set<std::string>& seen = Seen(expectation.kind, expectation.world);
      if (seen.empty() ? told.insert({expectation.kind, expectation.world}).second
                       : !glob && seen.count(expectation.name) == 0) {
        misfits_.push_back(
            fmt::format("missing: the document has no row of {} in the {} world ({})",
                        expectation.name, expectation.world, expectation.place));
      }
    }
  }

  std::vector<std::string> Finish() {
    for (const Expectation& expectation : expectations_) {
      if (expectation.included || used_.count(&expectation) != 0) continue;
      misfits_.push_back(fmt::format("stale: {} decides no row; remove it", expectation.place));
    }
    return std::move(misfits_);
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
  std::set<const Expectation*> used_;
  std::map<std::pair<Expectation::Kind, std::string>, std::set<std::string>> seen_;
  std::vector<std::string> misfits_;
};

}  // namespace

std::vector<Expectation> ReadExpectations(
    const std::string& file, const std::function<std::string(const std::string&)>& fetch) {
  std::vector<Expectation> expectations;
  ReadInto(expectations, file, 0, fetch);
  return expectations;
}

std::vector<std::string> Misfits(const std::vector<Expectation>& expectations, const Matrix& matrix,
                                 const std::vector<std::string>& named) {
  if (Names(matrix.run.failure, named)) return {};
  std::set<std::string> worlds{std::string(kNative)};
  for (const Expectation& expectation : expectations) worlds.insert(expectation.world);
  Decider decider(expectations);
  for (const Feature& row : matrix.features) {
    if (worlds.count(row.world) == 0) continue;
    decider.Decide({Expectation::kFeature, row.world, row.feature, "", row.availability,
                    row.refused_by, row.evidence});
  }
  for (const Cell& row : matrix.cells) {
    if (worlds.count(row.world) == 0) continue;
    if (Follows(matrix, row)) {
      decider.Skip(Expectation::kVerdict, row.world, row.scenario);
      continue;
    }
    decider.Decide({Expectation::kVerdict, row.world, row.scenario, row.path, row.verdict,
                    Names(row.why, named) ? "named" : "", row.why});
    decider.Bound(row);
  }
  decider.RequireWhole(matrix);
  return decider.Finish();
}

}  // namespace pidproof::reports
