// Every claim is seen to fail once: by a world that lies (a filter that answers what no kernel
// would, the very answer that the claim is about, or success where nothing was done; a fault that
// is injected), else with the expectation flipped, on an answer that a kernel gave: this one, or
// those of ci/environments/answers.txt. A claim of which no kernel that was run gave the outcome is
// held against the judge alone, and counted apart.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "probes/probe.h"
#include "probes/system/errno_name.h"
#include "probes/system/host.h"
#include "probes/worlds/fault.h"
#include "probes/worlds/world.h"
#include "runner/census.h"
#include "runner/judge.h"
#include "runner/run_cell.h"
#include "runner/sandbox.h"
#include "scenarios/scenario.h"

namespace pidproof::runner::claims_test {
namespace {

using namespace std::chrono_literals;

enum class Seen { kNever, kByALie, kOnAnswerHere, kOnAnswerElsewhere, kByTheJudgeAlone };

bool IsBad(Verdict verdict) {
  return verdict == Verdict::kViolated || verdict == Verdict::kInconclusive;
}

// A cell in which just that outcome was observed.
CellRun Showing(std::string_view word) {
  CellRun cell;
  cell.tally.trials = 1;
  cell.tally.opportunities = 1;
  cell.tally.outcomes[std::string(word)] = 1;
  return cell;
}

// "scenario path outcome" of every answer that a kernel of ci/environments gave.
std::set<std::string> ReadAnswers() {
  std::ifstream file(PIDPROOF_SOURCE_DIR "/ci/environments/answers.txt");
  std::set<std::string> answers;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string scenario, path, outcome;
    words >> scenario >> path;
    if (scenario == "#") continue;
    while (words >> outcome) answers.insert(fmt::format("{} {} {}", scenario, path, outcome));
  }
  return answers;
}

class Bench {
 public:
  Bench()
      : native_(World::Parse("native")),
        census_(TakeCensus(native_, 1)),
        sandbox_(FindSandbox(1, 4)) {}

  CellRun Run(const scenarios::Scenario& scenario, scenarios::Path path, const World& world,
              std::chrono::milliseconds deadline = 5s) const {
    constexpr std::uint64_t kOuter = 64;
    return RunCell(world, census_, sandbox_, scenario, path, {{10ms}, deadline, kOuter});
  }
  Verdict Say(const scenarios::Scenario& scenario, scenarios::Path path, const CellRun& own) const {
    return Judge(scenario, path, own, own, facts_.kernel()).verdict;
  }
  const World& native() const { return native_; }
  Release kernel() const { return facts_.kernel(); }

