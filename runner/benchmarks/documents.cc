// What it costs to judge the cells of a run, and to read, render and compare its document.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "probes/registry.h"
#include "reports/compare/diff.h"
#include "reports/compare/table.h"
#include "reports/document/document.h"
#include "reports/formats/format.h"
#include "reports/html/html.h"
#include "reports/text/text.h"
#include "runner/benchmarks/full_document.h"
#include "runner/benchmarks/helper.h"
#include "runner/benchmarks/own.h"
#include "runner/judge.h"
#include "scenarios/scenario.h"

namespace pidproof::runner::benchmarks::documents {
namespace {

using nlohmann::json;
using reports::Document;
using reports::compare::NamedDocument;

// One document, in all its shapes, and a later one.
struct Shapes {
  std::vector<CellRuns> runs = FullRuns(1);
  std::vector<NamedDocument> named = {{"full", FullDocument(1)}};
  const Document& document = named.front().document;
  Document later = FullDocument(2);
  std::string text = reports::ToJson(document);
  json parsed = json::parse(text);
  json copy = parsed;
};

const Shapes& Full() {
  static const Shapes shapes;
  return shapes;
}

void JudgeAll(const std::vector<CellRuns>& runs) {
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const scenarios::Scenario& scenario = *scenarios::AllScenarios()[i];
    for (const scenarios::Path path : scenarios::kPaths) {
      benchmark::DoNotOptimize(
          Judge(scenario, path, Of(runs[i], path), Of(runs[i], OtherPath(path)), {}));
    }
  }
}

void FindClaims(const std::vector<CellRuns>& runs) {
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const scenarios::Scenario& scenario = *scenarios::AllScenarios()[i];
    for (const scenarios::Path path : scenarios::kPaths) {
      for (const auto& [outcome, count] : Of(runs[i], path).tally.outcomes) {
        benchmark::DoNotOptimize(scenario.FindClaim(path, outcome));
      }
    }
  }
}

Helper& Holder() {
  static Helper holder;
  return holder;
}

// A row of something that is done with that document.
void Add(const Keys& keys, As as, std::string mechanism, const auto& use) {
  const std::size_t work = Holder().Add([use, is_first = true]() mutable {
    // The document is made, and the caches are filled.
    if (std::exchange(is_first, false)) use(Full());
    return SecondsOf([&] { use(Full()); });
  });
  Register(keys, as, std::move(mechanism), [work](benchmark::State& state) {
    for (auto _ : state) state.SetIterationTime(Holder().Run(work));
  })->UseManualTime();
}

void AddForm(std::string_view form, std::string mechanism, const auto& render) {
  Add({{"of", "render"}, {"form", std::string(form)}}, As::kMeasured, std::move(mechanism),
      [render](const Shapes& full) { benchmark::DoNotOptimize(render(full.document)); });
}

void AddRenderings() {
  AddForm("text", "reports::text::Text",
          [](const Document& document) { return reports::text::Text(document, {}); });
  AddForm("html", "reports::html::Html", reports::html::Html);
  AddForm("json", "reports::ToJson", reports::ToJson);
  for (const reports::formats::Format* format : Registered<reports::formats::Format>::All()) {
    Add({{"of", "render"}, {"form", std::string(format->name)}}, As::kMeasured,
        std::string(format->summary), [format](const Shapes& full) {
          benchmark::DoNotOptimize(format->render(full.named, {.build_id = "pidproof:1"}));
        });
  }
  Add({{"of", "render"}}, As::kFloor, "nlohmann::json::dump of the document",
      [](const Shapes& full) { benchmark::DoNotOptimize(full.parsed.dump()); });
}

void AddRows(Amount amount) {
  if (amount == Amount::kQuick) return;
  const std::size_t cells = scenarios::AllScenarios().size() * std::size(scenarios::kPaths);
  Add({{"of", "judge"}}, As::kMeasured, fmt::format("Judge of {} cells", cells),
      [](const Shapes& full) { JudgeAll(full.runs); });
  Add({{"of", "judge"}}, As::kFloor, "finding the claim of each of their outcomes",
      [](const Shapes& full) { FindClaims(full.runs); });
  Add({{"of", "read"}}, As::kMeasured, fmt::format("reports::FromJson of {} cells", cells),
      [](const Shapes& full) { benchmark::DoNotOptimize(reports::FromJson(full.text)); });
  Add({{"of", "read"}}, As::kFloor, "nlohmann::json::parse of the same text",
      [](const Shapes& full) { benchmark::DoNotOptimize(json::parse(full.text)); });
  Add({{"of", "diff"}}, As::kMeasured, fmt::format("reports::compare::Compare of {} cells", cells),
      [](const Shapes& full) {
        benchmark::DoNotOptimize(reports::compare::Compare(full.document, full.later));
      });
  Add({{"of", "diff"}}, As::kFloor, "nlohmann::json's == of the document and its copy",
      [](const Shapes& full) { benchmark::DoNotOptimize(full.parsed == full.copy); });
  AddRenderings();
  Holder().Start();
}

const Registered<scenarios::benchmarks::RowSource> kRows{{.name = "own_documents", .add = AddRows}};

}  // namespace
}  // namespace pidproof::runner::benchmarks::documents
