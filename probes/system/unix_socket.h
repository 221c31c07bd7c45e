// Unix sockets: a pair, a listener, and one byte with a control message (unix(7), cmsg(3)).
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

// A listening socket with an address chosen by the kernel: no file, and gone with the socket.
struct Listener {
  // Bound, and listening if asked.
  explicit Listener(bool listening = true);
  // connect(2) to it; or the errno.
  Result<Fd> Connect() const;
  // accept(2) of a pending connection.
  Fd Accept() const;
  Fd socket;
  sockaddr_un address{};
  socklen_t length = sizeof address;
};

// Sends one byte with a control message of that type (SCM_RIGHTS ...); returns the errno.
int SendWith(int socket, int type, std::span<const std::byte> payload);

template <typename Payload>
int SendWith(int socket, int type, const Payload& payload) {
  return SendWith(socket, type, std::as_bytes(std::span(&payload, 1)));
}

struct ControlMessage {
  bool came = false;  // a control message of that type came, and filled the payload
  int flags = 0;      // of recvmsg(2): MSG_CTRUNC and others
};

// Receives the byte. flags: those of recvmsg(2). room: how many such control messages fit, at most
// 1. EPIPE: the other end is closed.
Result<ControlMessage> ReceiveWith(int socket, int type, std::span<std::byte> payload, int flags,
                                   std::size_t room);

template <typename Payload>
Result<ControlMessage> ReceiveWith(int socket, int type, Payload& payload,
                                   int flags = MSG_CMSG_CLOEXEC, std::size_t room = 1) {
  return ReceiveWith(socket, type, std::as_writable_bytes(std::span(&payload, 1)), flags, room);
}

}  // namespace pidproof
