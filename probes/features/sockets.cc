#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probes/probe.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/system/unix_socket.h"

namespace pidproof::features::sockets {
namespace {

Answer AskForPeer() {
  const SocketPair pair;
  int pidfd = -1;
  socklen_t size = sizeof pidfd;
  if (getsockopt(pair.sender.get(), SOL_SOCKET, abi::kSoPeerPidfd, &pidfd, &size) < 0) return errno;
  return Fd(pidfd) ? 0 : Answer::kNoEffect;
}

const Registered<Probe> kSoPeerPidfd{{
    .name = "so_peerpidfd",
    .since = {6, 5},
    .what = "SO_PEERPIDFD: a pidfd of who made the other end of a unix socket",
    .tries = "getsockopt(SO_PEERPIDFD) on a socket pair",
    .source = "net/core/sock.c sk_getsockopt",
    .libc = {"getsockopt", {2, 2, 5}},
    .calls = {"getsockopt"},
    .attempt = AskForPeer,
    .present = {0},
    .absent = {ENOPROTOOPT, Answer::kNoEffect},
}};

Answer PassPidfd() {
  const SocketPair pair;
  const int on = 1;
  if (setsockopt(pair.receiver.get(), SOL_SOCKET, abi::kSoPassPidfd, &on, sizeof on) < 0)
    return errno;
  Require(send(pair.sender.get(), "x", 1, 0) == 1);
  // A negated errno may stand in place of the descriptor, such as -EMFILE (net/core/scm.c, every
  // release so far).
  int pidfd = -1;
  if (!Require(ReceiveWith(pair.receiver.get(), abi::kScmPidfd, pidfd)).came)
    return Answer::kNoEffect;
  return Fd(pidfd) ? 0 : -pidfd;
}

const Registered<Probe> kScmPidfd{{
    .name = "scm_pidfd",
    .since = {6, 5},
    .what = "SCM_PIDFD: a pidfd of the sender comes with each message",
    .tries = "a message over a socket with SO_PASSPIDFD",
    .source = "include/net/scm.h scm_pidfd_recv",
    .libc = {"SCM_PIDFD", {2, 39}},
    .calls = {"setsockopt"},
    .attempt = PassPidfd,
    .present = {0},
    .absent = {ENOPROTOOPT, Answer::kNoEffect},
}};

}  // namespace
}  // namespace pidproof::features::sockets
