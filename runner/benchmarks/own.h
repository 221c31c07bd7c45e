// Rows about pidproof itself: what it takes to probe, to isolate, to judge, to render, each beside
// a floor, which is the least that the same thing could take.
#pragma once

#include <benchmark/benchmark.h>

#include <cstdint>
#include <functional>
#include <string>

#include "scenarios/benchmarks/host_pids.h"
#include "scenarios/benchmarks/row.h"

namespace pidproof::runner::benchmarks {

using scenarios::benchmarks::Amount;
using scenarios::benchmarks::Keys;

enum class As { kMeasured, kFloor };

// Registers "own/of:render/form:html/as:measured" for {"of", "render"}, {"form", "html"}. Its floor
// has the same keys, or fewer of them: "own/of:render/as:floor" is that of all forms. measure may
// throw Unsupported.
benchmark::internal::Benchmark* Register(Keys keys, As as, std::string mechanism,
                                         std::function<void(benchmark::State&)> measure);

// Of that many PIDs outside a repetition, none of which is used again. Throws Unsupported where
// the rows before have claimed them.
scenarios::benchmarks::HostPidClaim ClaimPids(std::uint64_t each_time);
void RequirePids(scenarios::benchmarks::HostPidClaim claim);

// Throws Unsupported where the rows have no PID namespace of their own.
void RequireOwnNamespace();

// A copy of this process, its end and its reaping; and how often a row does it: each takes a PID
// outside.
void ForkAndWait();
inline constexpr int kTimes = 8;

double SecondsOf(const std::function<void()>& work);

}  // namespace pidproof::runner::benchmarks
