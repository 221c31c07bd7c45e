// For tests: what a seccomp filter answers to a call with known arguments.
#pragma once

#include <gtest/gtest.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <initializer_list>
#include <set>
#include <vector>

#include "probes/refusal/evaluate_filter.h"

namespace pidproof {

inline constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW;

inline std::uint32_t Answers(int error) {
  return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error);
}

// Arguments that are not given are 0.
inline refusal::FilteredCall Call(long number,
                                  std::initializer_list<std::uint64_t> arguments = {}) {
  refusal::FilteredCall call{number, {0, 0, 0, 0, 0, 0}};
  std::size_t at = 0;
  for (const std::uint64_t argument : arguments) call.arguments[at++] = argument;
  return call;
}

inline std::uint32_t Evaluate(const std::vector<sock_filter>& program,
                              const refusal::FilteredCall& call) {
  const std::set<std::uint32_t> answers = EvaluateFilter(program, call);
  EXPECT_EQ(answers.size(), 1u);
  return *answers.begin();
}

}  // namespace pidproof
