#pragma once

#include <signal.h>
#include <sys/types.h>

#include <cstdint>
#include <span>

#include "probes/system/fd.h"
#include "probes/system/result.h"

namespace pidproof {

// How a child is made.
struct SpawnOptions {
  enum How {
    kFork,    // fork(2)
    kClone,   // clone(2) with CLONE_PIDFD
    kClone3,  // clone3(2) with CLONE_PIDFD
  };
  How how = kFork;
  int exit_signal = SIGCHLD;
  std::uint64_t flags =
      0;  // further clone flags; kFork with a flag uses clone(2) without CLONE_PIDFD
  std::span<const pid_t> set_tid = {};  // kClone3: PIDs to take, innermost namespace first (5.5)
};

// A child process that waits at a gate and is reaped by us. It dies with its parent. Its own verbs
// are the referee's and use the PID, which is not reused until the child is reaped.
class Child {
 public:
  // What the child does, given the gate to wait at; the return value is its exit status. It has no
  // captures, so it cannot touch its parent's state, and uses plain system calls only.
  using Body = int (*)(int gate);

  static Result<Child> Make(Body body, const SpawnOptions& options = {});

  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  // Kills and reaps it, unless it is reaped already.
  ~Child();

  pid_t pid() const { return pid_; }
  // The pidfd from CLONE_PIDFD; -1 with kFork.
  Fd& pidfd() { return pidfd_; }
  int gate() const { return gate_.get(); }

  // Opens the gate: the body goes on.
  void Open() const;
  // Sends SIGKILL by sys::Kill.
  void Kill() const;
  // Returns once the child is a zombie, unreaped (WNOWAIT). Throws Broken if it is not our child
  // any more, as when it reaps itself.
  void AwaitZombie() const;
  // Returns once the kernel has reaped a child that reaps itself, and its PID is free. Throws
  // Broken if the child is a zombie instead.
  void AwaitReapedByKernel();
  // Waits for its exit and reaps it. Throws Broken when there is nothing to reap.
  siginfo_t Reap();
  // To be called when it has been reaped by other means, or reaps itself.
  void Disown() { pid_ = 0; }

 private:
  Child(pid_t pid, Fd gate, Fd pidfd);
  pid_t pid_;
  Fd gate_;
  Fd pidfd_;
};

// Bodies that scenarios and probes share.
namespace body {
int Lingers(int gate);          // waits until it is killed
int Exits(int gate);            // exits at once with status 0
int AtGate(int gate);           // exits with kGateStatus once the gate opens
int ExecsThenAtGate(int gate);  // executes this program, then as AtGate; 126 if it cannot
inline constexpr int kGateStatus = 7;
void Pass(int gate);  // returns once the gate is open

// Acts as AtGate where ExecsThenAtGate has executed the program: main calls this first. Returns
// when the arguments are others.
void ResumeIfExecuted(int argc, char** argv);
// The first argument then; the second is the gate's descriptor.
inline constexpr char kResume[] = "@at-gate";
}  // namespace body

}  // namespace pidproof
