#include "scenarios/benchmarks/target.h"

#include <signal.h>
#include <sys/wait.h>

#include "probes/system/abi.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/arena/stub.h"

namespace pidproof::scenarios::benchmarks {

std::string_view Word(State state) {
  return state == State::kAlive ? "alive" : state == State::kZombie ? "zombie" : "dead";
}

Target::Target(State state) {
  int made = -1;
  pid_ =
      Require(SpawnStub({.flags = CLONE_VM | abi::kClonePidfd, .pidfd = &made}, StubLife::kWaits));
  pidfd_ = Fd(made);
  if (state == State::kAlive) return;
  Require(sys::Kill(pid_, SIGKILL));
  Require(sys::Waitid(P_PID, pid_, WEXITED | WNOWAIT));
  if (state == State::kDead) Reap();
}

Target::~Target() {
  if (reaped_) return;
  // Our unreaped child. It cannot fail, but with a filter, under which nothing is measured.
  static_cast<void>(sys::Kill(pid_, SIGKILL));
  static_cast<void>(sys::Waitid(P_PID, pid_, WEXITED));
}

void Target::Reap() {
  Require(sys::Waitid(P_PID, pid_, WEXITED));
  reaped_ = true;
}

}  // namespace pidproof::scenarios::benchmarks
