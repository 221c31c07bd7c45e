#pragma once

#include <string_view>

#include "probes/system/release.h"
#include "scenarios/era.h"

namespace pidproof {

// What observing an outcome means.
enum class Expect {
  kMust,    // it is required
  kMay,     // it is allowed
  kHazard,  // it is allowed, and it is the harm that this path is exposed to
  kNever,   // it is forbidden
};
using enum Expect;

std::string_view Word(Expect expect);

// One outcome that is known on one path, written as in
//   Must("no_pid", "fdinfo shows -1", "kernel/fork.c pidfd_show_fdinfo").Since(eras::kX)
struct Claim {
  std::string_view outcome;
  Expect expect;
  std::string_view reason;
  std::string_view source;  // "pidfd_open(2)", "kernel/exit.c do_wait"
  // The era of an answer that changed: since one change, until another. An answer ahead of its time
  // is a backport, and fine; one that comes from a release known to have the later change is not.
  const Era* since = nullptr;
  const Era* until = nullptr;
  // A hazard that is a known bug of the kernel: its name ("getinfo-spurious-esrch"). Where it is
  // fixed, `until` says in which releases.
  std::string_view bug = {};

  Claim Since(const Era& era) const;
  Claim Until(const Era& era) const;
  Claim Bug(std::string_view name) const;

  // A hazard or a never.
  bool IsHarm() const { return expect == Expect::kHazard || expect == Expect::kNever; }
  // Of every release.
  bool IsTimeless() const { return since == nullptr && until == nullptr; }
  // Whether that very release is known to have the change that the answer came with.
  bool HasBegunIn(Release kernel) const { return since == nullptr || since->IsIn(kernel); }
  // Whether that very release is known to have the change that ended the answer.
  bool IsOverIn(Release kernel) const { return until != nullptr && until->IsIn(kernel); }
  // Whether that very release is known to give the answer.
  bool HoldsIn(Release kernel) const { return HasBegunIn(kernel) && !IsOverIn(kernel); }
};

Claim Must(std::string_view outcome, std::string_view reason, std::string_view source);
Claim May(std::string_view outcome, std::string_view reason, std::string_view source);
Claim Hazard(std::string_view outcome, std::string_view reason, std::string_view source);
Claim Never(std::string_view outcome, std::string_view reason, std::string_view source);

}  // namespace pidproof
