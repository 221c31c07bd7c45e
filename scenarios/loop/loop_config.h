// What the runner passes to a torture loop.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "probes/system/codec.h"
#include "scenarios/loop/flight_recorder.h"

namespace pidproof::scenarios {

// Open windows that a verdict needs: when none of 30 let a harm in, fewer than one window in ten
// does, with 95 % confidence.
inline constexpr std::uint64_t kFewestOpportunities = 30;

// When a torture loop ends: whichever limit is reached first.
struct Budget {
  std::chrono::nanoseconds time{};
  // The longest time where nothing is decided yet: too few open windows, a required outcome not
  // observed, or no harm where the path is exposed to one. A quarter of it where a known kernel bug
  // was not met.
  std::chrono::nanoseconds patience{};
  std::uint64_t trials = 0;  // 0: no limit
  // Stop at that many open windows without a harm, or at the first harm. 0: neither.
  std::uint64_t opportunities = 0;
  // Stop early at that many open windows once all is decided, or once the harm has come where the
  // path is exposed to one. 0: use all of the time.
  std::uint64_t enough = 0;
};

// Changes the interleaving of a race; drawn anew every few trials.
struct Perturbation {
  enum Place { kAnywhere, kTogether, kApart };
  enum Pressure { kNoPressure, kPreemption, kSignals };
  Place place = kAnywhere;          // on which processors: any, all on one, each on another
  Pressure pressure = kNoPressure;  // what disturbs the racing threads
  bool yielding = false;            // the last thread has a lower priority (nice)
  bool operator==(const Perturbation&) const = default;
};

constexpr Perturbation::Place LastOf(Perturbation::Place) { return Perturbation::kApart; }
constexpr Perturbation::Pressure LastOf(Perturbation::Pressure) { return Perturbation::kSignals; }
void Fields(auto& codec, Like<Perturbation> auto& perturbation) {
  auto& [place, pressure, yielding] = perturbation;
  codec(place, pressure, yielding);
}

std::string_view Word(Perturbation::Place place);
std::string_view Word(Perturbation::Pressure pressure);

// A trial's schedule as it was drawn: what a replay sets again.
struct Schedule {
  Perturbation perturbation;
  // When each actor starts, in nanoseconds after the first one.
  std::array<std::int32_t, FlightRecorder::kMostActors> offsets{};
};

void Fields(auto& codec, Like<Schedule> auto& schedule) {
  auto& [perturbation, offsets] = schedule;
  codec(perturbation, offsets);
}

struct LoopConfig {
  Budget budget;
  std::uint64_t seed = 0;
  std::vector<std::string_view> harms = {};         // outcomes that are harms
  std::vector<std::string_view> known = {};         // outcomes that need no record
  std::vector<std::string_view> musts = {};         // outcomes that are required
  bool expects_hazard = false;                      // a harm is expected to come
  bool may_have_bug = false;                        // a rare harm (a known kernel bug) may come
  std::optional<Schedule> repeated = std::nullopt;  // replay this instead of drawing
  FlightRecorder* flight = nullptr;                 // where the actors write their events
};

}  // namespace pidproof::scenarios
