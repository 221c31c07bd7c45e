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
#include "scenarios/arena/pid_placement.h"
#include "scenarios/arena/stub.h"

namespace pidproof::scenarios {

// The PIDs that the arena's processes use up outside it: each process has a PID in every enclosing
// namespace. The same few are reused, or their count is bounded.
struct HostPidShare {
  // Known to be free outside; with privilege they are placed again and again, one for each slot.
  std::vector<pid_t> placed;
  std::uint64_t allowed = 0;  // how many other PIDs may be used up
};

// Keeps this process and its children on the current processor while it lives: a child that need
// not move starts sooner. Where that is refused, trials are slower, not different.
class OnOneProcessor {
 public:
  OnOneProcessor();
  ~OnOneProcessor();
  OnOneProcessor(const OnOneProcessor&) = delete;

 private:
  cpu_set_t before_;
};

// Where a trial runs: a PID namespace whose PIDs are ours to place, or, where none can be made,
// just this process and its own children. One arena lives in one trial process.
class Arena {
 public:
  Arena(Isolation isolation, HostPidShare host_pids, PidRules rules = {});

  // False where the PID namespace is shared with other programs: no PID may then be signalled once
  // its process is reaped.
  bool own_namespace() const { return isolation_ != Isolation::kChild; }

  // A child that runs body. Throws Broken when it cannot be made, Unsupported when only this kind
  // of clone is refused.
  Child Spawn(Child::Body body, const SpawnOptions& options = {});

  struct Stub {
    pid_t pid = 0;
    Fd pidfd;
  };
  // The kernel restarts at this PID after pid_max (RESERVED_PIDS in kernel/pid.c).
  static constexpr pid_t kFirstPid = 300;
  // A register-only child with the PID kFirstPid + slot, which must be free, and a pidfd of it if
  // wanted. Throws Unsupported when PIDs cannot be chosen here (before 5.5, or refused). sharing:
  // clone flags; without CLONE_VM it is a fork.
  Stub SpawnWithPid(StubLife life, bool with_pidfd, pid_t slot = 0,
                    std::uint64_t sharing = kShareAll);
  // A child that runs body, with such a PID where host PIDs can be placed too, else with the next
  // free PID.
  Child SpawnWithPid(Child::Body body, pid_t slot = 0);
  // Whether PIDs have been placed, and by which method.
  bool places_pids() const { return places_pids_; }
  std::string_view pid_method() const { return Word(method_); }
  // How many slots have a host PID that is placed too; further slots use up host PIDs.
  pid_t slots() const { return static_cast<pid_t>(host_pids_.placed.size()); }

  // The PIDs to pass as set_tid to a clone that is not made here, innermost first; none where they
  // cannot be chosen. A clone that takes no placed host PID is counted by CountHostPid.
  struct ChosenPids {
    std::array<pid_t, 2> values{};
    std::size_t count = 0;
  };
  ChosenPids PidsFor(pid_t slot) const;
  void CountHostPid() { ++host_pids_used_; }

  // Kills and reaps such a child; returns how it ended.
  siginfo_t End(const Stub& stub, int signal = SIGKILL);

  // All that a child can share with its parent except being one of its threads: what is shared need
  // not be copied.
  static constexpr std::uint64_t kShareAll =
      CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_SIGHAND | CLONE_SYSVSEM | CLONE_IO;

  // Host PIDs used up so far, and whether the allowance is spent.
  std::uint64_t host_pids_used() const { return host_pids_used_; }
  bool Exhausted() const { return host_pids_used_ >= host_pids_.allowed; }
  std::uint64_t host_pids_left() const { return host_pids_.allowed - host_pids_used_; }

 private:
  Result<pid_t> SetTid(const StubOptions& options, StubLife life, pid_t slot);
  Isolation isolation_;
  HostPidShare host_pids_;
  PidRules rules_;
  PidMethod method_;
  bool places_pids_ = false;
  PidPlacer placer_;
  std::uint64_t host_pids_used_ = 0;
};

}  // namespace pidproof::scenarios
