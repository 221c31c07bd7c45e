// SO_PEERPIDFD and SO_PASSPIDFD as socket options: lengths, addresses, full tables, and sockets
// that do not support them.
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <initializer_list>
#include <string_view>

#include "probes/system/require.h"
#include "probes/system/unix_socket.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/bad_address.h"
#include "scenarios/fixtures/fd_table.h"
#include "scenarios/fixtures/sockets.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::socket_option {
namespace {

// Where the length is too short for the number, the pidfd stays open all the same.
constexpr std::string_view kLeak = "peerpidfd-short-length-leak";

// getsockopt(2) of the peer option into that address and length; "leaked" if it made a descriptor
// that it did not return.
Outcome AskInto(Path path, void* address, socklen_t length) {
  const SocketPair pair;
  const int free_before = LowestFree();
  const int got =
      getsockopt(pair.receiver.get(), SOL_SOCKET, SocketNaming::By(path).peer, address, &length);
  const Outcome answer = Outcome::Of(got == 0 ? 0 : errno);
  if (LowestFree() == free_before) return answer;
  close(free_before);
  return "leaked";
}

const Registered<Conformance> kNoLength{{
    .name = "socket/peer_no_length",
    .question = "Does getsockopt leak a descriptor when the caller passes a length of 0?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"so_peerpidfd"},
              .claims = {Hazard("leaked",
                                "the pidfd is made, but its descriptor number is not returned",
                                "net/core/sock.c sk_getsockopt")
                             .Bug(kLeak),
                         May("einval", "a length that is too small is refused", "getsockopt(2)")},
              .ask = [](Arena&) -> Outcome {
                int pidfd = -1;
                return AskInto(kPidfd, &pidfd, 0);
              }},
    .legacy = {.claims = {Must("ok", "nothing is returned and nothing is made", "getsockopt(2)")},
               .ask = [](Arena&) -> Outcome {
                 ucred credentials{};
                 return AskInto(kLegacyPid, &credentials, 0);
               }},
}};

// The same answer for each of those lengths.
Outcome AskWithLengths(Path path, std::initializer_list<socklen_t> lengths) {
  return SameForEach(lengths, [&](socklen_t length) {
    std::array<char, 2 * sizeof(ucred)> place{};
    return AskInto(path, place.data(), length);
  });
}

const Registered<Conformance> kShortLength{{
    .name = "socket/peer_short_length",
    .question = "Does getsockopt leak a descriptor when only a part of its number fits?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"so_peerpidfd"},
              .claims = {Hazard("leaked",
                                "the pidfd is open, and the caller has a part of its number",
                                "net/core/sock.c sk_getsockopt")
                             .Bug(kLeak),
                         May("einval", "a length that is too small is refused", "getsockopt(2)")},
              .ask =
                  [](Arena&) {
                    return AskWithLengths(kPidfd, {1, 2, 3});
                  }},
    .legacy = {.claims = {Must("ok", "what fits is returned, and nothing is made",
                               "getsockopt(2)")},
               .ask =
                   [](Arena&) {
                     return AskWithLengths(kLegacyPid, {1, 2, 3});
                   }},
}};

// With more room than the value needs: the length that is returned.
Outcome AskWithMuchRoom(Arena&, Path path) {
  const SocketPair pair;
  union {
    int pidfd;
    ucred credentials;
    char room[2 * sizeof(ucred)];
  } place{.pidfd = -1};
  socklen_t length = sizeof place;
  if (getsockopt(pair.receiver.get(), SOL_SOCKET, SocketNaming::By(path).peer, &place, &length) !=
      0) {
    return Outcome::Of(errno);
  }
  const Fd pidfd(Handle::NeedsPidfdAtSpawn(path) ? place.pidfd : -1);
  return length == SocketNaming::By(path).size ? "shortened" : "another_length";
}

const Registered<Conformance> kLongLength{{
    .name = "socket/peer_long_length",
    .question = "Does getsockopt accept more room than the peer's name needs?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("shortened", "the length that is used is returned", "getsockopt(2)")},
    .pidfd = {.needs = {"so_peerpidfd"}},
    .ask = AskWithMuchRoom,
}};

const Registered<Conformance> kBadAddress{{
    .name = "socket/peer_bad_address",
    .question = "Does getsockopt leak a descriptor when its number cannot be stored?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("efault", "the descriptor is released before the call fails", "getsockopt(2)")},
    .pidfd = {.needs = {"so_peerpidfd"}},
    .ask = [](Arena&,
              Path path) { return AskInto(path, BadAddress(), SocketNaming::By(path).size); },
}};

Outcome Set(Arena&, Path path) {
  const SocketPair pair;
  const ucred bytes{};
  const int set = setsockopt(pair.receiver.get(), SOL_SOCKET, SocketNaming::By(path).peer, &bytes,
                             SocketNaming::By(path).size);
  return Outcome::Of(set == 0 ? 0 : errno);
}

const Registered<Conformance> kSet{{
    .name = "socket/peer_set",
    .question = "Can setsockopt choose the peer that a socket reports?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("enoprotoopt", "only the kernel sets the peer", "socket(7), unix(7)")},
    .pidfd = {.needs = {"so_peerpidfd"}},
    .ask = Set,
}};

Outcome WithFullTable(Arena&, Path path) {
  const SocketPair pair;
  const FullFdTable full;
  return SocketNaming::By(path).peer_of(pair.receiver.get()).Word();
}

const Registered<Conformance> kFullTable{{
    .name = "socket/peer_full_table",
    .question = "Can a server with a full descriptor table still identify its peer?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"so_peerpidfd"},
              .claims = {Must("emfile", "a pidfd needs a free descriptor",
                              "net/core/sock.c sk_getsockopt")}},
    .legacy = {.claims = {Must("named", "a PID needs no descriptor", "unix(7) SO_PEERCRED")}},
    .ask = WithFullTable,
}};

const Registered<Conformance> kCloseOnExec{{
    .name = "socket/peer_close_on_exec",
    .question = "Is a pidfd from SO_PEERPIDFD close-on-exec?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"so_peerpidfd"},
              .claims = {Must("closed", "every new pidfd is close-on-exec",
                              "kernel/fork.c pidfd_prepare")},
              .ask = [](Arena&) -> Outcome {
                const SocketPair pair;
                int pidfd = -1;
                socklen_t size = sizeof pidfd;
                Require(getsockopt(pair.receiver.get(), SOL_SOCKET, abi::kSoPeerPidfd, &pidfd,
                                   &size) == 0);
                const Fd owned(pidfd);
                return fcntl(pidfd, F_GETFD) == FD_CLOEXEC ? "closed" : "kept";
              }},
    .legacy = NotPossible("a PID is not inherited as a descriptor is"),
}};

Outcome PassOverInternet(Arena&, Path path) {
  const Fd alone(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!alone) throw Unsupported("no socket of another address family can be made here");
  return Pass(alone.get(), SocketNaming::By(path).pass);
}

const Registered<Conformance> kOtherFamily{{
    .name = "socket/pass_internet",
    .question = "Does an AF_INET socket accept SO_PASSPIDFD or SO_PASSCRED?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("eopnotsupp", "refused for families without sender credentials",
                    "Linux 6.16 net/core/sock.c sk_setsockopt")
                   .Since(eras::kPassPidfdIsOfUnix),
               May("ok", "accepted by every socket, without effect",
                   "net/core/sock.c sk_setsockopt")
                   .Until(eras::kPassPidfdIsOfUnix)},
    .pidfd = {.needs = {"scm_pidfd"}},
    .ask = PassOverInternet,
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::socket_option
