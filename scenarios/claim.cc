#include "scenarios/claim.h"

namespace pidproof::scenarios {

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

Claim Claim::Since(const Era& era) const {
  Claim claim = *this;
  claim.since = &era;
  return claim;
}

Claim Claim::Until(const Era& era) const {
  Claim claim = *this;
  claim.until = &era;
  return claim;
}

Claim Claim::Bug(std::string_view name) const {
  Claim claim = *this;
  claim.bug = name;
  return claim;
}

Claim Must(std::string_view outcome, std::string_view reason, std::string_view source) {
  return {outcome, kMust, reason, source};
}

Claim May(std::string_view outcome, std::string_view reason, std::string_view source) {
  return {outcome, kMay, reason, source};
}

Claim Hazard(std::string_view outcome, std::string_view reason, std::string_view source) {
  return {outcome, kHazard, reason, source};
}

Claim Never(std::string_view outcome, std::string_view reason, std::string_view source) {
  return {outcome, kNever, reason, source};
}

}  // namespace pidproof::scenarios
