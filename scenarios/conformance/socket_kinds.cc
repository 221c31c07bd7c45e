// The sender of a message over every kind of unix socket, bound to every kind of address, and what
// else may come with the message: SCM_PIDFD, SCM_CREDENTIALS and SCM_RIGHTS together.
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <optional>

#include "probes/system/require.h"
#include "probes/system/unix_socket.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/autoreap.h"
#include "scenarios/fixtures/known_file.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/fixtures/sockets.h"
#include "scenarios/fixtures/unix_ends.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::socket_kinds {
namespace {

// Handed to children by fork. A trial has a process of its own.
std::optional<UnixEnds> ends;
int sent_descriptor = -1;

int Sends(int gate) {
  const bool alone = sent_descriptor < 0;
  if (alone) report::Send(send(ends->sender.get(), "x", 1, MSG_NOSIGNAL) == 1 ? 0 : errno);
  if (!alone) report::Send(SendWith(ends->sender.get(), SCM_RIGHTS, sent_descriptor));
  return body::Lingers(gate);
}

// A child that has sent a message. IsChild, which ends the one before, ignores SIGUSR1.
Child Sender(Arena& arena) {
  signal(SIGUSR1, SIG_DFL);
  report::Open();
  Child child = arena.Spawn(Sends);
  Require(report::Receive() == 0);
  return child;
}

void AskFor(const Fd& socket, int option) { Require(Pass(socket.get(), option) == Outcome("ok")); }

Outcome OverEach(std::initializer_list<SocketKind> kinds, Arena& arena, Path path) {
  return SameForEach(kinds, [&](const SocketKind& kind) {
    ends.emplace(kind);
    AskFor(ends->receiver, SocketNaming::By(path).pass);
    Child child = Sender(arena);
    return IsChild(SocketNaming::By(path).Receive(ends->receiver.get()).sender, child);
  });
}

const Registered<Conformance> kDatagram{{
    .name = "socket/message_datagram",
    .question =
        "Does the receiver of a datagram learn who sent it, whatever kind of address it was "
        "sent to?",
    .claims = {Must("the_child", "the sender's name is attached to each message",
                    "unix(7), net/unix/af_unix.c unix_dgram_sendmsg")},
    .pidfd = {.needs = {"scm_pidfd", "pidfd_send_signal"}},
    .ask =
        [](Arena& arena, Path path) {
          return OverEach({{SOCK_DGRAM, UnixAddress::kNone},
                           {SOCK_DGRAM, UnixAddress::kAbstract},
                           {SOCK_DGRAM, UnixAddress::kPathname}},
                          arena, path);
        },
}};

const Registered<Conformance> kConnected{{
    .name = "socket/message_named",
    .question =
        "Does a server learn who sent each message, whatever kind of address it is bound to?",
    .claims = {Must("the_child", "the sender's name is attached to each message",
                    "unix(7), net/unix/af_unix.c unix_stream_sendmsg")},
    .pidfd = {.needs = {"scm_pidfd", "pidfd_send_signal"}},
    .ask =
        [](Arena& arena, Path path) {
          return OverEach({{SOCK_STREAM, UnixAddress::kAbstract},
                           {SOCK_STREAM, UnixAddress::kPathname},
                           {SOCK_SEQPACKET, UnixAddress::kNone},
                           {SOCK_SEQPACKET, UnixAddress::kAbstract},
                           {SOCK_SEQPACKET, UnixAddress::kPathname}},
                          arena, path);
        },
}};

// All that came with a message.
struct Everything {
  std::optional<int> pidfd = {};
  std::optional<ucred> credentials = {};
  std::optional<int> descriptor = {};
};

template <typename Payload>
void Read(const cmsghdr* head, int type, std::optional<Payload>& into) {
  if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != type) return;
  std::memcpy(&into.emplace(), CMSG_DATA(head), sizeof(Payload));
}

Everything ReceiveEverything(const Fd& socket) {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[128];
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  Require(recvmsg(socket.get(), &message, MSG_CMSG_CLOEXEC) == 1);
  Everything came;
  for (cmsghdr* head = CMSG_FIRSTHDR(&message); head != nullptr;
       head = CMSG_NXTHDR(&message, head)) {
    Read(head, abi::kScmPidfd, came.pidfd);
    Read(head, SCM_CREDENTIALS, came.credentials);
    Read(head, SCM_RIGHTS, came.descriptor);
  }
  return came;
}

