#include "reports/document/document.h"

#include <fmt/format.h>

#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "reports/document/fields.h"
#include "reports/document/gaps.h"
#include "reports/document/json_object.h"
#include "reports/document/row_json.h"
#include "reports/document/samples.h"
#include "reports/document/vocabulary.h"

namespace pidproof::reports {
namespace {

template <typename Row>
std::string Lines(const std::vector<Row>& rows) {
  std::string lines;
  for (const Row& row : rows) {
    lines += lines.empty() ? "\n    " : ",\n    ";
    lines += JsonLine(RowOf(row));
  }
  return lines.empty() ? "[]" : fmt::format("[{}\n  ]", lines);
}

// A duplicate row, or a cell of a scenario that is not listed, could hide a verdict from a
// reader of a table; so the three lists are read in the order in which they refer to each other.
void ReadLists(const JsonObject& object, const std::vector<Scenario>* known, Document& document) {
  std::set<std::pair<std::string, std::string>> features;
  object.ForEachRow("features", [&](const JsonObject& row) {
    const Feature& feature = document.features.emplace_back(ReadRow<Feature>(row));
    if (feature.world.empty()) row.Refuse("world", "is empty: name one");
    if (feature.feature.empty()) row.Refuse("feature", "is empty: name one");
    if (!features.emplace(feature.world, feature.feature).second) {
      row.Refuse("feature", Quoted(feature.feature) + " stands twice in its world: keep one");
    }
  });
  std::set<std::string> scenarios;
  if (known != nullptr) {
    for (const Scenario& scenario : *known) scenarios.insert(scenario.name);
  }
  object.ForEachRow("scenarios", [&](const JsonObject& row) {
    const Scenario& scenario = document.scenarios.emplace_back(ReadRow<Scenario>(row));
    if (!scenarios.insert(scenario.name).second) {
      row.Refuse("name", Quoted(scenario.name) + " stands twice: keep one");
    }
  });
  std::set<std::tuple<std::string, std::string, Path>> cells;
  object.ForEachRow("cells", [&](const JsonObject& row) {
    const Cell& cell = document.cells.emplace_back(ReadRow<Cell>(row));
    if (!scenarios.contains(cell.scenario)) {
      row.Refuse("scenario", Quoted(cell.scenario) + " is not among the scenarios: list it there");
    }
    if (!cells.emplace(cell.world, cell.scenario, cell.path).second) {
      row.Refuse("scenario", Quoted(cell.scenario) + " stands twice on its path: keep one");
    }
  });
}

void ReadBenchmarks(const JsonObject& object, Document& document) {
  std::set<std::string> names;
  object.ForEachRow("benchmarks", [&](const JsonObject& row) {
    Benchmark& benchmark = document.benchmarks.emplace_back(ReadRow<Benchmark>(row));
    if (!names.insert(benchmark.name).second) {
      row.Refuse("name", Quoted(benchmark.name) + " stands twice: keep one");
    }
    if (benchmark.samples.empty() == benchmark.unsupported.empty()) {
      row.Refuse("samples", "must be there unless the row is unsupported: keep one of both");
    }
    if (benchmark.samples.size() > kMostSamples) {
      row.Refuse("samples", fmt::format("are more than {}: keep so many", kMostSamples));
    }
    if (benchmark.samples.empty()) return;
    // They follow from the samples, so a row may leave them out.
    const Estimate median = MedianOf(benchmark.samples);
    if (!benchmark.median) benchmark.median = median.value;
    if (!benchmark.low) benchmark.low = median.low;
    if (!benchmark.high) benchmark.high = median.high;
  });
}

// Whether the text, as far as it goes, is a document: its first key is there.
bool BeginsAsDocument(std::string_view text) {
  const std::size_t brace = text.find_first_not_of(" \t\r\n");
  if (brace == std::string_view::npos) return true;
  if (text[brace] != '{') return false;
  const std::size_t key = text.find_first_not_of(" \t\r\n", brace + 1);
  constexpr std::string_view kKey = "\"schema\"";
  return key == std::string_view::npos || kKey.starts_with(text.substr(key, kKey.size()));
}

Json Parsed(std::string_view text) {
  try {
    return ParseJson(text);
  } catch (const Json::parse_error& error) {
    const std::string complaint = fmt::format(
        "not JSON from byte {} on: give a complete document, as pidproof wrote it", error.byte);
    if (error.byte > text.size() && BeginsAsDocument(text)) throw Unreadable(complaint);
    throw std::runtime_error(complaint);
  } catch (const Json::exception&) {
    throw std::runtime_error(
        "not a document: a number is too large for JSON: give it as pidproof wrote it");
  }
}

// known: the scenarios that a reader has taken out of it, or nullptr.
Document DocumentOf(const Json& json, const std::vector<Scenario>* known) {
  const JsonObject object(json, "");
  Document document;
  document.schema = object.String("schema");
  if (document.schema != kSchema) {
    throw Unreadable(
        fmt::format("schema is {}, and this program reads {}: use the pidproof that wrote it",
                    Quoted(document.schema), Quoted(kSchema)));
  }
  for (const char* part : {"tool", "run", "host", "features", "scenarios", "cells"}) {
    if (json.contains(part)) continue;
    throw Unreadable(fmt::format(
        "{} is missing: the document is cut short, give it as pidproof wrote it", part));
  }
  document.tool = object.String("tool");
  document.run = ReadRow<Run>(object.Object("run"));
  document.host = ReadRow<Host>(object.Object("host"));
  ReadLists(object, known, document);
  if (object.Has("proposed")) {
    object.ForEachRow("proposed", [&](const JsonObject& row) {
      document.proposed.push_back(ReadRow<Proposed>(row));
    });
  }
  if (object.Has("benchmarks")) ReadBenchmarks(object, document);
  if (!object.Has("kernel_log")) return document;
  document.kernel_log.emplace();
  object.ForEachRow("kernel_log", [&](const JsonObject& row) {
    document.kernel_log->push_back(ReadRow<KernelLogLine>(row));
  });
  return document;
}

}  // namespace

std::string ToJson(const Document& document) {
  const std::string proposed = document.proposed.empty()
                                   ? ""
                                   : fmt::format(",\n  \"proposed\": {}", Lines(document.proposed));
  const std::string benchmarks =
      document.benchmarks.empty()
          ? ""
          : fmt::format(",\n  \"benchmarks\": {}", Lines(document.benchmarks));
  const std::string kernel_log =
      document.kernel_log ? fmt::format(",\n  \"kernel_log\": {}", Lines(*document.kernel_log))
                          : "";
  return fmt::format(
      "{{\n"
      "  \"schema\": {},\n"
      "  \"tool\": {},\n"
      "  \"run\": {},\n"
      "  \"host\": {},\n"
      "  \"features\": {},\n"
      "  \"scenarios\": {},\n"
      "  \"cells\": {}{}{}{}\n"
      "}}\n",
      JsonLine(document.schema), JsonLine(document.tool), JsonLine(RowOf(document.run)),
      JsonLine(RowOf(document.host)), Lines(document.features), Lines(document.scenarios),
      Lines(document.cells), proposed, benchmarks, kernel_log);
}

Document FromJson(std::string_view text) { return DocumentOf(Parsed(text), nullptr); }

namespace {

// Where the scenarios stand in a document as it is written; nothing for other layouts. No text of
// JSON holds a newline, so these lines are none of a text.
std::optional<std::pair<std::size_t, std::size_t>> ScenariosAt(std::string_view text) {
  constexpr std::string_view kBegin = "\n  \"scenarios\": [\n";
  constexpr std::string_view kEnd = "\n  ]";
  const std::size_t begin = text.find(kBegin);
  const std::size_t end = text.find(kEnd, begin);
  if (begin == std::string_view::npos || end == std::string_view::npos) return std::nullopt;
  return std::pair(begin, end + kEnd.size() - begin);
}

}  // namespace

SeriesReader::Read SeriesReader::Next(std::string_view text) {
  const auto at = ScenariosAt(text);
  const std::string_view section = at ? text.substr(at->first, at->second) : "";
  if (at && known_ && section == section_) {
    std::string rest(text);
    rest.replace(at->first, at->second, "\n  \"scenarios\": []");
    Document document = DocumentOf(Parsed(rest), known_.get());
    if (document.scenarios.empty()) return {std::move(document), known_};
  }
  Document document = FromJson(text);
  auto scenarios =
      std::make_shared<const std::vector<Scenario>>(std::exchange(document.scenarios, {}));
  if (at) {
    section_ = section;
    known_ = scenarios;
  }
  return {std::move(document), std::move(scenarios)};
}

bool HoldsCostsAlone(const Document& document) {
  return !document.benchmarks.empty() && document.features.empty() && document.cells.empty();
}

bool KernelComplained(const Document& document) {
  return document.run.kernel_watch == kOwnKernel && document.kernel_log &&
         !document.kernel_log->empty();
}

int ExitStatus(const Document& document) {
  bool undecided = !document.run.failure.empty() || KernelComplained(document) ||
                   !WhyUndecided(document).empty();
  for (const Cell& cell : document.cells) {
    const Tone tone = ToneOf(cell.verdict);
    if (tone == Tone::kBad) return 1;
    undecided |= tone == Tone::kUndecided;
  }
  return undecided ? 3 : 0;
}

}  // namespace pidproof::reports
