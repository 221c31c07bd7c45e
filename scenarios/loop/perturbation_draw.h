#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>

#include "scenarios/loop/loop_config.h"

namespace pidproof::scenarios {

// Draws the perturbations of a race from the seed, one after another, and decides how long each
// stays: the more windows open under a setting per unit of time, the longer. None is left out,
// since a bug may show only where windows seldom open.
class PerturbationDraw {
 public:
  // The next setting; depends on the seed only.
  static Perturbation Draw(std::mt19937_64& chance);

  // From now on trials run under this setting.
  void Begin(const Perturbation& perturbation);
  // A trial was made: whether its window was open, and how long it took in all.
  void Add(bool open, std::int64_t nanoseconds);
  // Whether it is time to draw the next setting.
  bool IsOver() const { return trials_ >= kFewest && (trials_ >= most_ || time_ >= allowed_); }

 private:
  // What was observed under one setting; older trials weigh less.
  struct Yield {
    double open = 0;
    double time = 0;  // nanoseconds
  };
  static double Rate(const Yield& yield) { return yield.time > 0 ? yield.open / yield.time : 0; }
  double BestRate() const;

  static constexpr std::size_t kSettings = 3 * 3 * 2;
  static constexpr int kFewest = 2;
  std::array<Yield, kSettings> yields_;
  Yield* current_ = nullptr;
  int trials_ = kFewest;  // of the current setting
  int most_ = 0;
  double time_ = 0;
  double allowed_ = 0;
};

}  // namespace pidproof::scenarios
