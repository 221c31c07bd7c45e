#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "probes/system/codec.h"
#include "probes/system/isolate.h"
#include "scenarios/loop/flight_recorder.h"
#include "scenarios/loop/loop_config.h"

namespace pidproof::scenarios {

// One trial on record: what its replay needs, and what each actor did and saw.
struct Recorded {
  std::string outcome;
  std::uint64_t trial = 0;
  Schedule schedule;
  std::vector<Event> events;
};

void Fields(auto& codec, Like<Recorded> auto& recorded) {
  auto& [outcome, trial, schedule, events] = recorded;
  codec(outcome, trial, schedule, events);
}

// The sum of a cell's trials, as its TrialLoop reported them.
struct Tally {
  std::uint64_t trials = 0;
  std::uint64_t opportunities = 0;      // trials whose window was open
  std::uint64_t near_misses = 0;        // trials that just missed the window
  std::map<std::string, double> first;  // seconds to the first occurrence of each outcome
  std::map<std::string, std::uint64_t> outcomes;
  double seconds = 0;
  double baseline_per_second = 0;
  std::uint64_t host_pids_used = 0;
  bool exhausted = false;           // stopped early: the allowance of host PIDs was used up
  std::string opened_by;            // how the window is opened
  std::vector<std::string> actors;  // of a race; the vectors below have one element per actor
  std::vector<std::uint64_t> began_first;
  std::vector<std::uint64_t> won;
  std::vector<Recorded> recorded;

  // Adds a frame that a TrialLoop sent; ignores other kinds. Throws MalformedFrame.
  void Hear(const Frame& frame);
  // Adds what another worker of the same cell did at the same time.
  void Join(const Tally& other);
  // Adds what the same cell did later, in another slice of time.
  void Continue(const Tally& later);

 private:
  void AddCounts(const Tally& other);
};

void Fields(auto& codec, Like<Tally> auto& tally) {
  auto& [trials, opportunities, near_misses, first, outcomes, seconds, baseline_per_second,
         host_pids_used, exhausted, opened_by, actors, began_first, won, recorded] = tally;
  codec(trials, opportunities, near_misses, first, outcomes, seconds, baseline_per_second,
        host_pids_used, exhausted, opened_by, actors, began_first, won, recorded);
}

}  // namespace pidproof::scenarios
