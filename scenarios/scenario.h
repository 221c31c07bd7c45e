#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "probes/registry.h"
#include "probes/system/release.h"
#include "scenarios/eras.h"
#include "scenarios/loop/trial_loop.h"
#include "scenarios/outcome.h"
#include "scenarios/path.h"
#include "scenarios/stage/arena.h"

namespace pidproof {

// What hearing an outcome means.
enum class Expect {
  kMust,    // it is required
  kMay,     // it may be
  kHazard,  // it may be, and it is the harm that this path is exposed to
  kNever,   // it must not be
};
using enum Expect;

std::string_view Word(Expect expect);

// One answer that is known for one path.
struct Claim {
  Path path;
  std::string_view outcome;
  Expect expect;
  std::string_view reason;
  std::string_view source;  // "pidfd_open(2)", "kernel/exit.c do_wait"
  // The era of an answer that changed: since one change, until another. An answer ahead of its time
  // is a backport, and fine; one that comes from a release known to have the later change is not.
  const Era* since = nullptr;
  const Era* until = nullptr;
  // A hazard that is a known mistake of the kernel: its name ("getinfo-spurious-esrch"). Where it
  // is fixed, `until` says in which releases.
  std::string_view bug = {};

  // Of every release.
  bool IsTimeless() const { return since == nullptr && until == nullptr; }
  // Whether that very release is known to have the change that the answer came with.
  bool HasBegunIn(Release kernel) const { return since == nullptr || since->IsIn(kernel); }
  // Whether that very release is known to have the change that ended the answer.
  bool IsOverIn(Release kernel) const { return until != nullptr && until->IsIn(kernel); }
};

// Which columns may do without a pid namespace of their own: those that name only children that are
// not reaped, or name them by pidfd. What a reaped number names there is not ours to touch.
enum class WithoutPidNamespace { kNoPath, kPidfdOnly, kBothPaths };
using enum WithoutPidNamespace;

// One question asked of both paths. A trial answers in one word; the claims say what each word
// means. A word that nobody claims is as bad as a never.
struct Scenario {
  enum Kind { kConformance, kTorture };

  std::string_view name;      // "topic/question"
  std::string_view question;  // the question
  Kind kind = kConformance;
  std::vector<std::string_view> pidfd_needs =
      {};  // features without which the pidfd column is unsupported
  std::vector<std::string_view> legacy_needs = {};  // the same for the other column
  WithoutPidNamespace without_pid_namespace = kNoPath;
  std::vector<Claim> claims;
  // Why a never of the pidfd column has no hazard as its control in the legacy column; empty when
  // it has.
  std::string_view no_control = {};
  // Conformance, asked once: the same verb on both paths, or each path by the calls of its own.
  Outcome (*trial)(Arena& arena, Path path) = nullptr;
  Outcome (*by_pidfd)(Arena& arena) = nullptr;
  Outcome (*by_number)(Arena& arena) = nullptr;
  std::string_view not_possible_by_pid = {};  // why no PID can ask this; empty when one can
  void (*torture)(Arena& arena, Path path,
                  TrialLoop& trials) = nullptr;  // torture: loops while there is budget
  // Torture that keeps to one processor: several workers may go at it at once, each in its own
  // arena.
  bool one_processor = false;
  pid_t slots = 1;  // how many of the arena's dealt numbers it uses at once
  // The mistakes (fault:NAME) that it must catch on the pidfd path; the tests see that it does.
  std::vector<std::string_view> catches = {};
  // Why it runs only where --only names it; empty when it always does.
  std::string_view on_request = {};
};

}  // namespace pidproof
