// Every claim is seen to fail once: by a world that lies (a filter that answers what no kernel
// would, or success where nothing was done), else on the outcome that was recorded, with the
// expectation flipped.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "probes/probe.h"
#include "probes/system/host.h"
#include "probes/worlds/world.h"
#include "runner/census.h"
#include "runner/judge.h"
#include "runner/run_cell.h"
#include "runner/sandbox.h"
#include "scenarios/scenario.h"

namespace pidproof {
namespace {

using namespace std::chrono_literals;

enum class Seen { kNever, kByALie, kFlipped, kFlippedUnheard };

bool IsBad(Verdict verdict) {
  return verdict == Verdict::kViolated || verdict == Verdict::kInconclusive;
}

// A column in which just that word was heard.
CellRun Hearing(std::string_view word) {
  CellRun column;
  column.tally.trials = 1;
  column.tally.opportunities = 1;
  column.tally.outcomes[std::string(word)] = 1;
  return column;
}

class Bench {
 public:
  Bench()
      : native_(World::Parse("native")),
        census_(TakeCensus(native_, 1)),
        stage_(FindStage(1, facts_.pid_max.value_or(0), true, 4)) {}

  CellRun Run(const Scenario& scenario, Path path, const World& world) const {
    constexpr std::uint64_t kOuter = 64;
    return RunCell(world, census_, stage_, scenario, path, {{10ms}, 5s, kOuter});
  }
  Verdict Say(const Scenario& scenario, Path path, const CellRun& own) const {
    return Judge(scenario, path, own, own, facts_.kernel()).verdict;
  }
  const World& native() const { return native_; }
  Release kernel() const { return facts_.kernel(); }

 private:
  HostFacts facts_ = ReadHostFacts();
  World native_;
  Census census_;
  Stage stage_;
};

// What a lying world may lie about: the calls that the path's needs rest on, and those that any
// question may be asked with.
std::vector<World> Lies(const Scenario& scenario, Path path) {
  std::set<std::string> calls;
  const auto& needs = path == kPidfd ? scenario.pidfd_needs : scenario.legacy_needs;
  for (const std::string_view need : needs) {
    for (const std::string_view call : Registered<Probe>::Find(need)->calls) calls.emplace(call);
  }
  std::vector<World> lies;
  for (const std::string& call : calls) {
    for (const char* answer : {"ok", "exdev"}) {
      if (std::string_view(answer) == "ok" && call.starts_with("clone")) continue;
      lies.push_back(World::Parse(fmt::format("{}:{}", call, answer)));
    }
  }
  return lies;
}

// Whether some lie makes the word that was heard fail to be heard, and the judge say so.
bool FailsByALie(const Bench& bench, const Scenario& scenario, Path path, const CellRun& told) {
  for (const World& lie : Lies(scenario, path)) {
    const CellRun lied = bench.Run(scenario, path, lie);
    if (lied.ended.how != Ended::kReturned || lied.tally.outcomes == told.tally.outcomes) continue;
    if (IsBad(bench.Say(scenario, path, lied))) return true;
  }
  return false;
}

// The same scenario, in which that claim is not made, or the contrary.
Scenario Without(const Scenario& scenario, std::size_t claim) {
  Scenario other = scenario;
  other.claims.erase(other.claims.begin() + static_cast<std::ptrdiff_t>(claim));
  return other;
}

Scenario Contrary(const Scenario& scenario, std::size_t claim) {
  Scenario other = scenario;
  Claim& flipped = other.claims[claim];
  flipped.expect = flipped.expect == kNever ? kMay : kNever;
  return other;
}

// Whether the judge, given the word, depends on that claim: without it the word is nobody's answer,
// and with the contrary it is judged the other way.
bool FailsFlipped(const Bench& bench, const Scenario& scenario, std::size_t index) {
  const Claim& claim = scenario.claims[index];
  const CellRun heard = Hearing(claim.outcome);
  const Verdict without = bench.Say(Without(scenario, index), claim.path, heard);
  const Verdict contrary = bench.Say(Contrary(scenario, index), claim.path, heard);
  // A word of a limit (EMFILE) that nobody claims is no answer, but want.
  if (without != Verdict::kViolated && without != Verdict::kUnsupported) return false;
  const bool due_elsewhere = claim.IsOverIn(bench.kernel());
  if (claim.expect == kNever) return contrary != Verdict::kViolated;
  return contrary == Verdict::kViolated &&
         (due_elsewhere || bench.Say(scenario, claim.path, heard) != Verdict::kViolated);
}

TEST(Claims, AreEachSeenToFail) {
  const Bench bench;
  std::map<Seen, int> counts;
  for (const Scenario* scenario : Registered<Scenario>::All()) {
    for (const Path path : {kPidfd, kLegacyPid}) {
      const bool quick = scenario->kind == Scenario::kConformance;
      const CellRun told = quick ? bench.Run(*scenario, path, bench.native()) : CellRun();
      const bool lied =
          quick && told.tally.trials != 0 && FailsByALie(bench, *scenario, path, told);
      for (std::size_t i = 0; i < scenario->claims.size(); ++i) {
        const Claim& claim = scenario->claims[i];
        if (claim.path != path) continue;
        const bool heard = told.tally.outcomes.count(std::string(claim.outcome)) != 0;
        const Seen seen = heard && lied                        ? Seen::kByALie
                          : !FailsFlipped(bench, *scenario, i) ? Seen::kNever
                          : heard                              ? Seen::kFlipped
                                                               : Seen::kFlippedUnheard;
        ++counts[seen];
        EXPECT_NE(seen, Seen::kNever)
            << scenario->name << " " << Word(path) << " " << claim.outcome << " never fails";
      }
    }
  }
  fmt::print(
      "claims seen to fail: {} by a lying world, {} flipped on the recorded outcome, {} "
      "flipped on an outcome of another kernel or of a torture loop\n",
      counts[Seen::kByALie], counts[Seen::kFlipped], counts[Seen::kFlippedUnheard]);
  EXPECT_GT(counts[Seen::kByALie], 0);
}

}  // namespace
}  // namespace pidproof
