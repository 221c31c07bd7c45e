#pragma once

#include <sched.h>
#include <signal.h>

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "probes/system/child.h"
#include "probes/system/fd.h"
#include "probes/system/isolate.h"
#include "scenarios/stage/pid_placement.h"
#include "scenarios/stage/stub.h"

namespace pidproof {

// The numbers outside the arena that its processes take too, one per process and namespace level. A
// good neighbour gives the same few back and forth, or stops before it has used up too many.
struct OuterPids {
  // Known to be free outside: ours to deal, given the right to; one a slot.
  std::vector<pid_t> dealt;
  std::uint64_t allowed = 0;  // how many others may be used up, at the most
};

// Keeps this process and its children on the processor it is on, while it lives: a child that need
// not move starts sooner. Where that is refused, things are slower, not different.
class OnOneProcessor {
 public:
  OnOneProcessor();
  ~OnOneProcessor();
  OnOneProcessor(const OnOneProcessor&) = delete;

 private:
  cpu_set_t before_;
};

// Where a trial plays: a pid namespace whose numbers are ours to deal, or, where none is to be had,
// just this process and its own children. One arena lives in one trial process.
class Arena {
 public:
  Arena(Isolation isolation, OuterPids outer, PidRules rules = {});

  // False where numbers are shared with strangers: nothing may then be signalled by a number once
  // reaped.
  bool own_namespace() const { return isolation_ != Isolation::kChild; }

  // A child that follows body. Throws Broken when it cannot be made, Unsupported when it is only
  // that kind of birth that is refused.
  Child Spawn(Child::Body body, const SpawnOptions& birth = {});

  struct Stub {
    pid_t pid = 0;
    Fd pidfd;
  };
  // What the stub's number is: the lowest that the kernel comes round to (RESERVED_PIDS).
  static constexpr pid_t kFirstPid = 300;
  // A register-only child with the number kFirstPid + slot, which must be free, and a pidfd of
  // it if wanted. Throws Unsupported when numbers cannot be chosen here (before 5.5, or refused).
  // sharing: clone flags; without CLONE_VM among them it is a fork.
  Stub SpawnWithPid(StubLife life, bool with_pidfd, pid_t slot = 0,
                    std::uint64_t sharing = kShareAll);
  // A child that follows body, with such a number where numbers can be dealt outside too, else with
  // the next that comes.
  Child SpawnWithPid(Child::Body body, pid_t slot = 0);
  // Whether numbers have been dealt, and how.
  bool places_pids() const { return places_pids_; }
  std::string_view pid_method() const { return Word(deal_); }
  // How many slots there are whose numbers outside are dealt as well: a good neighbour uses no
  // others where there are enough.
  pid_t slots() const { return static_cast<pid_t>(outer_.dealt.size()); }

  // The numbers that whoever is made otherwise is to take for that slot (set_tid), innermost first;
  // none where they cannot be chosen. Whoever then takes none of our numbers outside tells it by
  // UseOuter.
  struct Numbers {
    std::array<pid_t, 2> values{};
    std::size_t count = 0;
  };
  Numbers NumbersFor(pid_t slot) const;
  void UseOuter() { ++outer_used_; }

  // Ends and reaps such a child; how it ended.
  siginfo_t End(const Stub& stub, int signal = SIGKILL);

  // All that a child can share with its parent, save being a thread of it: what is shared need not
  // be made.
  static constexpr std::uint64_t kShareAll =
      CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_SIGHAND | CLONE_SYSVSEM | CLONE_IO;

  // Numbers used up outside so far, and whether there are none left to use.
  std::uint64_t outer_used() const { return outer_used_; }
  bool Exhausted() const { return outer_used_ >= outer_.allowed; }
  std::uint64_t outer_left() const { return outer_.allowed - outer_used_; }

 private:
  Result<pid_t> SetTid(const StubOptions& birth, StubLife life, pid_t slot);
  Isolation isolation_;
  OuterPids outer_;
  PidRules rules_;
  PidMethod deal_;
  bool places_pids_ = false;
  PidPlacer dealer_;
  std::uint64_t outer_used_ = 0;
};

}  // namespace pidproof
