#pragma once

#include <source_location>
#include <stdexcept>
#include <string>
#include <utility>

#include "probes/system/result.h"

namespace pidproof {

// The setup failed: a call that the harness itself needs, not the one under test. The text names
// the source line and the errno.
class Broken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The setup is not possible here, and the text says why: the verdict is "unsupported".
class Unsupported : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

[[noreturn]] void ThrowBroken(int error, const std::source_location& where);

// The value; throws Broken with the caller's source line.
template <typename T>
T Require(Result<T> result, const std::source_location& where = std::source_location::current()) {
  if (!result.ok()) ThrowBroken(result.error(), where);
  return std::move(*result);
}

// Throws Broken with the caller's source line unless it holds.
void Require(bool holds, const std::source_location& where = std::source_location::current());

}  // namespace pidproof
