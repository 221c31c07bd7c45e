// The verifier verified: every torture scenario is seen to catch the faults it is there for, which
// are injected into the calls under test now and then.
#include "scenarios/torture.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <ostream>
#include <string>
#include <vector>

#include "probes/registry.h"
#include "probes/system/host.h"
#include "probes/worlds/world.h"
#include "runner/census.h"
#include "runner/judge.h"
#include "runner/run_cell.h"
#include "runner/sandbox.h"

namespace pidproof::runner::torture_test {
namespace {

using namespace std::chrono_literals;

std::vector<const scenarios::Scenario*> Tortures() {
  std::vector<const scenarios::Scenario*> tortures;
  for (const scenarios::Scenario* scenario : scenarios::AllScenarios()) {
    const bool here = scenario->IsTorture() && !scenario->IsOnRequest();
    if (here) tortures.push_back(scenario);
  }
  return tortures;
}

class Bench {
 public:
  Bench() : census_(TakeCensus(World::Parse("native"), 1)) {}

  // For so long; seconds are patience, not a measure.
  CellRun Run(const scenarios::Scenario& scenario, const World& world,
              std::chrono::milliseconds time) const {
    return RunCell(world, census_, sandbox_, scenario, scenarios::kPidfd,
                   {.torture = {.time = time}, .deadline = 60s, .host_pids = 50'000});
  }
  Judgment Say(const scenarios::Scenario& scenario, const CellRun& own) const {
    return Judge(scenario, scenarios::kPidfd, own, own, Release{});
  }

 private:
  HostFacts facts_ = ReadHostFacts();
  Census census_;
  Sandbox sandbox_ = FindSandbox(1, 2000);
};

TEST(Torture, NamesAFaultItCatchesWhereverSomethingMustNotBe) {
  for (const scenarios::Scenario* scenario : Tortures()) {
    const bool forbids =
        std::ranges::find(scenario->pidfd.claims, scenarios::kNever, &scenarios::Claim::expect) !=
        scenario->pidfd.claims.end();
    EXPECT_TRUE(!forbids || !scenario->torture->faults.empty()) << scenario->name;
  }
}

TEST(Torture, NamesKnownFaults) {
  for (const scenarios::Scenario* scenario : Tortures()) {
    for (const std::string_view fault : scenario->torture->faults) {
      EXPECT_NO_THROW(Fault::Parse(fault)) << scenario->name;
    }
  }
}

struct Caught {
  Verdict verdict;
  std::string how;
};

// Longer and longer, until it is caught.
Caught Catch(const Bench& bench, const scenarios::Scenario& scenario, const World& world) {
  Caught caught{Verdict::kInconclusive, ""};
  for (const auto time : {100ms, 1000ms, 10000ms, 100000ms}) {
    const CellRun cell = bench.Run(scenario, world, time);
    const Judgment judgment = bench.Say(scenario, cell);
    caught = {judgment.verdict, judgment.why};
    if (judgment.verdict == Verdict::kUnsupported) break;
    if (judgment.verdict != Verdict::kViolated) continue;
    const std::uint64_t trial = cell.tally.recorded.front().trial;
    return {Verdict::kViolated, fmt::format("in trial {}", trial)};
  }
  return caught;
}

struct Injected {
  const scenarios::Scenario* scenario;
  std::string_view fault;
};

void PrintTo(const Injected& injected, std::ostream* out) {
  *out << injected.scenario->name << " with " << injected.fault;
}

std::vector<Injected> AllInjected() {
  std::vector<Injected> all;
  for (const scenarios::Scenario* scenario : Tortures()) {
    for (const std::string_view fault : scenario->torture->faults) all.push_back({scenario, fault});
  }
  return all;
}

class EachFault : public testing::TestWithParam<Injected> {};

// One fault in twenty calls that could have it.
TEST_P(EachFault, IsCaught) {
  static const Bench bench;
  const auto& [scenario, fault] = GetParam();
  const Caught caught = Catch(bench, *scenario, World::Parse(fmt::format("fault:{}@0.05", fault)));
  if (caught.verdict == Verdict::kUnsupported) GTEST_SKIP() << caught.how;
  EXPECT_EQ(WordOf(caught.verdict), WordOf(Verdict::kViolated)) << caught.how;
}

std::string TestName(const testing::TestParamInfo<Injected>& info) {
  std::string name = fmt::format("{}_{}", info.param.scenario->name, info.param.fault);
  std::ranges::replace_if(
      name, [](char letter) { return letter == '/' || letter == '-'; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Faults, EachFault, testing::ValuesIn(AllInjected()), TestName);

}  // namespace
}  // namespace pidproof::runner::torture_test