 private:
  HostFacts facts_ = ReadHostFacts();
  World native_;
  Census census_;
  Sandbox sandbox_;
};

using Answers = std::set<std::string>;

constexpr auto kNoLonger = 500ms;  // for a lie: what hangs shows nothing

// What filters lie: those answers, of the calls that the path's needs rest on and of the wait that
// any question may be asked with.
std::vector<World> Lies(const scenarios::Scenario& scenario, scenarios::Path path,
                        const Answers& answers) {
  std::set<std::string> calls;
  for (const std::string_view need : scenario.On(path).needs) {
    for (const std::string_view call : Registered<Probe>::Find(need)->calls) calls.emplace(call);
  }
  std::vector<World> lies;
  for (const std::string& call : calls) {
    for (const std::string& answer : answers) {
      if (answer == "ok" && call.starts_with("clone")) continue;
      lies.push_back(World::Parse(fmt::format("{}:{}", call, answer)));
    }
  }
  return lies;
}

// Whether with some lie the outcome is not observed any more, and the judge says so.
bool FailsByALie(const Bench& bench, const scenarios::Scenario& scenario, scenarios::Path path,
                 const CellRun& truth) {
  for (const World& lie : Lies(scenario, path, {"ok", "exdev"})) {
    const CellRun lied = bench.Run(scenario, path, lie, kNoLonger);
    if (lied.ended.how != Ended::kReturned || lied.tally.outcomes == truth.tally.outcomes) continue;
    if (IsBad(bench.Say(scenario, path, lied))) return true;
  }
  return false;
}

// In a race one call in twenty is wrong: for the harm to show, others must be right.
std::vector<World> Faults(const scenarios::Scenario& scenario) {
  std::vector<World> faults;
  for (const KnownFault& known : KnownFaults()) {
    faults.push_back(
        World::Parse(fmt::format("fault:{}{}", known.name, scenario.IsTorture() ? "@0.05" : "")));
  }
  return faults;
}

// Those of the path's claims whose outcome is observed only where somebody lies.
Answers ShownByLies(const Bench& bench, const scenarios::Scenario& scenario, scenarios::Path path,
                    const CellRun& truth) {
  Answers open;
  Answers lied_about;
  for (const scenarios::Claim& claim : scenario.On(path).claims) {
    std::string outcome(claim.outcome);
    if (truth.tally.outcomes.contains(outcome)) continue;
    if (outcome == "ok" || ErrnoOf(outcome) != 0) lied_about.insert(outcome);
    open.insert(std::move(outcome));
  }
  std::vector<World> worlds = Lies(scenario, path, lied_about);
  std::ranges::move(Faults(scenario), std::back_inserter(worlds));
  Answers shown;
  for (const World& world : worlds) {
    if (open.empty()) break;
    const CellRun lied = bench.Run(scenario, path, world, kNoLonger);
    if (lied.ended.how != Ended::kReturned) continue;
    for (const auto& [outcome, count] : lied.tally.outcomes) {
      if (open.erase(outcome) != 0) shown.insert(outcome);
    }
  }
  return shown;
}

std::vector<scenarios::Claim>& ClaimsOf(scenarios::Scenario& scenario, scenarios::Path path) {
  return (path == scenarios::kPidfd ? scenario.pidfd : scenario.legacy).claims;
}

// The same scenario, in which that claim is not made, or the contrary.
scenarios::Scenario Without(scenarios::Scenario scenario, scenarios::Path path, std::size_t claim) {
  std::vector<scenarios::Claim>& claims = ClaimsOf(scenario, path);
  claims.erase(claims.begin() + static_cast<std::ptrdiff_t>(claim));
  return scenario;
}

scenarios::Scenario Contrary(scenarios::Scenario scenario, scenarios::Path path,
                             std::size_t claim) {
  scenarios::Claim& flipped = ClaimsOf(scenario, path)[claim];
  flipped.expect = flipped.expect == scenarios::kNever ? scenarios::kMay : scenarios::kNever;
  return scenario;
}

// Whether the judge, given the word, depends on that claim: without it the word is an unlisted
// answer, and with the contrary it is judged the other way.
bool FailsFlipped(const Bench& bench, const scenarios::Scenario& scenario, scenarios::Path path,
                  std::size_t index) {
  const scenarios::Claim& claim = scenario.On(path).claims[index];
  const CellRun seen = Showing(claim.outcome);
  const Verdict without = bench.Say(Without(scenario, path, index), path, seen);
  const Verdict contrary = bench.Say(Contrary(scenario, path, index), path, seen);
  // A word of a limit (EMFILE) that no claim lists is not an answer, but want.
  if (without != Verdict::kViolated && without != Verdict::kUnsupported) return false;
  const bool due_elsewhere = claim.IsOverIn(bench.kernel());
  if (claim.expect == scenarios::kNever) return contrary != Verdict::kViolated;
  return contrary == Verdict::kViolated &&
         (due_elsewhere || bench.Say(scenario, path, seen) != Verdict::kViolated);
}

class EachScenario : public testing::TestWithParam<const scenarios::Scenario*> {
 protected:
  static const Bench& TheBench() {
    static const Bench bench;
    return bench;
  }
  static void TearDownTestSuite() {
    fmt::print(
        "claims seen to fail: {} by a lying world; with the expectation flipped, {} on an answer "
        "of "
        "this kernel, {} on one recorded elsewhere; {} by the judge alone\n",
        counts_[Seen::kByALie], counts_[Seen::kOnAnswerHere], counts_[Seen::kOnAnswerElsewhere],
        counts_[Seen::kByTheJudgeAlone]);
  }
  static Seen HowSeen(const scenarios::Scenario& scenario, scenarios::Path path, std::size_t claim,
                      const CellRun& here, bool lied, const Answers& shown) {
    static const std::set<std::string> answers = ReadAnswers();
    const std::string_view outcome = scenario.On(path).claims[claim].outcome;
    const bool observed = here.tally.outcomes.contains(std::string(outcome));
    if (observed && lied) return Seen::kByALie;
    if (!FailsFlipped(TheBench(), scenario, path, claim)) return Seen::kNever;
    if (shown.contains(std::string(outcome))) return Seen::kByALie;
    if (observed) return Seen::kOnAnswerHere;
    const bool recorded =
        answers.contains(fmt::format("{} {} {}", scenario.name, Word(path), outcome));
    return recorded ? Seen::kOnAnswerElsewhere : Seen::kByTheJudgeAlone;
  }
  inline static std::map<Seen, int> counts_;
};

TEST_P(EachScenario, HasClaimsThatAreSeenToFail) {
  const scenarios::Scenario& scenario = *GetParam();
  const Bench& bench = TheBench();
  for (const scenarios::Path path : {scenarios::kPidfd, scenarios::kLegacyPid}) {
    const CellRun here = bench.Run(scenario, path, bench.native());
    const bool lied =
        !scenario.IsTorture() && here.tally.trials != 0 && FailsByALie(bench, scenario, path, here);
    const Answers shown = ShownByLies(bench, scenario, path, here);
    for (std::size_t i = 0; i < scenario.On(path).claims.size(); ++i) {
      const Seen seen = HowSeen(scenario, path, i, here, lied, shown);
      ++counts_[seen];
      EXPECT_NE(seen, Seen::kNever)
          << Word(path) << " " << scenario.On(path).claims[i].outcome << " never fails";
    }
  }
}

std::string TestName(const testing::TestParamInfo<const scenarios::Scenario*>& info) {
  std::string name(info.param->name);
  std::ranges::replace(name, '/', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Claims, EachScenario, testing::ValuesIn(scenarios::AllScenarios()),
                         TestName);

}  // namespace
}  // namespace pidproof::runner::claims_test
