#pragma once

#include <string_view>
#include <vector>

#include "scenarios/scenario.h"

namespace pidproof {

// The claims of the pidfd column, and the same of the other.
inline std::vector<Claim> OnBoth(std::vector<Claim> claims) {
  const std::vector<Claim> of_pidfd = claims;
  for (Claim claim : of_pidfd) {
    claim.path = kLegacyPid;
    claims.push_back(claim);
  }
  return claims;
}

// One answer that is claimed, for one reason, of both paths.
inline std::vector<Claim> Both(std::string_view outcome, Mood mood, std::string_view because,
                               std::string_view source) {
  return OnBoth({{kPidfd, outcome, mood, because, source}});
}

}  // namespace pidproof
