#include "scenarios/scenario.h"

namespace pidproof {

std::string_view Word(Mood mood) {
  switch (mood) {
    case kMust:
      return "must";
    case kMay:
      return "may";
    case kHazard:
      return "hazard";
    case kNever:
      return "never";
  }
  return "";
}

}  // namespace pidproof
