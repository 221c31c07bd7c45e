// The forms in which other tools read benchmarks: Go's, Bencher's, github-action-benchmark's, and a
// table for a spreadsheet.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "reports/document/json_text.h"
#include "reports/formats/format.h"
#include "reports/text/csv.h"

namespace pidproof::reports::formats::benchmarks {

namespace {

using Documents = std::vector<compare::NamedDocument>;

// Calls with the document and each of its rows that was measured.
void ForEachRow(const Documents& documents, const auto& use) {
  for (const compare::NamedDocument& each : documents) {
    for (const Benchmark& row : each.document.benchmarks) {
      if (row.unsupported.empty()) use(each.document, row);
    }
  }
}

// One word of printing characters, as these forms want it.
std::string OneWord(std::string name) {
  std::ranges::replace_if(
      name, [](unsigned char letter) { return letter <= ' ' || letter >= 127; }, '_');
  return name;
}

// "BenchmarkVerbs/call=signal/path=pidfd 1 131 ns/op": a line for each sample, which benchstat
// makes tables of.
std::string GoBench(const Documents& documents, const Settings&) {
  std::string text;
  const Document* of = nullptr;
  ForEachRow(documents, [&](const Document& document, const Benchmark& row) {
    if (of != &document) {
      of = &document;
      text += fmt::format("goos: linux\ngoarch: {}\npkg: pidproof\nkernel: {}\n",
                          OneWord(document.host.machine), OneWord(document.host.release));
    }
    std::string name = OneWord(row.name);
    std::ranges::replace(name, ':', '=');
    if (!name.empty())
      name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
    for (const double sample : row.samples) {
      text += fmt::format("Benchmark{} 1 {} ns/op\n", name, sample);
    }
  });
  return text;
}

// Several documents have rows of one name.
std::string NameIn(const Documents& documents, const Document& document, const Benchmark& row) {
  if (documents.size() == 1) return row.name;
  const auto of = std::ranges::find_if(
      documents, [&](const auto& each) { return &each.document == &document; });
  return fmt::format("{}: {}", of->name, row.name);
}

// Bencher Metric Format.
std::string Bmf(const Documents& documents, const Settings&) {
  Json metrics = Json::object();
  ForEachRow(documents, [&](const Document& document, const Benchmark& row) {
    metrics[NameIn(documents, document, row)]["latency"] = {
        {"value", *row.median}, {"lower_value", *row.low}, {"upper_value", *row.high}};
  });
  return JsonLine(metrics) + "\n";
}

// What github-action-benchmark takes as customSmallerIsBetter.
std::string GhaBench(const Documents& documents, const Settings&) {
  Json rows = Json::array();
  ForEachRow(documents, [&](const Document& document, const Benchmark& row) {
    rows.push_back({{"name", NameIn(documents, document, row)},
                    {"unit", "ns"},
                    {"value", *row.median},
                    {"range", fmt::format("{} to {}", *row.low, *row.high)},
                    {"extra", row.mechanism}});
  });
  return JsonLine(rows) + "\n";
}

std::string Csv(const Documents& documents, const Settings&) {
  std::string text =
      "release,machine,name,mechanism,median_ns,low_ns,high_ns,p50_ns,p99_ns,max_ns,"
      "cpu_ns,calls,stops,lost,double,misdirected\n";
  const auto cell = [](const std::optional<double>& value) {
    return value ? fmt::format("{}", *value) : std::string();
  };
  ForEachRow(documents, [&](const Document& document, const Benchmark& row) {
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n",
                        text::CsvCell(document.host.release), text::CsvCell(document.host.machine),
                        text::CsvCell(row.name), text::CsvCell(row.mechanism), cell(row.median),
                        cell(row.low), cell(row.high), cell(row.p50), cell(row.p99), cell(row.max),
                        cell(row.cpu), cell(row.calls), cell(row.stops), cell(row.lost),
                        cell(row.doubled), cell(row.misdirected));
  });
  return text;
}

const Registered<Format> kGoBench{{
    .name = "gobench",
    .summary = "benchmarks as Go prints them, for benchstat",
    .render = GoBench,
}};

const Registered<Format> kBmf{{
    .name = "bmf",
    .summary = "benchmarks for Bencher",
    .render = Bmf,
}};

const Registered<Format> kGhaBench{{
    .name = "gha-bench",
    .summary = "benchmarks for github-action-benchmark (customSmallerIsBetter)",
    .render = GhaBench,
}};

const Registered<Format> kCsv{{
    .name = "csv",
    .summary = "benchmarks as a table for a spreadsheet",
    .render = Csv,
}};

}  // namespace

}  // namespace pidproof::reports::formats::benchmarks
