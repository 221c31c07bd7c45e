// For tests: runs a seccomp filter as the kernel would, on a call that nobody makes.
#pragma once

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <vector>

#include "probes/machine.h"

namespace pidproof {

inline constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW;

inline std::uint32_t Answers(int error) {
  return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error);
}

inline seccomp_data Call(long number, std::initializer_list<std::uint64_t> arguments = {}) {
  seccomp_data data{};
  data.nr = static_cast<int>(number);
  data.arch = kMachine.audit;
  std::size_t at = 0;
  for (const std::uint64_t argument : arguments) data.args[at++] = argument;
  return data;
}

// How far to jump on: the instructions that this project and libseccomp make filters of.
inline std::size_t Jump(const sock_filter& step, std::uint32_t accumulator) {
  bool holds = false;
  switch (BPF_OP(step.code)) {
    case BPF_JA:
      return step.k;
    case BPF_JEQ:
      holds = accumulator == step.k;
      break;
    case BPF_JGE:
      holds = accumulator >= step.k;
      break;
    case BPF_JGT:
      holds = accumulator > step.k;
      break;
    case BPF_JSET:
      holds = (accumulator & step.k) != 0;
      break;
    default:
      ADD_FAILURE() << "unexpected jump " << step.code;
  }
  return holds ? step.jt : step.jf;
}

inline std::uint32_t Evaluate(const std::vector<sock_filter>& program, const seccomp_data& data) {
  std::uint32_t accumulator = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program[at];
    if (BPF_CLASS(step.code) == BPF_JMP) {
      at += Jump(step, accumulator);
    } else if (step.code == (BPF_LD | BPF_W | BPF_ABS) && step.k + 4 <= sizeof data) {
      std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + step.k, 4);
    } else if (step.code == (BPF_ALU | BPF_AND | BPF_K)) {
      accumulator &= step.k;
    } else if (step.code == (BPF_RET | BPF_K)) {
      return step.k;
    } else {
      ADD_FAILURE() << "unexpected instruction " << step.code;
      return 0;
    }
  }
  ADD_FAILURE() << "the filter has no end";
  return 0;
}

}  // namespace pidproof
