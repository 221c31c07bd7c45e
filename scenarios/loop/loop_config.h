// What the runner tells a torture loop.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "probes/system/codec.h"
#include "scenarios/loop/flight_recorder.h"

namespace pidproof {

// Windows that have to open before anything is said of what came through them: where none of so
// many let a harm in, nine in ten do not, with 95 % confidence.
inline constexpr std::uint64_t kFewestOpportunities = 30;

// When a torture loop has done enough: whichever comes first.
struct Budget {
  std::chrono::nanoseconds time{};
  // How long it goes on at the most where nothing is decided yet: too few windows were open, a word
  // that is required was not, or no harm came where the path is exposed to one. A quarter of it
  // where a known mistake of the kernel was not met.
  std::chrono::nanoseconds patience{};
  std::uint64_t trials = 0;  // 0: any number
  // It may stop at that many open windows without a harm, or at the first harm. 0: never for that.
  std::uint64_t opportunities = 0;
  // With so many open windows, all being decided, it leaves the rest of its time to others; so it
  // does once its harm has come where the path is exposed to one. 0: it does not.
  std::uint64_t enough = 0;
};

// What bends the interleaving of a race, drawn anew every few trials.
struct Perturbation {
  enum Place { kAnywhere, kTogether, kApart };
  enum Pressure { kNoPressure, kPreemption, kSignals };
  Place place = kAnywhere;          // on which processors: any, all on one, each on another
  Pressure pressure = kNoPressure;  // what disturbs those that race
  bool yielding = false;            // the last of them gives way to the others (nice)
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

// A trial's schedule, as it was drawn: what must be set again to repeat it.
struct Schedule {
  Perturbation perturbation;
  // When each act is let go, in nanoseconds after the first; the actors that there are.
  std::array<std::int32_t, FlightRecorder::kMostActors> offsets{};
};

void Fields(auto& codec, Like<Schedule> auto& schedule) {
  auto& [perturbation, offsets] = schedule;
  codec(perturbation, offsets);
}

struct LoopConfig {
  Budget budget;
  std::uint64_t seed = 0;
  std::vector<std::string_view> harms = {};         // words that are a hit
  std::vector<std::string_view> known = {};         // words that need no record
  std::vector<std::string_view> musts = {};         // words that have to be heard
  bool expects_hazard = false;                      // a harm is expected to come
  bool may_have_bug = false;                        // a harm may come that is rare
  std::optional<Schedule> repeated = std::nullopt;  // in place of all that is drawn
  FlightRecorder* flight = nullptr;                 // where the actors keep their records
};

}  // namespace pidproof
