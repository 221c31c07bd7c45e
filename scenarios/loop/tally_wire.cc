#include "scenarios/loop/tally_wire.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "probes/system/frame.h"

namespace pidproof::scenarios {

namespace {

enum Kind : char {
  kWord = 'w',
  kProgress = 't',
  kBaseline = 'f',
  kOpenedBy = 'o',
  kActors = 'a',
  kShares = 's',
  kRecord = 'r',
};

void ReadCount(const Frame& frame, Tally& tally) {
  const auto [word, count, first] = ValueOf<std::tuple<std::string, std::uint64_t, double>>(frame);
  tally.trials += count;
  tally.outcomes[word] += count;
  tally.first.emplace(word, first);
}

void ReadProgress(const Frame& frame, Tally& tally) {
  const auto progress = ValueOf<Progress>(frame);
  tally.seconds = progress.seconds;
  tally.host_pids_used = progress.host_pids_used;
  tally.opportunities = progress.opportunities;
  tally.near_misses = progress.near_misses;
  tally.exhausted = progress.exhausted;
}

void ReadShares(const Frame& frame, Tally& tally) {
  const auto shares = ValueOf<Shares>(frame);
  const auto count = static_cast<std::ptrdiff_t>(std::min(tally.actors.size(), shares.won.size()));
  tally.began_first.assign(shares.began_first.begin(), shares.began_first.begin() + count);
  tally.won.assign(shares.won.begin(), shares.won.begin() + count);
}

template <typename T>
void AddEach(std::vector<T>& to, const std::vector<T>& from) {
  to.resize(std::max(to.size(), from.size()));
  for (std::size_t i = 0; i < from.size(); ++i) to[i] += from[i];
}

}  // namespace

void SendCount(const FrameWriter& up, std::string_view word, std::uint64_t count, double first) {
  SendValues(up, kWord, word, count, first);
}

void SendProgress(const FrameWriter& up, const Progress& progress) {
  SendValues(up, kProgress, progress);
}

void SendBaseline(const FrameWriter& up, double per_second) {
  SendValues(up, kBaseline, per_second);
}

void SendOpenedBy(const FrameWriter& up, std::string_view how) { SendValues(up, kOpenedBy, how); }

void SendActors(const FrameWriter& up, const std::vector<const char*>& names) {
  SendValues(up, kActors, names);
}

void SendShares(const FrameWriter& up, const Shares& shares) { SendValues(up, kShares, shares); }

void SendRecord(const FrameWriter& up, const Recorded& recorded) {
  SendValues(up, kRecord, recorded);
}

void Tally::Hear(const Frame& frame) {
  switch (frame.kind) {
    case kWord:
      return ReadCount(frame, *this);
    case kProgress:
      return ReadProgress(frame, *this);
    case kBaseline:
      baseline_per_second = ValueOf<double>(frame);
      return;
    case kOpenedBy:
      opened_by = ValueOf<std::string>(frame);
      return;
    case kActors:
      actors = ValueOf<std::vector<std::string>>(frame);
      return;
    case kShares:
      return ReadShares(frame, *this);
    case kRecord:
      recorded.push_back(ValueOf<Recorded>(frame));
  }
}

void Tally::AddCounts(const Tally& other) {
  trials += other.trials;
  opportunities += other.opportunities;
  near_misses += other.near_misses;
  for (const auto& [word, count] : other.outcomes) outcomes[word] += count;
  host_pids_used += other.host_pids_used;
  exhausted |= other.exhausted;
  if (opened_by.empty()) opened_by = other.opened_by;
  if (actors.empty()) actors = other.actors;
  AddEach(began_first, other.began_first);
  AddEach(won, other.won);
}

void Tally::Join(const Tally& other) {
  AddCounts(other);
  for (const auto& [word, seconds_to] : other.first) {
    const auto [at, is_new] = first.emplace(word, seconds_to);
    at->second = std::min(at->second, seconds_to);
  }
  seconds = std::max(seconds, other.seconds);
  baseline_per_second += other.baseline_per_second;
  recorded.insert(recorded.end(), other.recorded.begin(), other.recorded.end());
}

void Tally::Continue(const Tally& later) {
  for (const auto& [word, seconds_to] : later.first) first.emplace(word, seconds + seconds_to);
  for (Recorded record : later.recorded) {
    record.trial += trials;
    recorded.push_back(std::move(record));
  }
  seconds += later.seconds;
  // Load on the machine only lowers the baseline: the highest is the most accurate.
  baseline_per_second = std::max(baseline_per_second, later.baseline_per_second);
  AddCounts(later);
}

}  // namespace pidproof::scenarios
