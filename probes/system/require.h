#pragma once

#include <source_location>
#include <stdexcept>
#include <string>
#include <utility>

#include "probes/system/result.h"

namespace pidproof {

// The stage could not be set: an answer to the harness's own need, not to the question asked.
// Its text names the source line and the errno.
class Broken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The stage cannot be had here at all, and the text says why: the verdict is "unsupported".
class Unsupported : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

[[noreturn]] void ThrowBroken(int error, const std::source_location& where);

// The value, or Broken with the caller's source line.
template <typename T>
T Require(Result<T> result, const std::source_location& where = std::source_location::current()) {
  if (!result.ok()) ThrowBroken(result.error(), where);
  return std::move(*result);
}

// Broken with the caller's source line when what must hold does not.
void Require(bool holds, const std::source_location& where = std::source_location::current());

}  // namespace pidproof
