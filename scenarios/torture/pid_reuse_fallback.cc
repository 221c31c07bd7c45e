// The reduced guarantee of a supervisor that falls back to PIDs where a pidfd call is refused
// (fixtures/fallback.h), as it is here: the trial enters such a world itself. Where none is
// refused, pid_reuse/signal shows what pidfds prevent.
#include <signal.h>

#include "probes/system/require.h"
#include "probes/worlds/world.h"
#include "scenarios/fixtures/fallback.h"
#include "scenarios/torture.h"
#include "scenarios/torture/chain.h"

namespace pidproof::scenarios::torture::pid_reuse_fallback {
namespace {

void SignalByFallback(Arena& arena, Path path, TrialLoop& trials) {
  World::Parse("pidfd_open:enosys").Enter();
  const Usable usable =
      Handle::NeedsPidfdAtSpawn(path) ? FindUsablePath(arena) : Usable{path, false};
  const Outcome hit = usable.has_fallen_back ? "fallback_hit_stranger" : "hit_stranger";
  const auto open = [&](const Arena::Stub& stub) {
    return Require(Handle::ToPid(stub.pid, usable.path));
  };
  // Opened by PID, as on kernels without clone3: no child is made with a pidfd.
  Chain(arena, kLegacyPid, trials, open, [&](const Handle& stale, const Arena::Stub& stranger) {
    const Outcome seen = SignalStale(arena, stale, stranger, trials);
    trials.Record(seen == Outcome("hit_stranger") ? hit : seen);
  });
}

const Registered<Torture> kFallback{{
    .name = "pid_reuse/fallback",
    .question = "Which process is signalled by a supervisor that falls back to PIDs because "
                "pidfd_open is refused, once a worker's PID is reused?",
    .pidfd = {.needs = {"legacy/kill"},
              .claims = {Hazard("fallback_hit_stranger",
                                "the fallback has the guarantee of kill(2), not that of a pidfd",
                                "kill(2)")}},
    .legacy = {.claims = {Hazard("hit_stranger", "kill(2) looks up the PID on each use",
                                 "kill(2)")}},
    .loop = SignalByFallback,
    .single_cpu = true,
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::pid_reuse_fallback
