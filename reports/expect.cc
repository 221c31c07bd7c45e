#include "reports/expect.h"

#include <fmt/format.h>
#include <fnmatch.h>

#include <set>
#include <sstream>
#include <stdexcept>

namespace pidproof::reports {

namespace {

constexpr int kDeepestInclude = 32;

[[noreturn]] void Complain(const std::string& place, std::string_view what) {
  throw std::runtime_error(fmt::format("{}: {}", place, what));
}

std::string Trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

Expectation ParseLine(const std::string& line, const std::string& place) {
  const std::size_t bar = line.find('|');
  std::istringstream words(line.substr(0, bar));
  Expectation expectation;
  std::string kind;
  words >> kind >> expectation.name;
  if (kind != "feature" && kind != "verdict") {
    Complain(place, fmt::format("'{}' is neither feature, verdict nor include", kind));
  }
  if (kind == "verdict") {
    expectation.kind = Expectation::kVerdict;
    words >> expectation.path;
  }
  words >> expectation.word;
  std::string rest;
  if (!words || words >> rest) {
    Complain(place,
             "write 'feature NAME WORD | reason [source]' or 'verdict NAME PATH WORD | reason "
             "[source]'");
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
  for (int number = 1; std::getline(lines, raw); ++number) {
    const std::string line = Trimmed(raw);
    if (line.empty() || line[0] == '#') continue;
    if (line.starts_with("include ")) {
      const std::string folder = file.substr(0, file.find_last_of('/') + 1);
      ReadInto(expectations, folder + Trimmed(line.substr(8)), depth + 1, fetch);
      continue;
    }
    expectations.push_back(ParseLine(line, fmt::format("{}:{}", file, number)));
    expectations.back().included = depth > 0;
  }
}

bool Matches(const std::string& glob, const std::string& name) {
  return fnmatch(glob.c_str(), name.c_str(), 0) == 0;
}

// Whether the word is the expected one, or one of several that a slash separates.
bool Allows(const std::string& expected, const std::string& word) {
  return fmt::format("/{}/", expected).find(fmt::format("/{}/", word)) != std::string::npos;
}

// Decides rows and remembers which expectations did.
class Decider {
 public:
  explicit Decider(const std::vector<Expectation>& expectations) : expectations_(expectations) {}

  void Decide(Expectation::Kind kind, const std::string& name, const std::string& path,
              const std::string& word, const std::string& reason) {
    (kind == Expectation::kFeature ? features_ : scenarios_).insert(name);
    const Expectation* last = nullptr;
    for (const Expectation& expectation : expectations_) {
      if (expectation.kind == kind && Matches(expectation.name, name) &&
          (kind == Expectation::kFeature || Matches(expectation.path, path))) {
        last = &expectation;
      }
    }
    const std::string row = path.empty() ? name : fmt::format("{} {}", name, path);
    if (last == nullptr) {
      misfits_.push_back(fmt::format("unexpected: {} is {}, and nothing is expected of it ({})",
                                     row, word, reason));
      return;
    }
    used_.insert(last);
    if (Allows(last->word, word)) return;
    misfits_.push_back(fmt::format("surprise: {} is {} ({}); expected {}: {} ({})", row, word,
                                   reason, last->word, last->because, last->place));
  }

  // A document cut short would else be as expected, since it says nothing.
  void RequireWhole(const Matrix& matrix) {
    if (matrix.run.interrupted) misfits_.push_back("not whole: the run was interrupted");
    if (!matrix.run.failure.empty()) misfits_.push_back("not whole: " + matrix.run.failure);
    for (const Expectation& expectation : expectations_) {
      const bool glob = expectation.name.find_first_of("*?[") != std::string::npos;
      const std::set<std::string>& seen =
          expectation.kind == Expectation::kFeature ? features_ : scenarios_;
      if (seen.empty() ? kinds_missed_.insert(expectation.kind).second
                       : !glob && seen.count(expectation.name) == 0) {
        misfits_.push_back(
            fmt::format("missing: the document has no row of {} in the native world ({})",
                        expectation.name, expectation.place));
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
  const std::vector<Expectation>& expectations_;
  std::set<const Expectation*> used_;
  std::set<std::string> features_;   // names seen
  std::set<std::string> scenarios_;  // names seen
  std::set<Expectation::Kind> kinds_missed_;
  std::vector<std::string> misfits_;
};

}  // namespace

std::vector<Expectation> ReadExpectations(
    const std::string& file, const std::function<std::string(const std::string&)>& fetch) {
  std::vector<Expectation> expectations;
  ReadInto(expectations, file, 0, fetch);
  return expectations;
}

std::vector<std::string> Misfits(const std::vector<Expectation>& expectations,
                                 const Matrix& matrix) {
  constexpr std::string_view kNative = "native";
  Decider decider(expectations);
  for (const Feature& row : matrix.features) {
    if (row.world != kNative) continue;
    decider.Decide(Expectation::kFeature, row.feature, "", row.availability, row.evidence);
  }
  for (const Cell& row : matrix.cells) {
    if (row.world != kNative) continue;
    decider.Decide(Expectation::kVerdict, row.scenario, row.path, row.verdict, row.why);
  }
  decider.RequireWhole(matrix);
  return decider.Finish();
}

}  // namespace pidproof::reports