const Registered<Conformance> kTwice{{
    .name = "socket/message_with_credentials",
    .question = "Do the pidfd and the credentials that come with one message name one process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"scm_pidfd", "pidfd_send_signal"},
              .claims = {Must("both_the_child", "each option attaches a control message of its own",
                              "include/net/scm.h scm_recv_unix")},
              .ask = [](Arena& arena) -> Outcome {
                return SameForEach({SOCK_STREAM, SOCK_DGRAM}, [&](int type) -> Outcome {
                  ends.emplace(SocketKind{type, UnixAddress::kNone});
                  AskFor(ends->receiver, SO_PASSCRED);
                  AskFor(ends->receiver, abi::kSoPassPidfd);
                  Child child = Sender(arena);
                  const pid_t pid = child.pid();
                  const Everything came = ReceiveEverything(ends->receiver);
                  if (!came.pidfd || !came.credentials) return "one_is_missing";
                  const Outcome named = IsChild(Name(*came.pidfd), child);
                  if (named != Outcome("the_child")) return named;
                  return came.credentials->pid == pid ? "both_the_child" : "another_pid";
                });
              }},
    .legacy = NotPossible("the PID alone is asked by socket/message"),
}};

const Registered<Conformance> kWithDescriptor{{
    .name = "socket/message_with_descriptor",
    .question = "Does the sender's name come with a message that also passes a descriptor?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("both", "each is a control message of its own", "unix(7) SCM_RIGHTS")},
    .pidfd = {.needs = {"scm_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const KnownFile file;
      sent_descriptor = file.fd();
      return SameForEach({SOCK_STREAM, SOCK_DGRAM}, [&](int type) -> Outcome {
        ends.emplace(SocketKind{type, UnixAddress::kNone});
        AskFor(ends->receiver, SocketNaming::By(path).pass);
        const Child child = Sender(arena);
        const Everything came = ReceiveEverything(ends->receiver);
        const Fd pidfd(came.pidfd.value_or(-1));
        const Fd descriptor(came.descriptor.value_or(-1));
        if (!descriptor) return "no_descriptor";
        if (!file.Is(descriptor.get())) return "another_file";
        return pidfd || came.credentials ? "both" : "no_name";
      });
    },
}};

const Registered<Conformance> kSendersOption{{
    .name = "socket/message_sender_asked",
    .question =
        "Is the sender attached if only the sender's own socket had asked for senders in time?",
    .claims = {Must("the_child", "the option of either end makes the kernel store the sender",
                    "net/unix/af_unix.c unix_maybe_add_creds")},
    .pidfd = {.needs = {"scm_pidfd", "pidfd_send_signal"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      return SameForEach({SOCK_STREAM, SOCK_DGRAM}, [&](int type) {
        ends.emplace(SocketKind{type, UnixAddress::kNone});
        AskFor(ends->sender, SocketNaming::By(path).pass);
        Child child = Sender(arena);
        AskFor(ends->receiver, SocketNaming::By(path).pass);
        return IsChild(SocketNaming::By(path).Receive(ends->receiver.get()).sender, child);
      });
    },
}};

const Registered<Conformance> kPeer{{
    .name = "socket/peer_of_datagram",
    .question = "Which peer does a datagram socket report that is connected to a bound one?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"so_peerpidfd"},
              .claims = {Must("enodata", "only listening and accepting store a peer",
                              "net/unix/af_unix.c unix_dgram_connect")}},
    .legacy = {.claims = {Hazard(
                   "pid_0",
                   "it succeeds with PID 0, which to kill(2) is the caller's own process group",
                   "unix(7), kill(2)")}},
    .ask = [](Arena&, Path path) -> Outcome {
      const UnixEnds connected({SOCK_DGRAM, UnixAddress::kAbstract});
      const Named named = SocketNaming::By(path).peer_of(connected.sender.get());
      return named.handle ? Outcome("a_peer") : named.instead;
    },
}};

// The sender of a message, which was killed and reaped before the message is received.
const Registered<Conformance> kStatus{{
    .name = "socket/message_sender_status",
    .question = "Does the receiver of a message learn how its sender has ended?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"scm_pidfd/reaped", "ioctl/info_exit"},
              .claims = {Must("killed", "the pidfd that comes keeps the exit status",
                              "Linux 6.17 include/net/scm.h, fs/pidfs.c pidfs_exit")},
              .ask = [](Arena& arena) -> Outcome {
                return SameForEach({SOCK_STREAM, SOCK_DGRAM}, [&](int type) -> Outcome {
                  ends.emplace(SocketKind{type, UnixAddress::kNone});
                  AskFor(ends->receiver, abi::kSoPassPidfd);
                  Child child = Sender(arena);
                  child.Kill();
                  child.Reap();
                  const Fd pidfd(ReceiveEverything(ends->receiver).pidfd.value_or(-1));
                  return pidfd ? Ending(pidfd) : Outcome("no_pidfd");
                });
              }},
    .legacy = {.claims = {Must("echild", "a status is given once, and only to the parent",
                               "wait(2)")},
               .ask = [](Arena& arena) -> Outcome {
                 ends.emplace(SocketKind{SOCK_STREAM, UnixAddress::kNone});
                 AskFor(ends->receiver, SO_PASSCRED);
                 Child child = Sender(arena);
                 child.Kill();
                 child.Reap();
                 const Everything came = ReceiveEverything(ends->receiver);
                 if (!came.credentials) return "no_name";
                 return Outcome::Of(sys::Waitid(P_PID, came.credentials->pid, WEXITED | WNOHANG));
               }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::socket_kinds
