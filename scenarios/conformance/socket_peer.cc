// The process that made the other end of a unix socket: SO_PEERPIDFD, and the PID in SO_PEERCRED.
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "probes/system/require.h"
#include "probes/system/unix_socket.h"
#include "scenarios/fixtures/autoreap.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/fixtures/sockets.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::socket_peer {
namespace {

// Handed to children by fork. A trial has a process of its own.
std::optional<Listener> listener;

int Connects(int gate) {
  const Result<Fd> client = listener->Connect();
  report::Send(client.error());
  return body::Lingers(gate);
}

// The trial's end of a connection that a child has made, and that child.
struct Connection {
  explicit Connection(Arena& arena, const SpawnOptions& options = {})
      : child(Make(arena, options)) {
    Require(report::Receive() == 0);
    socket = listener->Accept();
  }
  static Child Make(Arena& arena, const SpawnOptions& options) {
    listener.emplace();
    report::Open();
    return arena.Spawn(Connects, options);
  }
  Child child;
  Fd socket;
};

Outcome Connecting(Arena& arena, Path path) {
  Connection connection(arena);
  return IsChild(SocketNaming::By(path).peer_of(connection.socket.get()), connection.child);
}

const Registered<Conformance> kClient{{
    .name = "socket/peer_client",
    .question = "Can a server identify the process that has connected?",
    .claims = {Must("the_child", "the process that called connect", "unix(7) SO_PEERCRED")},
    .pidfd = {.needs = {"so_peerpidfd", "pidfd_send_signal"}},
    .ask = Connecting,
}};

Outcome Listening(Arena& arena, Path path) {
  listener.emplace(false);
  report::Open();
  Child child = arena.Spawn([](int gate) {
    report::Send(listen(listener->socket.get(), 1) == 0 ? 0 : errno);
    return body::Lingers(gate);
  });
  Require(report::Receive() == 0);
  const Fd client = Require(listener->Connect());
  return IsChild(SocketNaming::By(path).peer_of(client.get()), child);
}

const Registered<Conformance> kServer{{
    .name = "socket/peer_server",
    .question =
        "Which process is the peer for a client when one process binds and another listens?",
    .claims = {Must("the_child", "the process that called listen", "unix(7) SO_PEERCRED")},
    .pidfd = {.needs = {"so_peerpidfd", "pidfd_send_signal"}},
    .ask = Listening,
}};

Outcome PairOf(Arena& arena, Path path) {
  const SocketPair pair;
  const Child child = arena.Spawn(body::Lingers);
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR1);
  Require(sigprocmask(SIG_BLOCK, &mask, nullptr) == 0);
  const Named named = SocketNaming::By(path).peer_of(pair.receiver.get());
  if (!named.handle) return named.instead;
  const sys::Status sent = named.handle->Signal(SIGUSR1);
  if (!sent.ok()) return Outcome::Of(sent);
  const timespec now{};
  return sigtimedwait(&mask, nullptr, &now) == SIGUSR1 ? "its_maker" : "another";
}

const Registered<Conformance> kPair{{
    .name = "socket/peer_of_pair",
    .question = "Does a socket pair report the child that inherited the other end?",
    .claims = {Must("its_maker", "the process that made the pair, whoever holds it now",
                    "unix(7) SO_PEERCRED")},
    .pidfd = {.needs = {"so_peerpidfd", "pidfd_send_signal"}},
    .ask = PairOf,
}};

// Asks a connection whose client has exited, reaped or not, and then signals the process that is
// named.
template <bool kReaped>
Outcome Ended(Arena& arena, Path path) {
  Connection connection(arena);
  connection.child.Kill();
  connection.child.AwaitZombie();
  if (kReaped) connection.child.Reap();
  return SocketNaming::By(path).peer_of(connection.socket.get()).Signal(0);
}

const Registered<Conformance> kZombie{{
    .name = "socket/peer_zombie",
    .question = "Can a server still name a client that has ended but is not reaped?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("ok", "a zombie is still a process", "kill(2)")},
    .pidfd = {.needs = {"so_peerpidfd", "pidfd_send_signal"}},
    .ask = Ended<false>,
}};

const Registered<Conformance> kReaped{{
    .name = "socket/peer_reaped",
    .question = "Does a server learn that its client has ended and been reaped?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"so_peerpidfd", "pidfd_send_signal"},
              .claims = {Must("esrch",
                              "a pidfd is attached, which reports that its process is gone",
                              "Linux 6.16 net/core/sock.c sk_getsockopt")
                             .Since(eras::kReapedPeers),
                         May("einval", "no pidfd could be made for a reaped process",
                             "kernel/fork.c pidfd_prepare")
                             .Until(eras::kReapedPeers)}},
    .legacy = {.claims = {Must("esrch", "no process has this PID until it is reused", "kill(2)")}},
    .ask = Ended<true>,
}};

