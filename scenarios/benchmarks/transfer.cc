// What it costs to get a descriptor of another process: taken by pidfd, or sent by the other, which
// must be asked and must do so.
#include <sys/socket.h>
#include <unistd.h>

#include "probes/registry.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/system/unix_socket.h"
#include "scenarios/arena/arena.h"
#include "scenarios/benchmarks/row.h"
#include "scenarios/benchmarks/target.h"

namespace pidproof::scenarios::benchmarks::transfer {
namespace {

Keys KeysOf(std::string_view call, State of, Path path) {
  return {{"call", std::string(call)},
          {"state", std::string(Word(of))},
          {"path", std::string(scenarios::Word(path))}};
}

void Take(benchmark::State& state, State of) {
  if (of == State::kDead && !HasOwnNamespace()) {
    throw Unsupported("needs a PID namespace of its own, which is refused here");
  }
  int ends[2];
  Require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const Fd theirs(ends[0]);
  const Fd other(ends[1]);
  const Target target(of);  // has a copy of all descriptors
  const int expected = of == State::kAlive ? 0 : ESRCH;
  if (sys::PidfdGetfd(target.pidfd(), theirs.get(), 0).error() != expected) {
    throw Unsupported("needs pidfd_getfd(2), 5.6, and the right to trace");
  }
  const OnOneProcessor here;
  for (auto _ : state) {
    const Result<Fd> taken = sys::PidfdGetfd(target.pidfd(), theirs.get(), 0);
    benchmark::DoNotOptimize(taken.error());
  }
}

// Both ends are here: what the other process would do is in the price, a switch to it is not.
void Send(benchmark::State& state) {
  int ends[2];
  Require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  const Fd sending(ends[0]);
  const Fd receiving(ends[1]);
  const OnOneProcessor here;
  for (auto _ : state) {
    int received = -1;
    Require(SendWith(sending.get(), SCM_RIGHTS, receiving.get()) == 0);
    Require(Require(ReceiveWith(receiving.get(), SCM_RIGHTS, received)).came);
    close(received);
  }
}

void AddRows(Amount) {
  for (const State of : kStates) {
    Register(RowName("transfer", KeysOf("getfd", of, kPidfd)), "pidfd_getfd(2) and close(2)",
             [of](benchmark::State& state) { Take(state, of); });
  }
  Register(RowName("transfer", KeysOf("scm_rights", State::kAlive, kLegacyPid)),
           "sendmsg(2) and recvmsg(2) of SCM_RIGHTS, and close(2)", Send);
}

const Registered<RowSource> kRows{{.name = "transfer", .add = AddRows}};

}  // namespace
}  // namespace pidproof::scenarios::benchmarks::transfer
