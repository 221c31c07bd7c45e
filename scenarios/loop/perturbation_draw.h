#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>

#include "scenarios/loop/loop_config.h"

namespace pidproof {

// Which perturbation a race pulls, and for how long. The seed draws one setting after another. How
// long a setting stays follows from how many windows opened in its time: where they seldom open, or
// the trials are long, another has its turn sooner. None is left out, for what goes wrong may go
// wrong where windows seldom open.
class PerturbationDraw {
 public:
  // The next setting: what is drawn depends on nothing else.
  static Perturbation Draw(std::mt19937_64& chance);

  // From now on the perturbation are set like this.
  void Begin(const Perturbation& perturbation);
  // A trial was made with them: whether its window was open, and how long it took as a whole.
  void Add(bool open, std::int64_t nanoseconds);
  // Whether it is the next setting's turn.
  bool IsOver() const { return trials_ >= kFewest && (trials_ >= most_ || time_ >= allowed_); }

 private:
  // What was seen of one setting; what is long ago counts less.
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

}  // namespace pidproof
