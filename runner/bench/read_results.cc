#include "runner/bench/read_results.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>

#include "reports/document/histogram.h"
#include "reports/document/samples.h"

namespace pidproof::runner::bench {

namespace {

using nlohmann::json;
using reports::Benchmark;

// Three figures: more say nothing of a quantity that varies by some percent.
double Rounded(double value) {
  if (value <= 0 || !std::isfinite(value)) return 0;
  const double unit = std::pow(10, std::floor(std::log10(value)) - 2);
  return std::round(value / unit) * unit;
}

double NanosecondsOf(const json& repetition) {
  const std::map<std::string, double> units = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
  return repetition.at("real_time").get<double>() *
         units.at(repetition.at("time_unit").get<std::string>());
}

// The columns that a row may have beside its time, over the repetitions.
enum class Over { kMedian, kWorst, kSum };
struct Figure {
  const char* name;
  std::optional<double> Benchmark::*value;
  Over over = Over::kMedian;
};
constexpr Figure kFigures[] = {
    {"p50", &Benchmark::p50},
    {"max", &Benchmark::max, Over::kWorst},
    {"cpu_ns", &Benchmark::cpu},
    {"calls", &Benchmark::calls},
    {"memory", &Benchmark::memory},
    {"descriptors", &Benchmark::descriptors},
    {"stops", &Benchmark::stops, Over::kSum},
    {"lost", &Benchmark::lost, Over::kSum},
    {"doubled", &Benchmark::doubled, Over::kSum},
    {"misdirected", &Benchmark::misdirected, Over::kSum},
};

double Combined(const std::vector<double>& values, Over over) {
  switch (over) {
    case Over::kMedian:
      break;
    case Over::kWorst:
      return Rounded(*std::ranges::max_element(values));
    case Over::kSum:
      return std::accumulate(values.begin(), values.end(), 0.0);
  }
  return Rounded(reports::MedianOf(values).value);
}

// How many latencies were in a bucket.
using Histogram = std::map<std::uint64_t, std::uint64_t>;

// "WHO; histogram 1024*5,1152*7": adds to the counts, and leaves WHO.
std::string TakeHistogram(const std::string& label, Histogram& counts) {
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
    counts[reports::BucketOf(least)] += count;
    at = next + 1;
  }
  return label.substr(0, begin);
}

// The middle of the range in which the event is that a share of all events does not exceed.
double QuantileOf(const Histogram& histogram, double share) {
  std::uint64_t events = 0;
  for (const auto& [bucket, count] : histogram) events += count;
  const auto rank = std::ceil(share * static_cast<double>(events));
  std::uint64_t counted = 0;
  for (const auto& [bucket, count] : histogram) {
    counted += count;
    if (static_cast<double>(counted) < rank) continue;
    return static_cast<double>(reports::LeastOf(bucket) + reports::LeastOf(bucket + 1)) / 2;
  }
  return 0;
}

// A repetition alone has too few events to say more than its median.
void SetQuantiles(Benchmark& row, const Histogram& histogram) {
  if (histogram.empty()) return;
  const auto at_most = [&](double share) {
    return Rounded(std::min(QuantileOf(histogram, share), row.max.value_or(INFINITY)));
  };
  row.p90 = at_most(0.9);
  row.p99 = at_most(0.99);
  row.p999 = at_most(0.999);
}

Benchmark RowOf(const std::string& name, const std::vector<json>& repetitions) {
  Benchmark row{.name = name, .mechanism = "", .unsupported = ""};
  Histogram histogram;
  std::map<std::string, std::vector<double>> figures;
  for (const json& repetition : repetitions) {
    row.mechanism = TakeHistogram(repetition.value("label", ""), histogram);
    if (repetition.value("error_occurred", false)) {
      return {.name = name,
              .mechanism = row.mechanism,
              .unsupported = repetition.value("error_message", "it gave no reason")};
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
    if (!values.empty()) row.*figure.value = Combined(values, figure.over);
  }
  const bool repeats = !KeyOf(row, "load").empty() && KeyOf(row, "load") != "closed";
  for (const double value : repeats ? std::vector<double>() : figures["cpu_ns"]) {
    if (row.cpu_samples.size() < reports::kMostSamples) row.cpu_samples.push_back(Rounded(value));
  }
  SetQuantiles(row, histogram);
  row.histogram = reports::Packed(histogram);
  return row;
}

// What a strategy is, is said by the first of its rows.
void SayOnce(std::vector<Benchmark>& rows) {
  std::set<std::string> said;
  for (Benchmark& row : rows) {
    const std::string strategy(reports::KeyOf(row, "strategy"));
    if (!strategy.empty() && !said.insert(std::string(TopicOf(row)) + strategy).second) {
      row.mechanism.clear();
    }
  }
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
    SayOnce(rows);
    return rows;
  } catch (const std::exception& error) {
    throw std::runtime_error(
        fmt::format("pidproof-bench left no results that can be read: {}", error.what()));
  }
}

}  // namespace pidproof::runner::bench
