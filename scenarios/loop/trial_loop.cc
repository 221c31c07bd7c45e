#include "scenarios/loop/trial_loop.h"

#include <algorithm>

#include "probes/system/require.h"

namespace pidproof::scenarios {

namespace {

double Seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

TrialLoop::TrialLoop(const FrameWriter& up, const Arena& arena, const LoopConfig& config)
    : up_(up),
      arena_(arena),
      config_(config),
      chance_(config.seed),
      begun_(std::chrono::steady_clock::now()),
      flushed_(begun_) {}

TrialLoop::~TrialLoop() { Flush(); }

// When harm came through a window that was measured as closed, any trial counts as an opportunity.
std::uint64_t TrialLoop::Opportunities() const { return harm_came_in_ ? trial_ : opportunities_; }
std::uint64_t TrialLoop::NearMisses() const { return harm_came_in_ ? 0 : near_misses_; }

bool TrialLoop::IsDecided() const {
  return Opportunities() >= kFewestOpportunities && (hits_ > 0 || !config_.expects_hazard) &&
         musts_seen_ >= config_.musts.size();
}

bool TrialLoop::Enough(std::chrono::nanoseconds spent) const {
  const Budget& budget = config_.budget;
  const bool until = budget.opportunities != 0;
  if (until && (Opportunities() >= budget.opportunities || hits_ > 0)) return true;
  const bool decided = IsDecided();
  // A kernel bug may be rare, or fixed: some patience, not all of it.
  constexpr int kSome = 4;
  const bool looks_on = config_.may_have_bug && hits_ == 0;
  if (decided && looks_on) return spent >= std::max(budget.time, budget.patience / kSome);
  const bool saves_time = budget.enough != 0;
  if (decided && saves_time && (config_.expects_hazard || Opportunities() >= budget.enough))
    return true;
  if (decided) return spent >= budget.time;
  constexpr std::uint64_t kFew = 64;
  constexpr int kLonger = 4;
  if (until && Opportunities() == 0 && spent >= budget.patience * kLonger) return true;
  // So few trials in all that time mean a busy machine: they decide nothing.
  return spent >= std::max(budget.time, budget.patience * (trial_ < kFew ? kLonger : 1));
}

bool TrialLoop::Next() {
  const std::uint64_t most = config_.budget.trials;
  if (most != 0 && trial_ >= most) return false;
  if (trial_ > 0) {  // the first is always made
    const auto now = std::chrono::steady_clock::now();
    constexpr std::chrono::milliseconds kBetweenFlushes{50};
    if (now - flushed_ >= kBetweenFlushes) {
      flushed_ = now;
      Flush();
    }
    if (Enough(now - begun_) || arena_.Exhausted()) return false;
  }
  config_.flight->Turn(++trial_);
  return true;
}

bool TrialLoop::Is(const std::vector<std::string_view>& words, Outcome outcome) const {
  return std::ranges::find(words, outcome.word) != words.end();
}

void TrialLoop::Record(Outcome outcome, Window window) {
  for (Count& counted : counts_) {
    if (counted.word.empty()) {
      counted = {outcome.word, 0, Seconds(std::chrono::steady_clock::now() - begun_),
                 Is(config_.harms, outcome) || !Is(config_.known, outcome),
                 Is(config_.known, outcome)};
      musts_seen_ += Is(config_.musts, outcome) ? 1 : 0;
    }
    if (counted.word != outcome.word) continue;
    ++counted.count;
    opportunities_ += window == Window::kOpen ? 1 : 0;
    near_misses_ += window == Window::kNear ? 1 : 0;
    harm_came_in_ |= counted.harm && window != Window::kOpen;
    hits_ += counted.harm ? 1 : 0;
    if (!counted.known) KeepRecord(outcome);
    return;
  }
  throw Broken("more distinct outcomes than a scenario can have");
}

void TrialLoop::Baseline(std::uint64_t count, std::chrono::nanoseconds time) {
  SendBaseline(up_, static_cast<double>(count) / Seconds(time));
  begun_ = std::chrono::steady_clock::now();
}

void TrialLoop::OpenedBy(std::string_view how) {
  opened_by_sent_ = true;
  SendOpenedBy(up_, how);
}

void TrialLoop::Actors(const std::vector<const char*>& names) { SendActors(up_, names); }

void TrialLoop::KeepRecord(Outcome outcome) {
  if (config_.flight == nullptr || recorded_ >= kMostRecords) return;
  ++recorded_;
  SendRecord(up_, {std::string(outcome.word), trial_, schedule_, config_.flight->Since(trial_)});
}

void TrialLoop::Flush() {
  for (Count& counted : counts_) {
    if (counted.count != 0) SendCount(up_, counted.word, counted.count, counted.first);
    counted.count = 0;
  }
  SendShares(up_, shares_);
  if (!opened_by_sent_ && arena_.places_pids()) {
    OpenedBy(std::string("PID placed by ").append(arena_.pid_method()));
  }
  SendProgress(up_, {Seconds(std::chrono::steady_clock::now() - begun_), arena_.host_pids_used(),
                     Opportunities(), NearMisses(), arena_.Exhausted()});
}

}  // namespace pidproof::scenarios
