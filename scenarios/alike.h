#pragma once

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "scenarios/scenario.h"

namespace pidproof {

// The claim that both paths give the same answer, for the same reason.
inline std::vector<Claim> Alike(std::string_view outcome, std::string_view because,
                                std::string_view source) {
  return {{kPidfd, outcome, kMust, because, source}, {kLegacyPid, outcome, kMust, because, source}};
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
