#pragma once

namespace pidproof::runner {

// From now on SIGINT, SIGTERM and SIGHUP (where they are not ignored) end the run after what it has
// measured so far; the same signal once more ends it at once.
void StopOnInterrupt();

}  // namespace pidproof::runner
