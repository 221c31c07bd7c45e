// A question asked of both paths. A trial answers in one word, an outcome; the claims of each path
// say what each outcome means there. An outcome that no claim lists is as bad as a forbidden one.
//
//   Outcome Signalled(Arena& arena, Path path) {
//     Child child = arena.Spawn(body::Lingers);            // a process of our own
//     const Handle handle = Handle::To(child, path);       // named by pidfd, or by PID
//     Require(sys::Kill(child.pid(), SIGKILL));            // the referee: calls not under test
//     Require(child.Reap());
//     return Outcome::Of(handle.Signal(0));                // "ok", or an errno: "esrch"
//   }
//
//   const Registered<Conformance> kSignalDead{{
//       .name = "life_cycle/dead_signal",                  // topic/question
//       .question = "Does a signal to a reaped process fail?",
//       .without_pid_namespace = kPidfdOnly,               // its PID may be a stranger's by now
//       .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
//                 .claims = {Must("esrch", "the process was reaped", "pidfd_send_signal(2)")}},
//       .legacy = {.claims = {Must("esrch", "no process has this PID", "kill(2)")}},
//       .ask = Signalled,                                  // or one for each side
//   }};
//
// Races are in torture.h. scenarios/README.md shows how to add one of either kind.
#pragma once

#include <source_location>
#include <string_view>
#include <vector>

#include "probes/registry.h"
#include "scenarios/arena/arena.h"
#include "scenarios/claim.h"
#include "scenarios/eras.h"
#include "scenarios/outcome.h"
#include "scenarios/path.h"

namespace pidproof::scenarios {

// Which paths may do without a PID namespace of their own: those that name only children that are
// not reaped, or name them by pidfd. A reaped PID may name a stranger outside.
enum class WithoutPidNamespace { kNoPath, kPidfdOnly, kBothPaths };
using enum WithoutPidNamespace;

// What is asked of one path.
struct Side {
  std::vector<std::string_view> needs = {};  // features without which it is unsupported
  std::vector<Claim> claims = {};            // beside those that both paths share
  std::string_view not_possible = {};        // why this path cannot be asked; empty when it can
  Outcome (*ask)(Arena& arena) = nullptr;    // where each path is asked by calls of its own
};

// The side of a path that cannot be asked: "a PID has no flags".
inline Side NotPossible(std::string_view reason) { return {.not_possible = reason}; }

// A question that is asked once of each path.
struct Conformance {
  std::string_view name;      // "topic/question"
  std::string_view question;  // stands alone: reports sort by name
  WithoutPidNamespace without_pid_namespace = kNoPath;
  std::vector<Claim> claims = {};  // of both paths alike
  Side pidfd = {};
  Side legacy = {};
  // Why a Never of the pidfd path has no Hazard of the other path as its control; empty when it has
  // one.
  std::string_view no_control = {};
  Outcome (*ask)(Arena& arena,
                 Path path) = nullptr;   // used where both paths are asked by the same verb
  std::source_location defined_at = {};  // filled in by Registered
};

struct Torture;

// A scenario of either kind, as the runner sees it.
struct Scenario {
  std::string_view name;
  std::string_view question;
  WithoutPidNamespace without_pid_namespace = kNoPath;
  Side pidfd = {};  // with the claims that both paths share
  Side legacy = {};
  std::string_view no_control = {};
  Outcome (*ask)(Arena& arena, Path path) = nullptr;
  const Torture* torture = nullptr;  // the race, where it is one
  std::source_location defined_at = {};

  const Side& On(Path path) const { return path == kPidfd ? pidfd : legacy; }
  bool IsTorture() const { return torture != nullptr; }
  // Whether it runs only when named by --only.
  bool IsOnRequest() const;
  // The claim about an outcome on a path; nullptr when there is none.
  const Claim* FindClaim(Path path, std::string_view outcome) const;
};

// Every scenario of both kinds, ordered by name.
const std::vector<const Scenario*>& AllScenarios();

// nullptr: no scenario has that name.
const Scenario* FindScenario(std::string_view name);

}  // namespace pidproof::scenarios
