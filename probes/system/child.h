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
      0;  // further clone flags; kFork with a flag becomes clone(2) without CLONE_PIDFD
  std::span<const pid_t> set_tid = {};  // kClone3: numbers to take, innermost namespace first (5.5)
};

// A process directed by a gate, and reaped. It dies with its parent. The referee's own verbs here
// use the number, which stays its own until it is reaped.
class Child {
 public:
  // What the child does, given the gate to wait at; what it returns is its exit status. It has no
  // captures, so it cannot touch its parent's state, and uses plain system calls only.
  using Body = int (*)(int gate);

  static Result<Child> Make(Body body, const SpawnOptions& birth = {});

  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  // Kills and reaps it, unless that has been done.
  ~Child();

  pid_t pid() const { return pid_; }
  // The pidfd that came with CLONE_PIDFD; holds -1 with kFork.
  Fd& pidfd() { return pidfd_; }
  int gate() const { return gate_.get(); }

  // Opens the gate: the body goes on.
  void Open() const;
  // SIGKILL, as the referee.
  void Kill() const;
  // Returns once the child is a zombie, which it stays (WNOWAIT). Throws Broken if it is no child
  // any more, as when it reaps itself.
  void AwaitZombie() const;
  // Returns once the kernel has reaped a child that reaps itself, and its number is free. Throws
  // Broken if it is kept for us instead.
  void AwaitReapedByKernel();
  // Waits for the end and reaps. Throws Broken when there is nothing to reap.
  siginfo_t Reap();
  // Says that somebody else has reaped it, or that it reaps itself.
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
int Exits(int gate);            // ends at once, status 0
int AtGate(int gate);           // ends with kGateStatus once the gate opens
int ExecsThenAtGate(int gate);  // executes this program anew, and then as AtGate; 126 if it cannot
inline constexpr int kGateStatus = 7;
void Pass(int gate);  // returns once the gate is open

// What the program does when ExecsThenAtGate has executed it: main calls this first. Returns when
// the arguments are not of that kind.
void ResumeIfExecuted(int argc, char** argv);
// The first argument then; the second is the number of the gate.
inline constexpr char kResume[] = "@at-gate";
}  // namespace body

}  // namespace pidproof
