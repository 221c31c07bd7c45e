#include "scenarios/scenario.h"

namespace pidproof {

std::string_view Word(Expect expect) {
  switch (expect) {
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
