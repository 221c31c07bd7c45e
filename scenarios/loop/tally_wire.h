// The frames that a TrialLoop sends and Tally::Hear reads.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "probes/system/codec.h"
#include "probes/system/isolate.h"
#include "scenarios/loop/flight_recorder.h"
#include "scenarios/loop/tally.h"

namespace pidproof::scenarios {

// How often each actor of a race began first, and won.
struct Shares {
  std::array<std::uint64_t, FlightRecorder::kMostActors> began_first{};
  std::array<std::uint64_t, FlightRecorder::kMostActors> won{};
};

void Fields(auto& codec, Like<Shares> auto& shares) {
  auto& [began_first, won] = shares;
  codec(began_first, won);
}

struct Progress {
  double seconds = 0;
  std::uint64_t host_pids_used = 0;
  std::uint64_t opportunities = 0;
  std::uint64_t near_misses = 0;
  bool exhausted = false;
};

void Fields(auto& codec, Like<Progress> auto& progress) {
  auto& [seconds, host_pids_used, opportunities, near_misses, exhausted] = progress;
  codec(seconds, host_pids_used, opportunities, near_misses, exhausted);
}

// New occurrences of an outcome, and the seconds to the first one of all.
void SendCount(const FrameWriter& up, std::string_view word, std::uint64_t count, double first);
void SendProgress(const FrameWriter& up, const Progress& progress);
void SendBaseline(const FrameWriter& up, double per_second);
void SendOpenedBy(const FrameWriter& up, std::string_view how);
void SendActors(const FrameWriter& up, const std::vector<const char*>& names);
void SendShares(const FrameWriter& up, const Shares& shares);
void SendRecord(const FrameWriter& up, const Recorded& recorded);

}  // namespace pidproof::scenarios
