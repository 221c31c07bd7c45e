#include "scenarios/loop/perturbation_draw.h"

#include <algorithm>
#include <cmath>

namespace pidproof::scenarios {

Perturbation PerturbationDraw::Draw(std::mt19937_64& chance) {
  const auto draw = [&](unsigned below) {
    return std::uniform_int_distribution<unsigned>(0, below - 1)(chance);
  };
  constexpr Perturbation::Place kPlaces[] = {Perturbation::kAnywhere, Perturbation::kApart,
                                             Perturbation::kApart,    Perturbation::kApart,
                                             Perturbation::kApart,    Perturbation::kAnywhere,
                                             Perturbation::kTogether, Perturbation::kTogether};
  const unsigned place = draw(8);
  const unsigned pressure = draw(8);
  return {kPlaces[place],
          pressure < 5   ? Perturbation::kNoPressure
          : pressure < 7 ? Perturbation::kPreemption
                         : Perturbation::kSignals,
          draw(8) == 0};
}

// A single lucky window is not a rate.
double PerturbationDraw::BestRate() const {
  constexpr double kFewWindows = 4;
  double best = 0;
  for (const Yield& yield : yields_) {
    if (yield.open >= kFewWindows) best = std::max(best, Rate(yield));
  }
  return best;
}

// The best setting stays until kWindows have opened, the others for a share of that time.
void PerturbationDraw::Begin(const Perturbation& perturbation) {
  constexpr double kWindows = 32;
  constexpr int kTrialsWhileNothingIsKnown = 16;
  constexpr int kMostTrials = 256;
  constexpr double kLeastShare = 1.0 / 16;
  current_ = &yields_[static_cast<std::size_t>(perturbation.place) * 6 +
                      static_cast<std::size_t>(perturbation.pressure) * 2 +
                      (perturbation.yielding ? 1 : 0)];
  const double best = BestRate();
  const double share =
      current_->time > 0 && best > 0 ? std::clamp(Rate(*current_) / best, kLeastShare, 1.0) : 1;
  most_ = best > 0 ? kMostTrials : kTrialsWhileNothingIsKnown;
  allowed_ = best > 0 ? kWindows / best * share : INFINITY;
  trials_ = 0;
  time_ = 0;
  constexpr double kForgetting = 0.5;
  current_->open *= kForgetting;
  current_->time *= kForgetting;
}

void PerturbationDraw::Add(bool open, std::int64_t nanoseconds) {
  if (current_ == nullptr) return;
  ++trials_;
  time_ += static_cast<double>(nanoseconds);
  current_->open += open ? 1 : 0;
  current_->time += static_cast<double>(nanoseconds);
}

}  // namespace pidproof::scenarios
