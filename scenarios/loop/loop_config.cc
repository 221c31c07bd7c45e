#include "scenarios/loop/loop_config.h"

namespace pidproof::scenarios {

std::string_view Word(Perturbation::Place place) {
  switch (place) {
    case Perturbation::kAnywhere:
      return "anywhere";
    case Perturbation::kTogether:
      return "together";
    case Perturbation::kApart:
      return "apart";
  }
  return "";
}

std::string_view Word(Perturbation::Pressure pressure) {
  switch (pressure) {
    case Perturbation::kNoPressure:
      return "none";
    case Perturbation::kPreemption:
      return "preemption";
    case Perturbation::kSignals:
      return "signals";
  }
  return "";
}

}  // namespace pidproof::scenarios