// The client is reaped and a stranger has its PID.
Outcome Reissued(Arena& arena, Path path) {
  static constexpr std::array<pid_t, 1> kPids = {Arena::kFirstPid};
  Connection connection(arena, {.how = SpawnOptions::kClone3, .set_tid = kPids});
  connection.child.Kill();
  connection.child.Reap();
  const Arena::Stub stranger = arena.SpawnWithPid(StubLife::kWaits, false);
  const Named named = SocketNaming::By(path).peer_of(connection.socket.get());
  return SignalPastReuse(arena, named, stranger);
}

const Registered<Conformance> kReissued{{
    .name = "socket/peer_reissued",
    .question = "Which process is signalled when a client is reaped and its PID reused?",
    .pidfd = {.needs = {"so_peerpidfd", "pidfd_send_signal"},
              .claims = {Must("esrch", "the socket stores the process, not its PID",
                              "Linux 6.16 net/core/sock.c sk_getsockopt")
                             .Since(eras::kReapedPeers),
                         May("einval", "no pidfd could be made for a reaped process",
                             "kernel/fork.c pidfd_prepare")
                             .Until(eras::kReapedPeers),
                         Never("hit_stranger", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)")}},
    .legacy = {.needs = {"clone3/pidfd"},
               .claims = {Hazard("hit_stranger", "the socket stores a PID that is out of date",
                                 "unix(7) SO_PEERCRED")}},
    .ask = Reissued,
}};

Outcome PeerOfNew(Path path, int family, int type) {
  const Fd alone(socket(family, type | SOCK_CLOEXEC, 0));
  if (!alone) throw Unsupported("no socket of that address family can be made here");
  const Named named = SocketNaming::By(path).peer_of(alone.get());
  return named.handle ? Outcome("a_peer") : named.instead;
}

const Registered<Conformance> kNobody{{
    .name = "socket/peer_unconnected",
    .question = "Which peer does an unconnected socket report?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"so_peerpidfd"},
              .claims = {Must("enodata", "there is no peer", "net/core/sock.c sk_getsockopt")}},
    .legacy = {.claims = {Hazard(
                   "pid_0",
                   "it succeeds with PID 0, which to kill(2) is the caller's own process group",
                   "unix(7), kill(2)")}},
    .ask = [](Arena&, Path path) { return PeerOfNew(path, AF_UNIX, SOCK_STREAM); },
}};

const Registered<Conformance> kOtherFamily{{
    .name = "socket/peer_internet",
    .question = "Which peer does an AF_INET socket report?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"so_peerpidfd"},
              .claims = {Must("enodata", "there is no peer", "net/core/sock.c sk_getsockopt")}},
    .legacy = {.claims = {Hazard(
                   "pid_0",
                   "it succeeds with PID 0, which to kill(2) is the caller's own process group",
                   "socket(7), kill(2)")}},
    .ask = [](Arena&, Path path) { return PeerOfNew(path, AF_INET, SOCK_DGRAM); },
}};

const Registered<Conformance> kStatus{{
    .name = "socket/peer_status",
    .question = "Does a server learn how its client has ended?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"so_peerpidfd/reaped", "ioctl/info_exit"},
              .claims = {Must("killed", "the pidfd that the socket gives keeps the exit status",
                              "Linux 6.16 net/core/sock.c sk_getsockopt, fs/pidfs.c pidfs_exit")},
              .ask = [](Arena& arena) -> Outcome {
                Connection connection(arena);
                connection.child.Kill();
                connection.child.Reap();
                int number = -1;
                socklen_t size = sizeof number;
                if (getsockopt(connection.socket.get(), SOL_SOCKET, abi::kSoPeerPidfd, &number,
                               &size) < 0) {
                  return Outcome::Of(errno);
                }
                return Ending(Fd(number));
              }},
    .legacy = {.claims = {Must("echild", "a status is given once, and only to the parent",
                               "wait(2)")},
               .ask = [](Arena& arena) -> Outcome {
                 Connection connection(arena);
                 connection.child.Kill();
                 connection.child.Reap();
                 ucred peer{};
                 socklen_t size = sizeof peer;
                 Require(getsockopt(connection.socket.get(), SOL_SOCKET, SO_PEERCRED, &peer,
                                    &size) == 0);
                 return Outcome::Of(sys::Waitid(P_PID, peer.pid, WEXITED | WNOHANG));
               }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::socket_peer
