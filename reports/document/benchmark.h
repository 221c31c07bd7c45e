// One row of what was measured: how long something takes, by pidfd or by PID.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pidproof::reports {

// At most so many samples of a row are kept in a document.
inline constexpr std::size_t kMostSamples = 200;

struct Benchmark {
  // What is measured: a topic, and keys with their values,
  // "verbs/call:signal/state:dead/path:pidfd". Rows that differ in their path, or in who watches,
  // alone are to be compared.
  std::string name;
  // The calls that are measured, and who uses them; empty: as in an earlier row of the strategy.
  std::string mechanism;
  std::string unsupported;  // why it could not be measured, or empty: then there are figures
  // Nanoseconds for one time, one value for each repetition, as they came; their median, and its
  // interval of 95 % confidence, which are there where the samples are.
  std::vector<double> samples = {};
  std::optional<double> median = {};
  std::optional<double> low = {};
  std::optional<double> high = {};
  // Of rows that watch for events, an event: nanoseconds from the end of a process to its status.
  std::optional<double> p50 = {};
  std::optional<double> p90 = {};
  std::optional<double> p99 = {};
  std::optional<double> p999 = {};
  std::optional<double> max = {};
  // Nanoseconds of processor time for an event: one value for each repetition, but for loads that
  // are not closed, and their median.
  std::vector<double> cpu_samples = {};
  std::optional<double> cpu = {};
  std::optional<double> calls = {};        // system calls for an event
  std::optional<double> memory = {};       // bytes for each child that is watched
  std::optional<double> descriptors = {};  // for each child that is watched
  // Of supervisors, over all repetitions: signals that were sent to stop a worker, and not refused;
  // ends that were not reported, or twice; workers that were hit by a signal for an earlier one.
  std::optional<double> stops = {};
  std::optional<double> lost = {};
  std::optional<double> doubled = {};
  std::optional<double> misdirected = {};
  // How often which latency came, in nanoseconds (histogram.h).
  std::vector<std::uint64_t> histogram = {};
};

// "verbs"
std::string_view TopicOf(const Benchmark& row);
// The value behind the key, "dead" of "state"; empty where the name has no such key.
std::string_view KeyOf(const Benchmark& row, std::string_view key);
// The name without the key and its value.
std::string Without(std::string_view name, std::string_view key);

}  // namespace pidproof::reports
