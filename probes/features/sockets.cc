#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "probes/probe.h"
#include "probes/require.h"
#include "probes/sys.h"

namespace pidproof {
namespace {

struct Pair {
  Fd left;
  Fd right;
};

Pair SocketPair() {
  int ends[2];
  Require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

Answer AskForPeer() {
  const Pair pair = SocketPair();
  int pidfd = -1;
  socklen_t size = sizeof pidfd;
  if (getsockopt(pair.left.get(), SOL_SOCKET, abi::kSoPeerPidfd, &pidfd, &size) < 0) return errno;
  return Fd(pidfd) ? 0 : Answer::kNoEffect;
}

const Registered<Probe> kSoPeerPidfd{{
    .name = "so_peerpidfd",
    .since = {6, 5},
    .what = "SO_PEERPIDFD: a pidfd of who made the other end of a unix socket",
    .tries = "getsockopt(SO_PEERPIDFD) on a socket pair",
    .source = "net/core/sock.c sk_getsockopt",
    .calls = {"getsockopt"},
    .attempt = AskForPeer,
    .present = {0},
    .absent = {ENOPROTOOPT, Answer::kNoEffect},
}};

// What the control message of kind SCM_PIDFD holds: a descriptor, or a negated errno, such as
// -EMFILE, in its place (net/core/scm.c, every release so far); kNoEffect when there is none.
Answer ReceivePidfd(int socket) {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int)) * 2> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  Require(recvmsg(socket, &message, MSG_CMSG_CLOEXEC) == 1);
  const cmsghdr* head = CMSG_FIRSTHDR(&message);
  if (head == nullptr || head->cmsg_type != abi::kScmPidfd) return Answer::kNoEffect;
  int pidfd = -1;
  std::memcpy(&pidfd, CMSG_DATA(head), sizeof pidfd);
  if (pidfd < 0) return -pidfd;
  close(pidfd);
  return 0;
}

Answer PassPidfd() {
  const Pair pair = SocketPair();
  const int on = 1;
  if (setsockopt(pair.right.get(), SOL_SOCKET, abi::kSoPassPidfd, &on, sizeof on) < 0) return errno;
  Require(send(pair.left.get(), "x", 1, 0) == 1);
  return ReceivePidfd(pair.right.get());
}

const Registered<Probe> kScmPidfd{{
    .name = "scm_pidfd",
    .since = {6, 5},
    .what = "SCM_PIDFD: a pidfd of the sender comes with each message",
    .tries = "a message over a socket with SO_PASSPIDFD",
    .source = "include/net/scm.h scm_pidfd_recv",
    .calls = {"setsockopt"},
    .attempt = PassPidfd,
    .present = {0},
    .absent = {ENOPROTOOPT, Answer::kNoEffect},
}};

}  // namespace
}  // namespace pidproof
