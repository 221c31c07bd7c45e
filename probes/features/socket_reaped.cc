// Pidfds from sockets after the process is reaped, and which sockets accept SO_PASSPIDFD.
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probes/probe.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/system/unix_socket.h"

namespace pidproof::features::socket_reaped {
namespace {

int AskToPass(int socket) {
  const int on = 1;
  const int set = setsockopt(socket, SOL_SOCKET, abi::kSoPassPidfd, &on, sizeof on);
  return set < 0 ? errno : 0;
}

// Runs act in a child and returns when that is reaped.
template <typename Act>
void InReapedChild(const Act& act) {
  const pid_t parent = getpid();
  const pid_t child = Require(sys::Fork());
  if (child == 0) {
    sys::DieWithParent(parent);
    _exit(act() ? 0 : 1);
  }
  const siginfo_t ended = Require(sys::Waitid(P_PID, child, WEXITED));
  Require(ended.si_code == CLD_EXITED && ended.si_status == 0);
}

Answer PassOverInternet() {
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) throw Unsupported("no socket of another address family can be made here");
  return AskToPass(socket.get());
}

const Registered<Probe> kUnixOnly{{
    .name = "so_passpidfd/unix_only",
    .since = {6, 16},
    .what = "SO_PASSPIDFD is refused on sockets that could never pass one",
    .tries = "setsockopt(SO_PASSPIDFD) on an internet socket",
    .source = "net/core/sock.c sk_setsockopt",
    .calls = {"setsockopt"},
    .attempt = PassOverInternet,
    .present = {EOPNOTSUPP},
    .absent = {0, ENOPROTOOPT},
}};

Answer AskForReapedPeer() {
  const Listener listener;
  InReapedChild([&] { return listener.Connect().ok(); });
  const Fd accepted = listener.Accept();
  int pidfd = -1;
  socklen_t size = sizeof pidfd;
  if (getsockopt(accepted.get(), SOL_SOCKET, abi::kSoPeerPidfd, &pidfd, &size) < 0) return errno;
  return Fd(pidfd) ? 0 : Answer::kNoEffect;
}

const Registered<Probe> kPeerReaped{{
    .name = "so_peerpidfd/reaped",
    .since = {6, 16},
    .what = "SO_PEERPIDFD: a pidfd of the other end's maker even if that is reaped",
    .tries = "getsockopt(SO_PEERPIDFD) on a connection that a reaped child made",
    .source = "net/core/sock.c sk_getsockopt, fs/pidfs.c pidfs_register_pid",
    .libc = {"getsockopt", {2, 2, 5}},
    .calls = {"getsockopt"},
    .attempt = AskForReapedPeer,
    .present = {0},
    .absent = {EINVAL, ENOPROTOOPT, Answer::kNoEffect},
}};

Answer ReceiveFromReaped() {
  const SocketPair pair;
  const int error = AskToPass(pair.receiver.get());
  if (error != 0) return error;
  InReapedChild([&] { return send(pair.sender.get(), "x", 1, 0) == 1; });
  int pidfd = -1;
  const ControlMessage message = Require(ReceiveWith(pair.receiver.get(), abi::kScmPidfd, pidfd));
  const Fd given(message.came ? pidfd : -ENODATA);
  return given ? Answer(0) : Answer(-given.get(), "as the descriptor in the message");
}

const Registered<Probe> kScmReaped{{
    .name = "scm_pidfd/reaped",
    .since = {6, 17},
    .what = "SCM_PIDFD: a pidfd of the sender comes even if that is reaped",
    .tries = "a message from a reaped child over a socket with SO_PASSPIDFD",
    .source = "include/net/scm.h scm_pidfd_recv, fs/pidfs.c pidfs_register_pid",
    .libc = {"SCM_PIDFD", {2, 39}},
    .calls = {"setsockopt"},
    .attempt = ReceiveFromReaped,
    .present = {0},
    .absent = {EINVAL, ESRCH, ENODATA, ENOPROTOOPT},
}};

}  // namespace
}  // namespace pidproof::features::socket_reaped
