// What it costs to merge the documents of a fleet.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "probes/registry.h"
#include "reports/fleet/database.h"
#include "reports/fleet/merge.h"
#include "reports/fleet/record.h"
#include "runner/benchmarks/generated_fleet.h"
#include "runner/benchmarks/helper.h"
#include "runner/benchmarks/own.h"

namespace pidproof::runner::benchmarks::fleet {
namespace {

constexpr std::size_t kHosts = 200;

const std::vector<std::string>& Texts() {
  static const std::vector<std::string> texts = [] {
    std::vector<std::string> made;
    for (std::size_t host = 0; host < kHosts; ++host) {
      made.push_back(reports::ToJson(GeneratedHost(host, 1, Extent::kProbe)));
    }
    return made;
  }();
  return texts;
}

void MergeAll() {
  const std::unique_ptr<reports::fleet::Database> fleet =
      reports::fleet::OpenFleet(":memory:", reports::fleet::Use::kWrite);
  reports::fleet::RecordReader reader;
  reports::fleet::Merger merger(*fleet);
  for (const std::string& text : Texts()) merger.Add(reader.Read(text, ""));
  merger.Finish();
}

void ParseAll() {
  for (const std::string& text : Texts()) {
    benchmark::DoNotOptimize(nlohmann::json::parse(text));
  }
}

Helper& Holder() {
  static Helper holder;
  return holder;
}

void Add(As as, std::string mechanism, void (*work)()) {
  const std::size_t number = Holder().Add([work] {
    Texts();
    return SecondsOf(work);
  });
  Register({{"of", "merge"}}, as, std::move(mechanism), [number](benchmark::State& state) {
    for (auto _ : state) state.SetIterationTime(Holder().Run(number));
  })->UseManualTime();
}

void AddRows(Amount amount) {
  if (amount == Amount::kQuick) return;
  Add(As::kMeasured, fmt::format("{} probe documents into a fleet in memory", kHosts), MergeAll);
  Add(As::kFloor, "nlohmann::json::parse of the same texts", ParseAll);
  Holder().Start();
}

const Registered<scenarios::benchmarks::RowSource> kRows{{.name = "own_fleet", .add = AddRows}};

}  // namespace
}  // namespace pidproof::runner::benchmarks::fleet
