#pragma once

#include <functional>

namespace pidproof::runner {

// Makes the process the same whatever it has inherited, so that no verdict depends on it:
// - the standard descriptors that are closed are held, so that no other file takes their places:
//   reading or writing them still answers EBADF;
// - soft limits that leave a trial too little are raised, as far as the hard ones let it;
// - the stacks of threads are of one size, whatever RLIMIT_STACK is, and where RLIMIT_AS is set
//   they share one heap;
// - a real-time policy whose processor time is limited (RLIMIT_RTTIME) is given up.
void SettleIn();

// Runs job on a stack that is large enough, whatever RLIMIT_STACK allows the first thread. What job
// returns. Where there is no memory for one, the program ends and says so.
int OnLargeStack(const std::function<int()>& job);

}  // namespace pidproof::runner
