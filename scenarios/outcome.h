#pragma once

#include <signal.h>

#include <string_view>

#include "probes/system/result.h"

namespace pidproof::scenarios {

// What a trial observed, as one word with static storage.
struct Outcome {
  std::string_view word;

  constexpr Outcome(const char* literal) : word(literal) {}
  constexpr explicit Outcome(std::string_view lasting) : word(lasting) {}

  // "ok", or the errno's name in lower case: "esrch".
  static Outcome Of(int error);
  static Outcome Of(const Result<int>& status) { return Of(status.error()); }
  // "exited", "killed", "dumped", "stopped", "continued"; "running" when there was nothing to
  // report; or the errno.
  static Outcome Of(const Result<siginfo_t>& waited);

  bool operator==(const Outcome&) const = default;
};

}  // namespace pidproof::scenarios
