#include "scenarios/props/deputy.h"

#include <signal.h>
#include <unistd.h>

#include "probes/require.h"

namespace pidproof {

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

}  // namespace pidproof
