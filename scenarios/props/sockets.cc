#include "scenarios/props/sockets.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "probes/require.h"
#include "probes/unix_socket.h"

namespace pidproof {

namespace {

Outcome InPlaceOfDescriptor(int error) {
  switch (error) {
    case EINVAL:
      return "einval_as_descriptor";
    case ESRCH:
      return "esrch_as_descriptor";
    case EMFILE:
      return "emfile_as_descriptor";
    default:
      return "error_as_descriptor";
  }
}

}  // namespace

Named Name(int pidfd) {
  if (pidfd < 0) return {std::nullopt, InPlaceOfDescriptor(-pidfd)};
  return {Handle::From(0, Fd(pidfd), kPidfd)};
}

Named Name(const ucred& credentials) {
  if (credentials.pid == 0) return {std::nullopt, "pid_0"};
  return {Handle::From(credentials.pid, Fd(), kLegacyPid)};
}

Outcome IsChild(const Named& named, Child& child) {
  if (!named.handle) return named.instead;
  signal(SIGUSR1, SIG_IGN);  // a wrong name may be our own
  const sys::Status sent = named.handle->Signal(SIGUSR1);
  if (!sent.ok()) return Outcome::Of(sent);
  child.Kill();
  return child.Reap().si_status == SIGUSR1 ? "the_child" : "another";
}

template <typename As>
Named PeerOf(int socket) {
  typename As::Bytes bytes{};
  socklen_t size = sizeof bytes;
  if (getsockopt(socket, SOL_SOCKET, As::kPeer, &bytes, &size) < 0) {
    return {std::nullopt, Outcome::Of(errno)};
  }
  Require(size == sizeof bytes);
  return Name(bytes);
}
template Named PeerOf<AsPidfd>(int socket);
template Named PeerOf<AsNumber>(int socket);

Outcome Pass(int socket, int option) {
  const int on = 1;
  return Outcome::Of(setsockopt(socket, SOL_SOCKET, option, &on, sizeof on) == 0 ? 0 : errno);
}

template <typename As>
Received Received::From(int socket, int flags, std::size_t room) {
  typename As::Bytes bytes{};
  const ControlMessage message =
      Require(ReceiveWith(socket, As::kMessage, bytes, flags | MSG_CMSG_CLOEXEC, room));
  if (!message.came) return {{std::nullopt, "no_name"}, message.flags};
  return {Name(bytes), message.flags};
}
template Received Received::From<AsPidfd>(int socket, int flags, std::size_t room);
template Received Received::From<AsNumber>(int socket, int flags, std::size_t room);

}  // namespace pidproof
