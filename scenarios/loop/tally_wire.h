// What a TrialLoop sends up the pipe, and a Tally hears.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "probes/system/isolate.h"
#include "scenarios/loop/flight_recorder.h"
#include "scenarios/loop/loop_config.h"

namespace pidproof {

// How often each actor of a race was what it tells.
struct Shares {
  std::array<std::uint64_t, FlightRecorder::kMostActors> began_first{};
  std::array<std::uint64_t, FlightRecorder::kMostActors> won{};
};

struct Progress {
  double seconds = 0;
  std::uint64_t outer_used = 0;
  std::uint64_t opportunities = 0;
  std::uint64_t near_misses = 0;
  bool exhausted = false;
};

// New ones of a word, and the seconds to the first.
struct WordHead {
  std::uint64_t count = 0;
  double first = 0;
};

struct RecordHead {
  std::uint64_t trial = 0;
  Schedule schedule;
};

void SendCount(const FrameWriter& up, std::string_view word, const WordHead& head);
void SendProgress(const FrameWriter& up, const Progress& progress);
void SendBaseline(const FrameWriter& up, double per_second);
void SendWay(const FrameWriter& up, std::string_view way);
void SendActors(const FrameWriter& up, const std::vector<const char*>& names);
void SendShares(const FrameWriter& up, const Shares& shares);
void SendRecord(const FrameWriter& up, std::string_view word, const RecordHead& head,
                const std::vector<Event>& events);

}  // namespace pidproof
