#include "scenarios/props/auto_reaped.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "probes/abi.h"
#include "probes/require.h"
#include "probes/sys.h"

namespace pidproof {

namespace {

// Whether a child could have these numbers: what a clone answers that fails after it has taken
// them, as its pidfd has nowhere to go, and gives them back.
bool AreFree(const Arena::Numbers& numbers, std::size_t count) {
  abi::CloneArgs args{.flags = Arena::kShareAll | abi::kClonePidfd,
                      .pidfd = ~std::uint64_t{0},
                      .exit_signal = SIGCHLD,
                      .set_tid = reinterpret_cast<std::uint64_t>(numbers.values.data()),
                      .set_tid_size = count};
  return sys::Clone3(args, abi::kCloneArgsSize55).error() != EEXIST;
}

}  // namespace

void Say(Sigchld what) {
  struct sigaction action {};
  action.sa_handler = what == Sigchld::kIgnored ? SIG_IGN : SIG_DFL;
  action.sa_flags = what == Sigchld::kNoCldwait ? SA_NOCLDWAIT : 0;
  Require(sigaction(SIGCHLD, &action, nullptr) == 0);
}

void AwaitFree(const Arena& arena, pid_t slot, pid_t pid) {
  while (getpgid(pid) >= 0) sched_yield();
  const Arena::Numbers numbers = arena.NumbersFor(slot);
  if (numbers.count == 0) return;
  // A number outside may be a stranger's by now: ours here counts, which is given back last.
  while (!AreFree(numbers, numbers.count) && !AreFree(numbers, 1)) sched_yield();
}

}  // namespace pidproof
