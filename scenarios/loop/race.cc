#include "scenarios/loop/race.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "probes/system/require.h"
#include "scenarios/fixtures/thread.h"

namespace pidproof::scenarios {

namespace {

constexpr std::int64_t kLead = 600;     // nanoseconds from the start signal to the first act
constexpr std::int64_t kSpin = 30'000;  // nanoseconds of spinning before a thread sleeps
constexpr double kLearning = 1.0 / 16;
constexpr double kLongest = 2e6;  // nanoseconds: longer acts have slept

void Learn(double& learnt, double measured) { learnt += (measured - learnt) * kLearning; }

}  // namespace

Race::Race(TrialLoop& trials, std::vector<Act> acts, SignalPolicy signals)
    : trials_(trials), acts_(std::move(acts)), signals_(signals) {
  std::vector<const char*> names;
  for (const Act& act : acts_) {
    names.push_back(act.name);
    actors_.push_back(std::make_unique<Actor>());
  }
  trials_.Actors(names);
  trials_.OpenedBy("acts at once");
  actors_.front()->thread_id = gettid();
  try {
    for (std::size_t i = 1; i < acts_.size(); ++i) {
      actors_[i]->thread = StartThread([this, i] { Follow(i); });
    }
  } catch (const Unsupported&) {
    Dismiss();
    throw;
  }
  for (const auto& actor : actors_) actor->thread_id.wait(0);
}

Race::~Race() { Dismiss(); }

void Race::Dismiss() {
  done_ = true;
  ++round_;
  round_.notify_all();
  for (const auto& actor : actors_) {
    if (actor->thread.joinable()) actor->thread.join();
  }
}

template <typename Done>
void Race::Await(Done done, std::atomic<int>& changes) const {
  if (spins_) {
    for (const std::int64_t end = ClockNow() + kSpin; ClockNow() < end;) {
      if (done()) return;
      if (crowded_) sched_yield();
    }
  }
  for (;;) {
    const int seen = changes;
    if (done()) return;
    changes.wait(seen);
  }
}

void Race::Follow(std::size_t place) {
  actors_[place]->thread_id = gettid();
  actors_[place]->thread_id.notify_one();
  for (int seen = 0;; ++seen) {
    Await([&] { return round_ != seen; }, round_);
    if (done_) return;
    Go(place);
    if (--pending_ == 0) pending_.notify_one();
  }
}

void Race::Go(std::size_t place) {
  Actor& actor = *actors_[place];
  const std::int64_t due = start_ + schedule_.offsets[place];
  if (spins_) {
    while (ClockNow() < due) {
      if (crowded_) sched_yield();
    }
  } else if (schedule_.offsets[place] > 0) {
    sched_yield();
  }
  FlightRecorder& flight = *trials_.config().flight;
  actor.begun = flight.Begin(place, acts_[place].name);
  CallResult saw = 0;
  try {
    saw = acts_[place].act();
  } catch (...) {
    actor.failure = std::current_exception();
  }
  actor.ended = flight.End(place, saw);
}

void Race::Run() {
  const std::int64_t now = ClockNow();
  draw_.Add(trials_.opportunities() > opened_, now - run_);
  run_ = now;
  opened_ = trials_.opportunities();
  if (draw_.IsOver()) Perturb();
  DrawOffsets();
  trials_.Scheduled(schedule_);
  pending_ = static_cast<int>(acts_.size() - 1);
  start_ = ClockNow() + kLead;
  ++round_;
  round_.notify_all();
  Go(0);
  Await([&] { return pending_ == 0; }, pending_);
  for (const auto& actor : actors_) {
    if (actor->failure) std::rethrow_exception(std::exchange(actor->failure, nullptr));
  }
  Measure();
}

// Threads that have never overlapped on several processors may run in turn there (as a guest's do
// on a busy host). Then every other setting puts all on one processor and preempts one amid its
// act.
void Race::Perturb() {
  const bool never_met = perturbed_ && !met_;
  perturbed_ = true;
  schedule_.perturbation = PerturbationDraw::Draw(trials_.chance());
  if (never_met && spins_)
    schedule_.perturbation = {Perturbation::kTogether, Perturbation::kPreemption, false};
  if (trials_.trial() == 1)
    schedule_.perturbation = {};  // a thread of lower priority may starve: not in the first trial
  if (trials_.config().repeated) schedule_ = *trials_.config().repeated;
  if (signals_ == kNoSignals && schedule_.perturbation.pressure == Perturbation::kSignals) {
    schedule_.perturbation.pressure = Perturbation::kPreemption;
  }
  draw_.Begin(schedule_.perturbation);
  std::vector<pid_t> threads;
  for (const auto& actor : actors_) threads.push_back(actor->thread_id);
  perturber_.Set(schedule_.perturbation, threads);
  spins_ = perturber_.processors() > 1 && schedule_.perturbation.place != Perturbation::kTogether;
  crowded_ = acts_.size() > perturber_.processors();
}

// No two runs agree to the nanosecond: a replay varies each offset a little.
void Race::Blur() {
  constexpr std::int32_t kAround = 1000;  // nanoseconds
  schedule_.offsets = trials_.config().repeated->offsets;
  std::uniform_int_distribution<std::int32_t> later(0, kAround);
  for (std::size_t i = 0; i < actors_.size(); ++i) schedule_.offsets[i] += later(trials_.chance());
}

// The first act lasts from 0 to its length. Another act overlaps with it when it starts between
// minus its own length and the first one's end; kMargin adds a little on both sides.
void Race::DrawOffsets() {
  if (trials_.config().repeated) return Blur();
  constexpr double kMargin = 1.1;
  const auto from_to = [&](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(trials_.chance());
  };
  const double first = actors_[0]->length;
  std::array<double, FlightRecorder::kMostActors> offsets{};
  double earliest = 0;
  for (std::size_t i = 1; i < actors_.size(); ++i) {
    const double late = actors_[i]->late - actors_[0]->late;
    offsets[i] = from_to(-actors_[i]->length * kMargin, first * kMargin) - late;
    earliest = std::min(earliest, offsets[i]);
  }
  for (std::size_t i = 0; i < actors_.size(); ++i) {
    schedule_.offsets[i] = static_cast<std::int32_t>(offsets[i] - earliest);
  }
}

void Race::Measure() {
  first_ = 0;
  std::int64_t gap = INT64_MAX;  // between the closest two; negative when they overlap
  std::int64_t shortest = INT64_MAX;
  for (std::size_t i = 0; i < actors_.size(); ++i) {
    Actor& one = *actors_[i];
    if (one.begun < actors_[first_]->begun) first_ = i;
    shortest = std::min(shortest, one.ended - one.begun);
    for (std::size_t j = i + 1; j < actors_.size(); ++j) {
      const Actor& other = *actors_[j];
      gap = std::min(gap, std::max(one.begun, other.begun) - std::min(one.ended, other.ended));
    }
    const auto length = static_cast<double>(one.ended - one.begun);
    Learn(one.length, std::min(length, kLongest));
    const auto late = static_cast<double>(one.begun - start_ - schedule_.offsets[i]);
    if (spins_) Learn(one.late, std::clamp(late, 0.0, one.length + kLead));
  }
  met_ |= gap < 0;
  window_ = gap < 0 ? Window::kOpen : gap <= shortest ? Window::kNear : Window::kClosed;
  trials_.BeganFirst(first_);
}

}  // namespace pidproof::scenarios
