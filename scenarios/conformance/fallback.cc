// A supervisor that takes pidfds where it can, and PIDs where it must. What that costs under reuse
// is in torture/pid_reuse_fallback.cc.
#include "scenarios/fixtures/fallback.h"

#include <signal.h>

#include "probes/system/require.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance {
namespace {

// Stops a child and collects its status. The referee's signal ends it too, if the tested one is
// lost; the first fatal signal decides how a process ends, or the one with the lower number.
Outcome Stop(Arena& arena, Path path, Outcome done) {
  Child child = arena.Spawn(body::Lingers);
  const Handle handle = Handle::To(child, path);
  const sys::Status sent = handle.Signal(SIGUSR1);
  Require(sys::Kill(child.pid(), SIGUSR2));
  const Result<siginfo_t> ended = handle.Wait();
  if (!sent.ok()) return Outcome::Of(sent);
  if (!ended.ok()) return Outcome::Of(ended.error());
  child.Disown();
  return ended->si_status == SIGUSR1 ? done : Outcome("lost");
}

const Registered<Conformance> kStop{{
    .name = "fallback/stop",
    .question = "Can a child be stopped and reaped by a supervisor that falls back to PIDs where a "
                "pidfd call is refused?",
    .without_pid_namespace = kBothPaths,
    .pidfd =
        {.needs = {"legacy/kill", "legacy/waitid"},
         .claims = {May("ok", "every pidfd call that it needs works: no PID is used",
                        "pidfd_send_signal(2)"),
                    May("fallback",
                        "a pidfd call is refused, and a child keeps its PID until it is reaped",
                        "kill(2), Linux before 5.4, seccomp(2)")},
         .ask =
             [](Arena& arena) {
               const Usable usable = FindUsablePath(arena);
               return Stop(arena, usable.path, usable.has_fallen_back ? "fallback" : "ok");
             }},
    .legacy = {.claims = {Must("ok", "a child keeps its PID until it is reaped", "kill(2)")},
               .ask = [](Arena& arena) { return Stop(arena, kLegacyPid, "ok"); }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance
