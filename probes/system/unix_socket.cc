#include "probes/system/unix_socket.h"

#include <errno.h>

#include <array>
#include <cstring>

#include "probes/system/require.h"

namespace pidproof {

namespace {

// A message with one byte and one control message.
struct Message {
  explicit Message(std::size_t payload) {
    Require(CMSG_SPACE(payload) <= control.size());
    head.msg_iov = &data;
    head.msg_iovlen = 1;
    head.msg_control = control.data();
    head.msg_controllen = CMSG_SPACE(payload);
  }
  Message(const Message&) = delete;

  char byte = 'x';
  iovec data{&byte, 1};
  alignas(cmsghdr) std::array<char, 64> control{};
  msghdr head{};
};

}  // namespace

SocketPair::SocketPair() {
  int ends[2];
  Require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  receiver = Fd(ends[0]);
  sender = Fd(ends[1]);
}

Listener::Listener(bool listening) : socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  address.sun_family = AF_UNIX;
  auto* const name = reinterpret_cast<sockaddr*>(&address);
  Require(socket && bind(socket.get(), name, sizeof address.sun_family) == 0);
  Require(getsockname(socket.get(), name, &length) == 0);
  if (listening) Require(listen(socket.get(), 1) == 0);
}

Result<Fd> Listener::Connect() const {
  Fd client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto* const name = reinterpret_cast<const sockaddr*>(&address);
  if (!client || connect(client.get(), name, length) != 0) return Result<Fd>::Errno(errno);
  return client;
}

Fd Listener::Accept() const {
  Fd accepted(accept4(socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
  Require(static_cast<bool>(accepted));
  return accepted;
}

int SendWith(int socket, int type, std::span<const std::byte> payload) {
  Message message(payload.size());
  cmsghdr* const head = CMSG_FIRSTHDR(&message.head);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = type;
  head->cmsg_len = CMSG_LEN(payload.size());
  std::memcpy(CMSG_DATA(head), payload.data(), payload.size());
  return sendmsg(socket, &message.head, MSG_NOSIGNAL) == 1 ? 0 : errno;
}

Result<ControlMessage> ReceiveWith(int socket, int type, std::span<std::byte> payload, int flags,
                                   std::size_t room) {
  Message message(payload.size());
  Require(room <= 1);
  message.head.msg_controllen *= room;
  const ssize_t count = recvmsg(socket, &message.head, flags);
  if (count != 1) return Result<ControlMessage>::Errno(count < 0 ? errno : EPIPE);
  ControlMessage got{.flags = message.head.msg_flags};
  const cmsghdr* const head = CMSG_FIRSTHDR(&message.head);
  got.came = head != nullptr && head->cmsg_type == type;
  if (got.came) std::memcpy(payload.data(), CMSG_DATA(head), payload.size());
  return got;
}

}  // namespace pidproof
