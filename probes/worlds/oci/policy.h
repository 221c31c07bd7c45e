// A profile whose conditions are evaluated: the input for libseccomp.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <string>
#include <vector>

namespace pidproof::oci {

// The operators in libseccomp's order. kMaskedEqual: (argument & value) == value_two.
enum class Compare {
  kNotEqual = 1,
  kLess,
  kLessOrEqual,
  kEqual,
  kGreaterOrEqual,
  kGreater,
  kMaskedEqual,
};

struct Condition {
  unsigned argument = 0;  // 0 to 5
  Compare compare = Compare::kEqual;
  std::uint64_t value = 0;
  std::uint64_t value_two = 0;
};

// One call and the action where all comparisons hold.
struct Rule {
  std::string call;
  std::uint32_t action = 0;  // SECCOMP_RET_*, with its errno
  std::vector<Condition> conditions;
  std::string place;  // in the profile, for error messages
};

struct Policy {
  std::uint32_t default_action = 0;
  std::vector<std::string> architectures;  // besides this program's own, such as SCMP_ARCH_X86
  std::vector<Rule> rules;
};

struct Compiled {
  std::string library;  // "libseccomp 2.5.4"
  std::vector<sock_filter> program;
  std::vector<std::string> unknown_calls;          // named by rules, not known to the library
  std::vector<std::string> unknown_architectures;  // ignored
  std::vector<std::string> redundant_calls;        // under a rule that repeats the default action
  std::uint32_t newest_call = 0;                   // the highest number that a rule names
};

// Throws std::invalid_argument with a text that begins with the place of the rule that cannot be
// compiled, or says that this build has no libseccomp.
Compiled Compile(const Policy& policy);

// "getegid" for its number on this machine; empty for one that the library has no name for, and
// where there is no library.
std::string NameOfCall(long number);

}  // namespace pidproof::oci
