// Who made the other end of a unix socket: SO_PEERPIDFD, and the number of SO_PEERCRED.
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "probes/system/require.h"
#include "probes/system/unix_socket.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/fixtures/sockets.h"
#include "scenarios/scenario.h"

namespace pidproof {
namespace {

// What children are handed by being forked. A trial has a process of its own.
std::optional<Listener> listener;

int Connects(int gate) {
  const Result<Fd> client = listener->Connect();
  report::Say(client.error());
  return body::Lingers(gate);
}

// The trial's end of a connection that a child has made, and that child.
struct Connection {
  explicit Connection(Arena& arena, const SpawnOptions& birth = {}) : child(Make(arena, birth)) {
    Require(report::Hear() == 0);
    socket = listener->Accept();
  }
  static Child Make(Arena& arena, const SpawnOptions& birth) {
    listener.emplace();
    report::Open();
    return arena.Spawn(Connects, birth);
  }
  Child child;
  Fd socket;
};

template <typename As>
Outcome Connecting(Arena& arena) {
  Connection connection(arena);
  return IsChild(PeerOf<As>(connection.socket.get()), connection.child);
}

const Registered<Scenario> kClient{{
    .name = "socket/peer_client",
    .question = "Does a server learn who has connected?",
    .pidfd_needs = {"so_peerpidfd", "pidfd_send_signal"},
    .claims = Both("the_child", "the process that called connect", "unix(7) SO_PEERCRED"),
    .by_pidfd = Connecting<AsPidfd>,
    .by_number = Connecting<AsNumber>,
}};

template <typename As>
Outcome Listening(Arena& arena) {
  listener.emplace(false);
  report::Open();
  Child child = arena.Spawn([](int gate) {
    report::Say(listen(listener->socket.get(), 1) == 0 ? 0 : errno);
    return body::Lingers(gate);
  });
  Require(report::Hear() == 0);
  const Fd client = Require(listener->Connect());
  return IsChild(PeerOf<As>(client.get()), child);
}

const Registered<Scenario> kServer{{
    .name = "socket/peer_server",
    .question = "One process binds a socket and another listens on it: whom does a client see?",
    .pidfd_needs = {"so_peerpidfd", "pidfd_send_signal"},
    .claims = Both("the_child", "the process that called listen", "unix(7) SO_PEERCRED"),
    .by_pidfd = Listening<AsPidfd>,
    .by_number = Listening<AsNumber>,
}};

template <typename As>
Outcome PairOf(Arena& arena) {
  const SocketPair pair;
  const Child child = arena.Spawn(body::Lingers);
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR1);
  Require(sigprocmask(SIG_BLOCK, &mask, nullptr) == 0);
  const Named named = PeerOf<As>(pair.receiver.get());
  if (!named.handle) return named.instead;
  const sys::Status sent = named.handle->Signal(SIGUSR1);
  if (!sent.ok()) return Outcome::Of(sent);
  const timespec now{};
  return sigtimedwait(&mask, nullptr, &now) == SIGUSR1 ? "its_maker" : "another";
}

const Registered<Scenario> kPair{{
    .name = "socket/peer_of_pair",
    .question = "One end of a socket pair is left to a child: does the other end name that child?",
    .pidfd_needs = {"so_peerpidfd", "pidfd_send_signal"},
    .claims = Both("its_maker", "the process that made the pair, whoever has it now",
                   "unix(7) SO_PEERCRED"),
    .by_pidfd = PairOf<AsPidfd>,
    .by_number = PairOf<AsNumber>,
}};

// Asks a connection whose client has ended, and is reaped or not, and then signals who is named.
template <typename As, bool kReaped>
Outcome Ended(Arena& arena) {
  Connection connection(arena);
  connection.child.Kill();
  connection.child.AwaitZombie();
  if (kReaped) connection.child.Reap();
  const Named named = PeerOf<As>(connection.socket.get());
  return named.handle ? Outcome::Of(named.handle->Signal(0)) : named.instead;
}

const Registered<Scenario> kZombie{{
    .name = "socket/peer_zombie",
    .question = "The client has ended: can a server still name it?",
    .pidfd_needs = {"so_peerpidfd", "pidfd_send_signal"},
    .without_pid_namespace = kBothPaths,
    .claims = Both("ok", "a zombie is a process still", "kill(2)"),
    .by_pidfd = Ended<AsPidfd, false>,
    .by_number = Ended<AsNumber, false>,
}};

const Registered<Scenario> kReaped{{
    .name = "socket/peer_reaped",
    .question = "The client has ended and is reaped: does a server learn that it is gone?",
    .pidfd_needs = {"so_peerpidfd", "pidfd_send_signal"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "esrch", kMust, "a pidfd comes, and says that its process is gone",
                "Linux 6.16 net/core/sock.c sk_getsockopt", &eras::kReapedPeers},
               {kPidfd,
                "einval",
                kMay,
                "no pidfd could be made of a reaped process",
                "kernel/fork.c pidfd_prepare",
                {},
                &eras::kReapedPeers},
               {kLegacyPid, "esrch", kMust, "no process has this PID until it is reused",
                "kill(2)"}},
    .by_pidfd = Ended<AsPidfd, true>,
    .by_number = Ended<AsNumber, true>,
}};

