#pragma once

#include <cstddef>
#include <string>

namespace pidproof::scenarios::benchmarks {

// Gives this process that much memory which it has written, so that fork(2) must copy the tables of
// it, in place of what an earlier call gave. 0 to 1 MiB is what a small program has anyway. Returns
// why there can be none, "needs ...", or nothing.
std::string CarryBallast(std::size_t mebibytes);

}  // namespace pidproof::scenarios::benchmarks
