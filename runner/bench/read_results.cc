#include "runner/bench/read_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "reports/document/samples.h"

namespace pidproof::runner::bench {

namespace {

using nlohmann::json;
using reports::Benchmark;

// Four figures: more say nothing of a quantity that varies by some percent.
double Rounded(double value) {
  if (value <= 0 || !std::isfinite(value)) return 0;
  const double unit = std::pow(10, std::floor(std::log10(value)) - 3);
  return std::round(value / unit) * unit;
}

double NanosecondsOf(const json& repetition) {
  const std::map<std::string, double> units = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
  return repetition.at("real_time").get<double>() *
         units.at(repetition.at("time_unit").get<std::string>());
}

// The columns that a row may have beside its time: the median over the repetitions, but the worst
// of the maximum.
struct Figure {
  const char* name;
  std::optional<double> Benchmark::*value;
};
constexpr Figure kFigures[] = {
    {"p50", &Benchmark::p50},
    {"p90", &Benchmark::p90},
    {"p99", &Benchmark::p99},
    {"p999", &Benchmark::p999},
    {"max", &Benchmark::max},
    {"cpu_ns", &Benchmark::cpu},
    {"calls", &Benchmark::calls},
    {"memory", &Benchmark::memory},
    {"descriptors", &Benchmark::descriptors},
};

// "WHO; histogram 1024*5,1152*7": adds to the counts, and leaves WHO.
std::string TakeHistogram(const std::string& label,
                          std::map<std::uint64_t, std::uint64_t>& counts) {
  constexpr std::string_view kBegin = "; histogram ";
  const std::size_t begin = label.find(kBegin);
  if (begin == std::string::npos) return label;
  const char* at = label.data() + begin + kBegin.size();
  const char* const end = label.data() + label.size();
  while (at < end) {
    std::uint64_t least = 0;
    std::uint64_t count = 0;
    at = std::from_chars(at, end, least).ptr;
    if (at == end || *at != '*') break;
    const auto [next, error] = std::from_chars(at + 1, end, count);
    if (error != std::errc()) break;
    counts[least] += count;
    at = next + 1;
  }
  return label.substr(0, begin);
}

Benchmark RowOf(const std::string& name, const std::vector<json>& repetitions) {
  Benchmark row{.name = name, .mechanism = "", .unsupported = ""};
  std::map<std::uint64_t, std::uint64_t> histogram;
  std::map<std::string, std::vector<double>> figures;
  for (const json& repetition : repetitions) {
    row.mechanism = TakeHistogram(repetition.value("label", ""), histogram);
    if (repetition.value("error_occurred", false)) {
      row.unsupported = repetition.value("error_message", "it gave no reason");
      return row;
    }
    row.samples.push_back(Rounded(NanosecondsOf(repetition)));
    for (const Figure& figure : kFigures) {
      if (repetition.contains(figure.name)) {
        figures[figure.name].push_back(repetition.at(figure.name).get<double>());
      }
    }
  }
  const reports::Estimate median = reports::MedianOf(row.samples);
  row.median = median.value;
  row.low = median.low;
  row.high = median.high;
  if (row.samples.size() > reports::kMostSamples) row.samples.resize(reports::kMostSamples);
  for (const Figure& figure : kFigures) {
    const std::vector<double>& values = figures[figure.name];
    if (values.empty()) continue;
    const bool worst = figure.value == &Benchmark::max;
    row.*figure.value =
        Rounded(worst ? *std::ranges::max_element(values) : reports::MedianOf(values).value);
  }
  for (const auto& [least, count] : histogram) {
    row.histogram.push_back(least);
    row.histogram.push_back(count);
  }
  return row;
}

// The library's aggregates have figures that JSON has no word for, such as the variation of zeros.
std::string WithoutNan(std::string text) {
  for (const std::string_view word : {": NaN", ": -NaN", ": Infinity", ": -Infinity"}) {
    for (std::size_t at = 0; (at = text.find(word, at)) != std::string::npos; ++at) {
      text.replace(at, word.size(), ": null");
    }
  }
  return text;
}

}  // namespace

std::vector<Benchmark> ReadResults(std::string_view text) {
  try {
    const json results = json::parse(WithoutNan(std::string(text)));
    // They are written as they were shuffled.
    std::map<std::uint64_t, std::string> names;
    std::map<std::string, std::vector<json>> repetitions;
    for (const json& each : results.at("benchmarks")) {
      if (each.value("run_type", "iteration") != "iteration") continue;  // an aggregate
      // What the library adds, such as "/manual_time", is no part of the row's name.
      std::string name = each.at("run_name").get<std::string>();
      for (const char* added : {"/repeats:", "/iterations:", "/manual_time", "/real_time"}) {
        name = name.substr(0, name.find(added));
      }
      names[each.at("family_index").get<std::uint64_t>()] = name;
      repetitions[name].push_back(each);
    }
    std::vector<Benchmark> rows;
    for (const auto& [family, name] : names) rows.push_back(RowOf(name, repetitions[name]));
    return rows;
  } catch (const std::exception& error) {
    throw std::runtime_error(
        fmt::format("pidproof-bench left no results that can be read: {}", error.what()));
  }
}

}  // namespace pidproof::runner::bench
