// Who is at the other end of a unix socket: as a pidfd, and as the number in struct ucred.
#pragma once

#include <sys/socket.h>

#include <optional>

#include "probes/abi.h"
#include "probes/child.h"
#include "scenarios/handle.h"
#include "scenarios/outcome.h"

namespace pidproof {

// What one path asks of a socket. kPeer, kPass: socket options; kMessage: the control message that
// comes while kPass is set; Name: whom the bytes that these brought name.
struct AsPidfd {
  static constexpr int kPeer = abi::kSoPeerPidfd;
  static constexpr int kPass = abi::kSoPassPidfd;
  static constexpr int kMessage = abi::kScmPidfd;
  using Bytes = int;  // a descriptor, or an errno negated in its place
};
struct AsNumber {
  static constexpr int kPeer = SO_PEERCRED;
  static constexpr int kPass = SO_PASSCRED;
  static constexpr int kMessage = SCM_CREDENTIALS;
  using Bytes = ucred;
};

// Whom a socket named, or the word for its not doing so.
struct Named {
  std::optional<Handle> handle;
  Outcome instead = "ok";
};
Named Name(int pidfd);
Named Name(const ucred& credentials);
// "the_child" if that name is the child's: what is sent to the one ends the other. The child is
// ended and reaped.
Outcome IsChild(const Named& named, Child& child);

// The process that made the other end.
template <typename As>
Named PeerOf(int socket);

// Sets the option that asks for a name with each message; the errno.
Outcome Pass(int socket, int option);

// Receives one byte and the control message of that kind. flags: those of recvmsg(2), which are
// added to. room: for how many such messages there is room.
struct Received {
  template <typename As>
  static Received From(int socket, int flags = 0, std::size_t room = 1);
  Named sender;
  int flags = 0;
};

}  // namespace pidproof
