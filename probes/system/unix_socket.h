// Unix sockets: a pair, one to connect to, and a byte with the control message that goes with it
// (unix(7), cmsg(3)).
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <span>

#include "probes/system/fd.h"
#include "probes/system/result.h"

namespace pidproof {

struct SocketPair {
  SocketPair();
  Fd receiver;
  Fd sender;
};

// A listening socket with an address that the kernel chose: no file, and gone with the socket.
struct Listener {
  // Bound, and listening if asked.
  explicit Listener(bool listening = true);
  // connect(2) to it; the errno.
  Result<Fd> Connect() const;
  // accept(2) of who has connected.
  Fd Accept() const;
  Fd socket;
  sockaddr_un address{};
  socklen_t length = sizeof address;
};

// Sends the byte with a message of that type (SCM_RIGHTS ...); the errno.
int SendWith(int socket, int type, std::span<const std::byte> payload);

template <typename Payload>
int SendWith(int socket, int type, const Payload& payload) {
  return SendWith(socket, type, std::as_bytes(std::span(&payload, 1)));
}

struct ControlMessage {
  bool came = false;  // a message of that type, and the payload is filled
  int flags = 0;      // of the whole: MSG_CTRUNC and the like
};

// Receives the byte. flags: those of recvmsg(2). room: for how many such messages there is room, 1
// at the most. EPIPE: the other end has gone.
Result<ControlMessage> ReceiveWith(int socket, int type, std::span<std::byte> payload, int flags,
                                   std::size_t room);

template <typename Payload>
Result<ControlMessage> ReceiveWith(int socket, int type, Payload& payload,
                                   int flags = MSG_CMSG_CLOEXEC, std::size_t room = 1) {
  return ReceiveWith(socket, type, std::as_writable_bytes(std::span(&payload, 1)), flags, room);
}

}  // namespace pidproof
