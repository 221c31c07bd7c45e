// A supervisor that takes pidfds where it can, and PIDs where it must. What that costs under reuse
// is in torture/pid_reuse_fallback.cc.
#include "scenarios/fixtures/fallback.h"

#include <signal.h>

#include <utility>

#include "probes/system/require.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::fallback {
namespace {

// Stops a child and collects its status. The referee's signal ends it too, if the tested one is
// lost; the first fatal signal decides how a process ends, or the one with the lower number.
Outcome Stop(Child& child, const Handle& handle, Outcome done) {
  const sys::Status sent = handle.Signal(SIGUSR1);
  Require(sys::Kill(child.pid(), SIGUSR2));
  const Result<siginfo_t> ended = handle.Wait();
  if (!sent.ok()) return Outcome::Of(sent);
  if (!ended.ok()) return Outcome::Of(ended.error());
  child.Disown();
  return ended->si_status == SIGUSR1 ? done : Outcome("lost");
}

Outcome StopChild(Arena& arena, Path path, Outcome done) {
  Child child = arena.Spawn(body::Lingers);
  return Stop(child, Handle::To(child, path), done);
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
               return StopChild(arena, usable.path, usable.has_fallen_back ? "fallback" : "ok");
             }},
    .legacy = {.claims = {Must("ok", "a child keeps its PID until it is reaped", "kill(2)")},
               .ask = [](Arena& arena) { return StopChild(arena, kLegacyPid, "ok"); }},
}};

// Makes a child by clone3 with a pidfd, else by fork.
Outcome StopNew(Arena& arena) {
  if (FindUsablePath(arena).has_fallen_back) return StopChild(arena, kLegacyPid, "fallback");
  arena.CountHostPid();
  Result<Child> child = Child::Make(body::Lingers, {.how = SpawnOptions::kClone3});
  if (!child.ok() && !IsFallenBackFrom(child.error())) return Outcome::Of(child.error());
  if (!child.ok()) return StopChild(arena, kPidfd, "opened_later");
  const Handle handle = Handle::From(child->pid(), std::move(child->pidfd()), kPidfd);
  return Stop(*child, handle, "ok");
}

const Registered<Conformance> kSpawn{{
    .name = "fallback/spawn",
    .question = "Has a child a pidfd from its creation on by a supervisor that falls back where "
                "clone3 is refused?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"legacy/kill", "legacy/waitid"},
              .claims = {May("ok", "clone3 returns the pidfd with the child", "clone(2)"),
                         May("opened_later",
                             "clone3 is refused: pidfd_open is safe until the child is reaped",
                             "pidfd_open(2) NOTES"),
                         May("fallback",
                             "another pidfd call is refused, so that the PID is all there is",
                             "fork(2), Linux before 5.4, seccomp(2)")},
              .ask = StopNew},
    .legacy = {.claims = {Must("ok", "fork returns the PID", "fork(2)")},
               .ask = [](Arena& arena) { return StopChild(arena, kLegacyPid, "ok"); }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::fallback
