#include "reports/compare/cost_changes.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "reports/compare/diff_writers.h"
#include "reports/compare/small_documents_testing.h"
#include "reports/document/json_text.h"

namespace pidproof::reports::compare::cost_changes_test {
namespace {

using small::Lines;
using small::Text;

constexpr const char* kFloor = "floor/call:getppid";
constexpr const char* kSignal = "verbs/call:signal/state:dead/path:pidfd";
constexpr const char* kWait = "verbs/call:wait/state:dead/path:legacy_pid";

// Eleven samples about the median, which spread by some per cent.
Benchmark Row(const std::string& name, double median, double spread = 0.02) {
  Benchmark row{.name = name, .mechanism = "m", .unsupported = ""};
  for (int i = -5; i <= 5; ++i) row.samples.push_back(median * (1 + spread * i / 10));
  row.median = median;
  row.low = median * (1 - spread / 2);
  row.high = median * (1 + spread / 2);
  return row;
}

Benchmark Unsupported(const std::string& name) {
  return {.name = name, .mechanism = "m", .unsupported = "needs Linux 5.3"};
}

Document Of(std::vector<Benchmark> rows) {
  Document document;
  document.tool = "pidproof 0.1.0";
  document.host = sample::SampleHost();
  document.run.started = "2026-04-01T12:00:00Z";
  document.benchmarks = std::move(rows);
  return document;
}

Document Before() { return Of({Row(kFloor, 100), Row(kSignal, 200), Row(kWait, 300)}); }
Document Slower() { return Of({Row(kFloor, 100), Row(kSignal, 230), Row(kWait, 300)}); }

Document OfKernel(const std::string& release, Document document) {
  document.host.release = release;
  return document;
}

TEST(ForManyTests, IsHolmsMethod) {
  // 0.01 * 4, 0.02 * 3, then 0.03 * 2 and 0.04, which are not below the one before.
  const std::vector<double> corrected = ForManyTests({0.04, 0.01, 0.03, 0.02});
  EXPECT_DOUBLE_EQ(corrected[1], 0.04);
  EXPECT_DOUBLE_EQ(corrected[3], 0.06);
  EXPECT_DOUBLE_EQ(corrected[2], 0.06);
  EXPECT_DOUBLE_EQ(corrected[0], 0.06);
  EXPECT_EQ(ForManyTests({0.9, 0.8})[0], 1);
  EXPECT_TRUE(ForManyTests({}).empty());
}

TEST(CompareCosts, ComparesProcessorTimeToo) {
  Document before = Before();
  before.benchmarks[1].cpu_samples = before.benchmarks[1].samples;
  Document after = before;
  for (double& sample : after.benchmarks[1].cpu_samples) sample *= 5;
  const Costs costs = CompareCosts(before, after);
  ASSERT_EQ(costs.changes.size(), 4U);
  EXPECT_EQ(costs.changes[1].word, "~");
  EXPECT_EQ(costs.changes[2].name, std::string(kSignal) + " (processor time)");
  EXPECT_EQ(costs.changes[2].word, "slower");
}

TEST(CompareCosts, CallsSlowerWhatIsFarAndSure) {
  const Costs costs = CompareCosts(Before(), Slower());
  ASSERT_EQ(costs.changes.size(), 3U);
  EXPECT_EQ(costs.changes[0].word, "~");
  EXPECT_EQ(costs.changes[1].word, "slower");
  EXPECT_NEAR(costs.changes[1].ratio.value, 1.15, 0.01);
  EXPECT_EQ(costs.changes[2].word, "~");
  EXPECT_EQ(CompareCosts(Slower(), Before()).changes[1].word, "faster");
  EXPECT_EQ(CostLines(costs), Text{"3 rows compared: 1 slower, 0 faster"});
}

TEST(CompareCosts, AsksForMoreThanTheFloorSpreads) {
  const auto signal_word = [](double floor_spread, double median) {
    return CompareCosts(Of({Row(kFloor, 100, floor_spread), Row(kSignal, 200)}),
                        Of({Row(kFloor, 100), Row(kSignal, median)}))
        .changes[1]
        .word;
  };
  EXPECT_EQ(signal_word(0.02, 208), "~") << "4 %";
  EXPECT_EQ(signal_word(0.02, 220), "slower");
  // The middle half of the samples is six tenths as wide as all of them.
  EXPECT_EQ(signal_word(0.2, 220), "~") << "the floor spreads by 12 %";
  EXPECT_EQ(signal_word(0.2, 230), "slower");
}

TEST(CompareCosts, IsNotSureOfAFewSamplesNorAmongManyRows) {
  std::vector<Benchmark> then = {Row(kFloor, 100), Row(kSignal, 200)};
  std::vector<Benchmark> now = {Row(kFloor, 100), Row(kSignal, 230)};
  // Seven against seven differ as far by chance in 2 of 3,432.
  for (auto* rows : {&then, &now}) (*rows)[1].samples.resize(7);
  EXPECT_EQ(CompareCosts(Of(then), Of(now)).changes[1].word, "slower");
  for (int i = 0; i < 250; ++i) {
    for (auto* rows : {&then, &now}) rows->push_back(Row(fmt::format("verbs/call:{}", i), 100));
  }
  EXPECT_EQ(CompareCosts(Of(then), Of(now)).changes[1].word, "~");
  for (auto* rows : {&then, &now}) (*rows)[1] = Row(kSignal, rows == &then ? 200 : 230);
  EXPECT_EQ(CompareCosts(Of(then), Of(now)).changes[1].word, "slower") << "eleven are enough";
}

TEST(CompareCosts, CallsNothingSlowerOnANoisyMachine) {
  const auto noise = [](const Document& before, const Document& after) {
    const Costs costs = CompareCosts(before, after);
    EXPECT_EQ(costs.Count("~"), costs.changes.size());
    return costs.noise;
  };
  const Document noisy = Of({Row(kFloor, 100, 0.5), Row(kSignal, 230)});
  EXPECT_EQ(noise(Before(), noisy), "the floor spreads by 1 % before, by 30 % now");
  EXPECT_EQ(noise(noisy, Before()), "the floor spreads by 30 % before, by 1 % now");
  EXPECT_EQ(noise(Before(), Of({Row(kSignal, 230)})), "there is no floor now");
  EXPECT_EQ(noise(Before(), Of({Row(kFloor, 140), Row(kSignal, 280), Row(kWait, 420)})),
            "the floor took 100 ns before, 140 ns now: the machine ran at another speed");
}

TEST(OtherMachine, NamesWhatAnswersSystemCalls) {
  EXPECT_EQ(OtherMachine(Before(), Before()), "");
  Document other = OfKernel("7.0", Before());
  EXPECT_EQ(OtherMachine(Before(), other), "another kernel: 6.12.43+deb13-amd64 before, 7.0 now");
  for (const auto& change : std::vector<std::function<void(Host&)>>{
           [](Host& host) { host.machine = "aarch64"; }, [](Host& host) { host.hostname = "x"; },
           [](Host& host) { host.emulator = "gVisor"; }, [](Host& host) { host.container = ""; },
           [](Host& host) { host.security_modules = "apparmor"; },
           [](Host& host) { host.seccomp_filters = 2; }}) {
    other = Before();
    change(other.host);
    EXPECT_NE(OtherMachine(Before(), other), "");
  }
  other = Before();
  other.host.hostname = "";  // it was not asked for
  other.host.uid = 7;
  EXPECT_EQ(OtherMachine(Before(), other), "");
}

TEST(DiffOfCosts, SlowerIsWorse) {
  const Diff diff = Compare(Before(), Slower());
  EXPECT_EQ(Lines(diff), Text{"worse cost verbs/call:signal/state:dead/path:pidfd : 200 ns -> 230 "
                              "ns"});
  EXPECT_EQ(ExitStatus(diff), 1);
  const Diff back = Compare(Slower(), Before());
  EXPECT_EQ(Lines(back), Text{"better cost verbs/call:signal/state:dead/path:pidfd : 230 ns -> 200 "
                              "ns"});
  EXPECT_EQ(ExitStatus(back), 0);
  EXPECT_EQ(Lines(Compare(Before(), Before())), Text{});
}

TEST(DiffOfCosts, NamesRowsThatAppearVanishOrCannotBeMeasured) {
  const Diff diff = Compare(Before(), Of({Row(kFloor, 100), Unsupported(kSignal), Row("new", 5)}));
  ASSERT_EQ(Lines(diff), (Text{"neutral cost verbs/call:signal/state:dead/path:pidfd : measured -> "
                               "unsupported"}));
  EXPECT_EQ(diff.differences[0].evidence, "now: needs Linux 5.3");
  EXPECT_EQ(diff.notes, (Text{"costs that only the document before has: "
                              "verbs/call:wait/state:dead/path:legacy_pid",
                              "costs that only the document now has: new"}));
  EXPECT_EQ(diff.rows_apart, 2U);
}

TEST(DiffOfCosts, AreOfOneKernelUnlessAskedForAcross) {
  const Document other = OfKernel("7.0", Slower());
  EXPECT_EQ(Incomparable(Before(), other),
            Text{"costs of another kernel: 6.12.43+deb13-amd64 before, 7.0 now; --across compares "
                 "them nevertheless"});
  EXPECT_EQ(Incomparable(Before(), other, Across::kYes), Text{});
  const Diff diff = Compare(Before(), other, Across::kYes);
  EXPECT_EQ(ExitStatus(diff), 1);
  const DiffSides sides{{"old.json", Before()}, {"new.json", other}};
  for (const std::string& written : {DiffText(diff, sides), DiffJson(diff, sides),
                                     DiffMarkdown(diff, sides), DiffAnnotations(diff, sides)}) {
    EXPECT_NE(written.find("7.0 now"), std::string::npos) << written;
  }
}

TEST(DiffOfCosts, BesideVerdictsAreLeftOutWithANote) {
  const auto with_costs = [](Document document, const Document& costs) {
    document.benchmarks = costs.benchmarks;
    return document;
  };
  const Document before = with_costs(small::Small(), Before());
  const Document after = OfKernel("7.0", with_costs(small::Small(), Slower()));
  EXPECT_EQ(Incomparable(before, after), Text{});
  const Diff diff = Compare(before, after);
  EXPECT_EQ(Lines(diff), Text{});
  EXPECT_FALSE(diff.costs);
  EXPECT_EQ(diff.notes,
            Text{"costs not compared: costs of another kernel: 6.12.43+deb13-amd64 before, 7.0 "
                 "now; --across compares them nevertheless"});
  EXPECT_EQ(ExitStatus(diff), 0);
  EXPECT_EQ(ExitStatus(Compare(before, after, Across::kYes)), 1);
}

TEST(DiffOfCosts, AloneAreComparedWithSuchAlone) {
  EXPECT_EQ(Incomparable(small::Small(), Before()),
            Text{"the document now holds nothing but costs: compare it with another such"});
  EXPECT_EQ(Incomparable(Before(), small::Small()),
            Text{"the document before holds nothing but costs: compare it with another such"});
  EXPECT_EQ(Incomparable(Before(), Of({Unsupported(kSignal), Row("other", 1)})),
            Text{"there is no cost that both have measured"});
}

TEST(DiffOfCosts, ALineAcceptsThem) {
  const auto accepting = [](const std::string& lines) {
    Diff diff = Compare(Before(), Slower());
    Accept(ReadExpectations("accepted", [&](const std::string&) { return lines; }), Slower(), diff);
    return diff;
  };
  const Diff accepted = accepting("cost verbs/call:signal/* | a check was added [commit 1]\n");
  EXPECT_EQ(ExitStatus(accepted), 0);
  EXPECT_EQ(accepted.accepted.size(), 1U);
  const Diff stale = accepting("cost verbs/call:wait/* | x [y]\ncost nothing | x [y]\n");
  EXPECT_EQ(ExitStatus(stale), 1);
  EXPECT_EQ(StaleLines(stale),
            (Text{"accepted:1: no such difference of verbs/call:wait/*; remove the line",
                  "accepted:2: no document row is named nothing; remove the line"}));
}

std::string Written(std::string (*write)(const Diff&, const DiffSides&)) {
  const NamedDocument before{"old.json", Before()};
  const NamedDocument after{"new.json", Slower()};
  return write(Compare(before.document, after.document), {before, after});
}

TEST(DiffOfCosts, AsText) {
  EXPECT_EQ(Written(DiffText), R"(DIFFERENCES  1 worse
  before old.json: Linux 6.12.43+deb13-amd64, x86_64, 2026-04-01T12:00:00Z
  now    new.json: Linux 6.12.43+deb13-amd64, x86_64, 2026-04-01T12:00:00Z

WORSE
  cost       verbs/call:signal/state:dead/path:pidfd: 200 ns -> 230 ns
      slower: 1.15 times as long (99 % interval 1.13 to 1.17); by chance in fewer than 1 of 1e5
      pairs of runs

COSTS
  3 rows compared: 1 slower, 0 faster
  floor                                              before       now  ratio  99 % interval
  getppid                                            100 ns    100 ns   1.00  0.98 to 1.02    ~
  verbs                                              before       now  ratio  99 % interval
  signal, dead, pidfd                                200 ns    230 ns   1.15  1.13 to 1.17    slower
  ~ 1 other row: --format json has it
)");
}

TEST(DiffOfCosts, AsJsonHasEachRow) {
  const Json diff = ParseJson(Written(DiffJson));
  EXPECT_EQ(diff["costs"]["compared"], 3);
  EXPECT_EQ(diff["costs"]["slower"], 1);
  EXPECT_FALSE(diff["costs"].contains("noise"));
  EXPECT_FALSE(diff["costs"].contains("warning"));
  ASSERT_EQ(diff["cost_rows"].size(), 3U);
  EXPECT_EQ(diff["cost_rows"][1]["name"], kSignal);
  EXPECT_EQ(diff["cost_rows"][1]["word"], "slower");
  EXPECT_EQ(diff["cost_rows"][1]["before"], 200);
  EXPECT_LT(diff["cost_rows"][1]["low"], diff["cost_rows"][1]["ratio"]);
  EXPECT_EQ(diff["differences"][0]["kind"], "cost");
}

}  // namespace
}  // namespace pidproof::reports::compare::cost_changes_test
