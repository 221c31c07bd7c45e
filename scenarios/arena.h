#pragma once

#include <sched.h>
#include <signal.h>

#include <cstdint>
#include <vector>

#include "probes/child.h"
#include "probes/fd.h"
#include "probes/isolate.h"
#include "scenarios/stub.h"

namespace pidproof {

// The numbers outside the arena that its processes take too, one per process and namespace level. A
// good neighbour gives the same few back and forth, or stops before it has used up too many.
struct OuterNumbers {
  std::vector<pid_t> dealt;   // known to be free outside: ours to deal, given the right to
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
  Arena(Isolation isolation, OuterNumbers outer);

  // False where numbers are shared with strangers: nothing may then be signalled by a number once
  // reaped.
  bool own_namespace() const { return isolation_ != Isolation::kChild; }

  // A child that follows body. Throws Broken when it cannot be made, Unsupported when it is only
  // that kind of birth that is refused.
  Child Spawn(Child::Body body, const Birth& birth = {});

  // A register-only child with the number kDealtNumber, which must be free, and a pidfd of it if
  // wanted. Throws Unsupported when numbers cannot be chosen here (before 5.5, or refused).
  struct Stub {
    pid_t pid = 0;
    Fd pidfd;
  };
  static constexpr pid_t kDealtNumber = 200;
  Stub SpawnDealt(StubLife life, bool with_pidfd);

  // Ends and reaps such a child; how it ended.
  siginfo_t End(const Stub& stub, int signal = SIGKILL);

  // Numbers used up outside so far, and whether there are none left to use.
  std::uint64_t outer_used() const { return outer_used_; }
  bool Exhausted() const { return outer_used_ >= outer_.allowed; }

 private:
  Result<pid_t> SpawnWith(abi::CloneArgs& args, StubLife life);
  Isolation isolation_;
  OuterNumbers outer_;
  std::size_t next_dealt_ = 0;
  std::uint64_t outer_used_ = 0;
};

}  // namespace pidproof
