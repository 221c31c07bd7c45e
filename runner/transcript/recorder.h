#pragma once

#include <functional>
#include <optional>

#include "runner/transcript/recording.h"

namespace pidproof::runner::transcript {

// How the process that was recorded ended: a wait status.
struct Recorded {
  Recording recording;
  int status = 0;
};

// Runs ask in a child of this process, and records by ptrace(2) the system calls of ask and of all
// that it starts. Returns twice: at once in the child, when ask is done, with nothing (what ask
// throws is thrown there), and here once all have ended. For a process without threads. Throws
// Broken where no process can be traced here.
std::optional<Recorded> Record(const std::function<void()>& ask);

}  // namespace pidproof::runner::transcript
