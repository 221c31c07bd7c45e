// What a row of pidproof-bench is: a benchmark of Google's library whose name says what it
// measures, so that rows of both paths are found in pairs.
#pragma once

#include <benchmark/benchmark.h>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "probes/system/isolate.h"
#include "scenarios/path.h"

namespace pidproof::scenarios::benchmarks {

// Keys and values behind the topic: {"call", "signal_0"}, {"state", "zombie"}, {"path", "pidfd"}.
// Rows that are compared differ in their path, or strategy, alone.
using Keys = std::vector<std::pair<std::string_view, std::string>>;

// "verbs/call:signal_0/state:zombie/path:pidfd"
std::string RowName(std::string_view topic, const Keys& keys);

// Registers a benchmark of that name. mechanism: the calls that are measured, such as "kill(2)",
// and who uses them; it becomes the row's label. A benchmark that cannot be measured here ends by
// state.SkipWithError("needs ...") or by throwing Unsupported, before or within the loop;
// so does one in which something fails.
benchmark::internal::Benchmark* Register(const std::string& name, std::string mechanism,
                                         std::function<void(benchmark::State&)> measure);

// How much is measured: what takes seconds, a minute, or minutes.
enum class Amount { kQuick, kFull, kAll };

// Rows that follow from what others register: they are added once all that is.
struct RowSource {
  std::string_view name;
  void (*add)(Amount amount);
};

// Where the rows run.
Isolation RowIsolation();
void SetRowIsolation(Isolation isolation);
// Whether that is a PID namespace of their own, in which the PID of a process that is reaped can be
// signalled.
bool HasOwnNamespace();
// Whether /proc shows the processes that the rows make.
bool HasOwnProc();
void SetOwnProc(bool own);

}  // namespace pidproof::scenarios::benchmarks
