#include "scenarios/orders.h"

namespace pidproof {

std::string_view Word(Levers::Place place) {
  switch (place) {
    case Levers::kAnywhere:
      return "anywhere";
    case Levers::kTogether:
      return "together";
    case Levers::kApart:
      return "apart";
  }
  return "";
}

std::string_view Word(Levers::Pressure pressure) {
  switch (pressure) {
    case Levers::kNoPressure:
      return "none";
    case Levers::kPreemption:
      return "preemption";
    case Levers::kSignals:
      return "signals";
  }
  return "";
}

}  // namespace pidproof