// The client is reaped and a stranger has its number.
template <typename As>
Outcome Reissued(Arena& arena) {
  static constexpr std::array<pid_t, 1> kNumber = {Arena::kFirstPid};
  Connection connection(arena, {.how = SpawnOptions::kClone3, .set_tid = kNumber});
  connection.child.Kill();
  connection.child.Reap();
  const Arena::Stub stranger = arena.SpawnWithPid(StubLife::kWaits, false);
  const Named named = PeerOf<As>(connection.socket.get());
  const Outcome sent = named.handle ? Outcome::Of(named.handle->Signal(SIGUSR1)) : named.instead;
  return arena.End(stranger, SIGUSR2).si_status == SIGUSR1 ? Outcome("hit_stranger") : sent;
}

const Registered<Scenario> kReissued{{
    .name = "socket/peer_reissued",
    .question =
        "The client is reaped and its number reissued before the server signals it: who is hit?",
    .pidfd_needs = {"so_peerpidfd", "pidfd_send_signal"},
    .legacy_needs = {"clone3/pidfd"},
    .claims = {{kPidfd, "esrch", kMust, "the socket keeps the process, not its number",
                "Linux 6.16 net/core/sock.c sk_getsockopt", &eras::kReapedPeers},
               {kPidfd,
                "einval",
                kMay,
                "no pidfd could be made of a reaped process",
                "kernel/fork.c pidfd_prepare",
                {},
                &eras::kReapedPeers},
               {kPidfd, "hit_stranger", kNever, "a pidfd names a process, not a number",
                "pidfd_open(2)"},
               {kLegacyPid, "hit_stranger", kHazard,
                "the socket tells a number that was once right", "unix(7) SO_PEERCRED"}},
    .by_pidfd = Reissued<AsPidfd>,
    .by_number = Reissued<AsNumber>,
}};

template <typename As>
Outcome PeerOfNew(int family, int type) {
  const Fd alone(socket(family, type | SOCK_CLOEXEC, 0));
  if (!alone) throw Unsupported("there is no socket of that family here");
  const Named named = PeerOf<As>(alone.get());
  return named.handle ? Outcome("somebody") : named.instead;
}

const Registered<Scenario> kNobody{{
    .name = "socket/peer_unconnected",
    .question = "Whom does a socket name that is not connected?",
    .pidfd_needs = {"so_peerpidfd"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "enodata", kMust, "there is nobody to name",
                "net/core/sock.c sk_getsockopt"},
               {kLegacyPid, "pid_0", kHazard,
                "it succeeds with number 0, which to kill is the caller's own group",
                "unix(7), kill(2)"}},
    .by_pidfd = [](Arena&) { return PeerOfNew<AsPidfd>(AF_UNIX, SOCK_STREAM); },
    .by_number = [](Arena&) { return PeerOfNew<AsNumber>(AF_UNIX, SOCK_STREAM); },
}};

const Registered<Scenario> kOtherFamily{{
    .name = "socket/peer_internet",
    .question = "Whom does a socket of another family name, whose peer may be on another machine?",
    .pidfd_needs = {"so_peerpidfd"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "enodata", kMust, "there is nobody to name",
                "net/core/sock.c sk_getsockopt"},
               {kLegacyPid, "pid_0", kHazard,
                "it succeeds with number 0, which to kill is the caller's own group",
                "socket(7), kill(2)"}},
    .by_pidfd = [](Arena&) { return PeerOfNew<AsPidfd>(AF_INET, SOCK_DGRAM); },
    .by_number = [](Arena&) { return PeerOfNew<AsNumber>(AF_INET, SOCK_DGRAM); },
}};

}  // namespace
}  // namespace pidproof
