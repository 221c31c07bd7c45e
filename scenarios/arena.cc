#include "scenarios/arena.h"

#include <errno.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>

#include <utility>

#include "probes/errno_name.h"
#include "probes/require.h"
#include "probes/sys.h"

namespace pidproof {

namespace {

// All that a child can share with its parent, save being a thread of it: what is shared need not be
// made.
constexpr std::uint64_t kShareAll =
    CLONE_VM | CLONE_FILES | CLONE_FS | CLONE_SIGHAND | CLONE_SYSVSEM | CLONE_IO;

}  // namespace

OnOneProcessor::OnOneProcessor() {
  CPU_ZERO(&before_);
  sched_getaffinity(0, sizeof before_, &before_);
  const int processor = sched_getcpu();
  if (processor < 0) return;
  cpu_set_t here;
  CPU_ZERO(&here);
  CPU_SET(static_cast<std::size_t>(processor), &here);
  sched_setaffinity(0, sizeof here, &here);
}

OnOneProcessor::~OnOneProcessor() { sched_setaffinity(0, sizeof before_, &before_); }

Arena::Arena(Isolation isolation, OuterNumbers outer)
    : isolation_(isolation), outer_(std::move(outer)) {}

Child Arena::Spawn(Child::Body body, const Birth& birth) {
  ++outer_used_;
  Result<Child> child = Child::Make(body, birth);
  const bool plain = birth.how == Birth::kFork && birth.flags == 0 && birth.exit_signal == SIGCHLD;
  if (!child.ok() && !plain) {
    // Emulators make no other children than fork does.
    throw Unsupported(fmt::format("no child of that kind can be cloned here (exit signal {}: {})",
                                  birth.exit_signal, ErrnoName(child.error())));
  }
  return Require(std::move(child));
}

// set_tid names a number per level, innermost first; levels left out choose for themselves.
Result<pid_t> Arena::SpawnWith(abi::CloneArgs& args, StubLife life) {
  pid_t numbers[2] = {kDealtNumber, 0};
  args.set_tid = reinterpret_cast<std::uint64_t>(numbers);
  while (!outer_.dealt.empty()) {
    numbers[1] = outer_.dealt[next_dealt_];
    args.set_tid_size = 2;
    const Result<pid_t> made = SpawnStub(args, abi::kCloneArgsSize55, life);
    if (made.ok()) return made;
    // Taken by somebody outside, or not ours to deal: give that number up.
    if (made.error() != EEXIST && made.error() != EPERM) return made;
    outer_.dealt.erase(outer_.dealt.begin() + static_cast<std::ptrdiff_t>(next_dealt_));
    next_dealt_ = 0;
  }
  args.set_tid_size = 1;
  ++outer_used_;
  return SpawnStub(args, abi::kCloneArgsSize55, life);
}

Arena::Stub Arena::SpawnDealt(StubLife life, bool with_pidfd) {
  if (!own_namespace())
    throw Unsupported("numbers can be dealt only in a pid namespace of our own");
  int pidfd = -1;
  abi::CloneArgs args{};
  args.flags = kShareAll | (with_pidfd ? abi::kClonePidfd : 0);
  args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  const Result<pid_t> made = SpawnWith(args, life);
  if (!made.ok()) {
    throw Unsupported(
        fmt::format("no process with a chosen number can be made here (clone3 set_tid: {})",
                    ErrnoName(made.error())));
  }
  return {*made, Fd(pidfd)};
}

siginfo_t Arena::End(const Stub& stub, int signal) {
  Require(sys::Kill(stub.pid, signal));
  return Require(sys::Waitid(P_PID, stub.pid, WEXITED));
}

}  // namespace pidproof
