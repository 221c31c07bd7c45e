#include "scenarios/loop/flight_recorder.h"

#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <new>

namespace pidproof::scenarios {

std::int64_t ClockNow() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void SpinFor(std::int64_t nanoseconds) {
  for (const std::int64_t end = ClockNow() + nanoseconds; ClockNow() < end;) {
  }
}

std::int64_t FlightRecorder::Begin(std::size_t actor, const char* call) {
  Lane& lane = lanes_[actor];
  Event& event = lane.events[lane.count++ % kKept];
  const std::int64_t now = ClockNow();
  event = {now, 0, call, 0, trial(), static_cast<std::uint32_t>(actor)};
  return now;
}

std::int64_t FlightRecorder::End(std::size_t actor, CallResult saw) {
  Lane& lane = lanes_[actor];
  const std::int64_t now = ClockNow();
  Event& event = lane.events[(lane.count - 1) % kKept];
  event.saw = saw.value;
  event.ended = now;
  return now;
}

void FlightRecorder::Note(std::size_t actor, const char* call, CallResult saw) {
  Lane& lane = lanes_[actor];
  const std::int64_t now = ClockNow();
  lane.events[lane.count++ % kKept] = {now,       now,     call,
                                       saw.value, trial(), static_cast<std::uint32_t>(actor)};
}

std::vector<Event> FlightRecorder::Since(std::uint64_t trial) const {
  std::vector<Event> events;
  for (const Lane& lane : lanes_) {
    std::ranges::copy_if(lane.events, std::back_inserter(events), [&](const Event& event) {
      return event.call != nullptr && event.trial >= trial;
    });
  }
  std::ranges::stable_sort(events, {}, &Event::begun);
  return events;
}

SharedFlightRecorder::SharedFlightRecorder() {
  void* const memory = mmap(nullptr, sizeof(FlightRecorder), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  flight_ = new (memory) FlightRecorder;
}

SharedFlightRecorder::~SharedFlightRecorder() { munmap(flight_, sizeof(FlightRecorder)); }

}  // namespace pidproof::scenarios
