// What is said once of several: a claim of both paths, an answer to several questions.
#pragma once

#include <initializer_list>
#include <string_view>
#include <vector>

#include "scenarios/scenario.h"

namespace pidproof {

// The claims of the pidfd column, and the same of the other.
inline std::vector<Claim> Both(std::vector<Claim> claims) {
  const std::vector<Claim> of_pidfd = claims;
  for (Claim claim : of_pidfd) {
    claim.path = kLegacyPid;
    claims.push_back(claim);
  }
  return claims;
}

// The one answer that both paths must give, for one reason.
inline std::vector<Claim> Both(std::string_view outcome, std::string_view because,
                               std::string_view source) {
  return Both({{kPidfd, outcome, kMust, because, source}});
}

// The answer to several questions of one kind: the one that they all have, or the first that
// differs from the first.
template <typename Question, typename Ask>
Outcome EachOf(std::initializer_list<Question> questions, Ask ask) {
  const Outcome first = ask(*questions.begin());
  for (const Question& question : questions) {
    const Outcome answer = ask(question);
    if (answer != first) return answer;
  }
  return first;
}

}  // namespace pidproof
