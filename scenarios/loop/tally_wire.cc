#include "scenarios/loop/tally_wire.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "scenarios/loop/tally.h"

namespace pidproof {

namespace {

enum Kind : char {
  kWord = 'w',
  kTime = 't',
  kFloor = 'f',
  kWay = 'o',
  kActors = 'a',
  kShares = 's',
  kRecord = 'r',
};

template <typename T>
std::string_view BytesOf(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

// Takes a value off the front.
template <typename T>
bool Take(std::string_view& bytes, T& value) {
  if (bytes.size() < sizeof value) return false;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return true;
}

void HearWord(std::string_view bytes, Tally& tally) {
  WordHead head;
  if (!Take(bytes, head)) return;
  const std::string word(bytes);
  tally.trials += head.count;
  tally.outcomes[word] += head.count;
  tally.first.emplace(word, head.first);
}

void HearProgress(std::string_view bytes, Tally& tally) {
  Progress progress;
  if (!Take(bytes, progress)) return;
  tally.seconds = progress.seconds;
  tally.outer_used = progress.outer_used;
  tally.opportunities = progress.opportunities;
  tally.near_misses = progress.near_misses;
  tally.exhausted = progress.exhausted;
}

void HearActors(std::string_view bytes, Tally& tally) {
  tally.actors.clear();
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    tally.actors.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
}

void HearShares(std::string_view bytes, Tally& tally) {
  Shares shares;
  if (!Take(bytes, shares)) return;
  const auto count = static_cast<std::ptrdiff_t>(std::min(tally.actors.size(), shares.won.size()));
  tally.began_first.assign(shares.began_first.begin(), shares.began_first.begin() + count);
  tally.won.assign(shares.won.begin(), shares.won.begin() + count);
}

void HearRecord(std::string_view bytes, Tally& tally) {
  RecordHead head;
  std::uint64_t events = 0;
  if (!Take(bytes, head) || !Take(bytes, events)) return;
  Recorded recorded{"", head.trial, head.schedule, {}};
  for (Event event; events > 0 && Take(bytes, event); --events) recorded.events.push_back(event);
  recorded.outcome = bytes;
  tally.recorded.push_back(std::move(recorded));
}

template <typename T>
void AddEach(std::vector<T>& to, const std::vector<T>& from) {
  to.resize(std::max(to.size(), from.size()));
  for (std::size_t i = 0; i < from.size(); ++i) to[i] += from[i];
}

}  // namespace

void SendCount(const FrameWriter& up, std::string_view word, const WordHead& head) {
  up.Send(kWord, std::string(BytesOf(head)).append(word));
}

void SendProgress(const FrameWriter& up, const Progress& progress) {
  up.Send(kTime, BytesOf(progress));
}

void SendBaseline(const FrameWriter& up, double per_second) {
  up.Send(kFloor, BytesOf(per_second));
}

void SendWay(const FrameWriter& up, std::string_view way) { up.Send(kWay, way); }

void SendActors(const FrameWriter& up, const std::vector<const char*>& names) {
  std::string joined;
  for (const char* name : names) joined.append(name).append("\n");
  up.Send(kActors, joined);
}

void SendShares(const FrameWriter& up, const Shares& shares) { up.Send(kShares, BytesOf(shares)); }

void SendRecord(const FrameWriter& up, std::string_view word, const RecordHead& head,
                const std::vector<Event>& events) {
  std::string bytes(BytesOf(head));
  bytes.append(BytesOf(static_cast<std::uint64_t>(events.size())));
  for (const Event& event : events) bytes.append(BytesOf(event));
  up.Send(kRecord, bytes.append(word));
}

void Tally::Hear(const Frame& frame) {
  switch (frame.kind) {
    case kWord:
      return HearWord(frame.bytes, *this);
    case kTime:
      return HearProgress(frame.bytes, *this);
    case kWay:
      opened_by = frame.bytes;
      return;
    case kActors:
      return HearActors(frame.bytes, *this);
    case kShares:
      return HearShares(frame.bytes, *this);
    case kRecord:
      return HearRecord(frame.bytes, *this);
    case kFloor:
      if (frame.bytes.size() == sizeof baseline_per_second) {
        std::memcpy(&baseline_per_second, frame.bytes.data(), sizeof baseline_per_second);
      }
  }
}

void Tally::AddCounts(const Tally& other) {
  trials += other.trials;
  opportunities += other.opportunities;
  near_misses += other.near_misses;
  for (const auto& [word, count] : other.outcomes) outcomes[word] += count;
  outer_used += other.outer_used;
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
  // What slows the floor down comes from outside: the quickest is the nearest to it.
  baseline_per_second = std::max(baseline_per_second, later.baseline_per_second);
  AddCounts(later);
}

}  // namespace pidproof
