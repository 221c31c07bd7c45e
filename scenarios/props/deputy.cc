#include "scenarios/props/deputy.h"

#include <signal.h>
#include <unistd.h>

#include "probes/require.h"

namespace pidproof {

namespace {

// What the deputy is handed by being forked. A trial has a process of its own.
const std::function<int()>* stranger_asks = nullptr;

int AsksAsStranger(int) { return BecomeStranger() ? (*stranger_asks)() : kCannot; }

}  // namespace

Outcome AskThrough(Arena& arena, Child::Body deputy, const std::string& cannot,
                   const Birth& birth) {
  const siginfo_t ended = arena.Spawn(deputy, birth).Reap();
  Require(ended.si_code == CLD_EXITED);
  if (ended.si_status == kCannot) throw Unsupported(cannot);
  return Outcome::Of(ended.si_status);
}

bool BecomeStranger() {
  constexpr uid_t kStranger = 65533;
  return setresgid(kStranger, kStranger, kStranger) == 0 &&
         setresuid(kStranger, kStranger, kStranger) == 0;
}

Outcome AskAsStranger(Arena& arena, const std::function<int()>& ask) {
  stranger_asks = &ask;
  return AskThrough(
      arena, AsksAsStranger,
      "no other user to become: only one uid is mapped here, or there is no privilege");
}

}  // namespace pidproof
