#include "scenarios/scribe.h"

#include <cstring>

#include "probes/require.h"

namespace pidproof {

namespace {

constexpr char kWord = 'w';   // a count, then the word
constexpr char kTime = 't';   // Progress
constexpr char kFloor = 'f';  // a rate per second

struct Progress {
  double seconds;
  std::uint64_t outer_used;
  std::uint64_t opportunities;
  bool exhausted;
};

template <typename T>
std::string_view BytesOf(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

template <typename T>
bool Read(std::string_view bytes, T& value) {
  if (bytes.size() < sizeof value) return false;
  std::memcpy(&value, bytes.data(), sizeof value);
  return true;
}

double Seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

// What goes before the word.
struct WordHead {
  std::uint64_t count;
  double first;
};

void SendCount(const FrameWriter& up, std::string_view word, const WordHead& head) {
  up.Send(kWord, std::string(BytesOf(head)).append(word));
}

}  // namespace

Scribe::Scribe(const FrameWriter& up, const Arena& arena, Budget budget)
    : up_(up),
      arena_(arena),
      budget_(budget),
      begun_(std::chrono::steady_clock::now()),
      flushed_(begun_) {}

Scribe::~Scribe() { Flush(); }

bool Scribe::More() {
  if (until_look_-- > 0) return true;
  until_look_ = kTrialsPerLook;
  const auto now = std::chrono::steady_clock::now();
  constexpr std::chrono::milliseconds kBetweenFlushes{50};
  if (now - flushed_ >= kBetweenFlushes) {
    flushed_ = now;
    Flush();
  }
  return now - begun_ < budget_.time && !arena_.Exhausted();
}

void Scribe::Add(Outcome outcome, bool window) {
  opportunities_ += window ? 1 : 0;
  for (Count& counted : counts_) {
    if (counted.word.empty()) {
      counted.word = outcome.word;
      counted.first = Seconds(std::chrono::steady_clock::now() - begun_);
    }
    if (counted.word != outcome.word) continue;
    ++counted.count;
    return;
  }
  throw Broken("more distinct outcomes than a scenario can have");
}

void Scribe::Floor(std::uint64_t count, std::chrono::nanoseconds time) {
  up_.Send(kFloor, BytesOf(static_cast<double>(count) / Seconds(time)));
  begun_ = std::chrono::steady_clock::now();
  until_look_ = 1;
}

void Scribe::Flush() {
  for (Count& counted : counts_) {
    if (counted.count != 0) SendCount(up_, counted.word, {counted.count, counted.first});
    counted.count = 0;
  }
  const Progress progress{Seconds(std::chrono::steady_clock::now() - begun_), arena_.outer_used(),
                          opportunities_, arena_.Exhausted()};
  up_.Send(kTime, BytesOf(progress));
}

void Tally::Hear(const Frame& frame) {
  WordHead head{};
  Progress progress{};
  if (frame.kind == kWord && Read(frame.bytes, head)) {
    const std::string word(frame.bytes.substr(sizeof head));
    trials += head.count;
    outcomes[word] += head.count;
    first.emplace(word, head.first);
  } else if (frame.kind == kTime && Read(frame.bytes, progress)) {
    seconds = progress.seconds;
    outer_used = progress.outer_used;
    opportunities = progress.opportunities;
    exhausted = progress.exhausted;
  } else if (frame.kind == kFloor) {
    Read(frame.bytes, floor_per_second);
  }
}

}  // namespace pidproof
