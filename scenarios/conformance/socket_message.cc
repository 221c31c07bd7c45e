// The sender of a message over a unix socket: SCM_PIDFD, and the PID in SCM_CREDENTIALS.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "probes/system/require.h"
#include "probes/system/unix_socket.h"
#include "scenarios/fixtures/fd_table.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/fixtures/sockets.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::socket_message {
namespace {

// Handed to children by fork. A trial has a process of its own.
std::optional<SocketPair> pair;

int Sends(int gate) {
  report::Send(send(pair->sender.get(), "x", 1, MSG_NOSIGNAL) == 1 ? 0 : errno);
  return body::Lingers(gate);
}

// A child that has sent a message to a receiver with the option set.
Child Sender(Arena& arena, Path path, const SpawnOptions& options = {}) {
  pair.emplace();
  report::Open();
  Require(Pass(pair->receiver.get(), SocketNaming::By(path).pass) == Outcome("ok"));
  Child child = arena.Spawn(Sends, options);
  Require(report::Receive() == 0);
  return child;
}

Outcome Alive(Arena& arena, Path path) {
  Child child = Sender(arena, path);
  return IsChild(SocketNaming::By(path).Receive(pair->receiver.get()).sender, child);
}

const Registered<Conformance> kAlive{{
    .name = "socket/message",
    .question = "Does the receiver of a message learn who sent it?",
    .pidfd = {.needs = {"scm_pidfd", "pidfd_send_signal"},
              .claims = {Must("the_child", "SO_PASSPIDFD attaches a pidfd of the sender",
                              "net/core/scm.h scm_pidfd_recv")}},
    .legacy = {.claims = {Must("the_child", "SO_PASSCRED attaches the sender's PID",
                               "unix(7) SCM_CREDENTIALS")}},
    .ask = Alive,
}};

// What comes in place of a pidfd of a reaped sender has changed twice.
const Claim kDeadPidfd =
    Must("esrch", "a pidfd is attached, which reports that its process is gone",
         "Linux 6.17 include/net/scm.h scm_pidfd_recv")
        .Since(eras::kReapedSenders);
const Claim kEsrchAsFd =
    Hazard("esrch_as_descriptor", "the message holds -ESRCH in place of a descriptor",
           "include/net/scm.h scm_pidfd_recv")
        .Since(eras::kPidOfNoProcess)
        .Until(eras::kReapedSenders)
        .Bug("scm-pidfd-negative-errno");
const Claim kEinvalAsFd =
    Hazard("einval_as_descriptor", "the message holds -EINVAL in place of a descriptor",
           "include/net/scm.h scm_pidfd_recv")
        .Until(eras::kPidOfNoProcess)
        .Bug("scm-pidfd-negative-errno");

Outcome Gone(Arena& arena, Path path) {
  Child child = Sender(arena, path);
  child.Kill();
  child.Reap();
  return SocketNaming::By(path).Receive(pair->receiver.get()).sender.Signal(0);
}

const Registered<Conformance> kGone{{
    .name = "socket/message_sender_reaped",
    .question = "What comes with a message whose sender is reaped before it is received?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"scm_pidfd", "pidfd_send_signal"},
              .claims = {kDeadPidfd, kEsrchAsFd, kEinvalAsFd}},
    .legacy = {.claims = {Must("esrch", "no process has this PID until it is reused", "kill(2)")}},
    .ask = Gone,
}};

// The sender is reaped and a stranger has its PID.
Outcome Reissued(Arena& arena, Path path) {
  static constexpr std::array<pid_t, 1> kPids = {Arena::kFirstPid};
  Child child = Sender(arena, path, {.how = SpawnOptions::kClone3, .set_tid = kPids});
  child.Kill();
  child.Reap();
  const Arena::Stub stranger = arena.SpawnWithPid(StubLife::kWaits, false);
  const Named named = SocketNaming::By(path).Receive(pair->receiver.get()).sender;
  return SignalPastReuse(arena, named, stranger);
}

const Registered<Conformance> kReissued{{
    .name = "socket/message_sender_reissued",
    .question =
        "Which process is signalled when the sender of a message is reaped and its PID reused?",
    .pidfd = {.needs = {"scm_pidfd", "pidfd_send_signal"},
              .claims = {kDeadPidfd, kEsrchAsFd, kEinvalAsFd,
                         Never("hit_stranger", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)")}},
    .legacy = {.needs = {"clone3/pidfd"},
               .claims = {Hazard("hit_stranger", "the message contains a PID that is out of date",
                                 "unix(7) SCM_CREDENTIALS")}},
    .ask = Reissued,
}};

Outcome WithFullTable(Arena& arena, Path path) {
  const Child child = Sender(arena, path);
  const FullFdTable full;
  return SocketNaming::By(path).Receive(pair->receiver.get()).sender.Word();
}

const Registered<Conformance> kFullTable{{
    .name = "socket/message_full_table",
    .question = "What comes with a message when the receiver's descriptor table is full?",
    .without_pid_namespace = kBothPaths,
    .pidfd =
        {.needs = {"scm_pidfd"},
         .claims =
             {Hazard("emfile_as_descriptor",
                     "the message holds -EMFILE in place of a descriptor and no flag indicates it",
                     "include/net/scm.h scm_pidfd_recv")
                  .Bug("scm-pidfd-negative-emfile"),
              May("no_name", "the message comes without a pidfd", "unix(7)")}},
    .legacy = {.claims = {Must("named", "a PID needs no descriptor", "unix(7) SCM_CREDENTIALS")}},
    .ask = WithFullTable,
}};

Outcome WithoutRoom(Arena& arena, Path path) {
  const Child child = Sender(arena, path);
  const int free_before = LowestFree();
  const Received received = SocketNaming::By(path).Receive(pair->receiver.get(), 0, 0);
  if (LowestFree() != free_before) return "leaked";
  return (received.flags & MSG_CTRUNC) != 0 ? "truncated" : "not_flagged";
}

const Registered<Conformance> kNoRoom{{
    .name = "socket/message_no_room",
    .question = "Is a missing control buffer flagged (MSG_CTRUNC) without leaking a descriptor?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("truncated", "MSG_CTRUNC indicates that something was left out", "recvmsg(2)")},
    .pidfd = {.needs = {"scm_pidfd"}},
    .ask = WithoutRoom,
}};

Outcome AskedLate(Arena& arena, Path path) {
  pair.emplace();
  report::Open();
  const Child child = arena.Spawn(Sends);
  Require(report::Receive() == 0);
  Require(Pass(pair->receiver.get(), SocketNaming::By(path).pass) == Outcome("ok"));
  return SocketNaming::By(path).Receive(pair->receiver.get()).sender.Word();
}

const Registered<Conformance> kAskedLate{{
    .name = "socket/message_asked_late",
    .question =
        "Is the sender attached to a message that was sent before the receiver asked for senders?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"scm_pidfd"},
              .claims = {Must("no_name", "no credentials were stored when it was sent",
                              "net/unix/af_unix.c maybe_add_creds")}},
    .legacy = {.claims = {Hazard("pid_0",
                                 "the PID is 0, which to kill(2) is the caller's own process group",
                                 "net/unix/af_unix.c maybe_add_creds, kill(2)")}},
    .ask = AskedLate,
}};

const Registered<Conformance> kPeeked{{
    .name = "socket/message_peeked",
    .question = "How many descriptors result from a message that is peeked at (MSG_PEEK) and then "
                "received?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"scm_pidfd"},
              .claims = {Must("two", "every receive makes a pidfd of its own, which must be closed",
                              "include/net/scm.h scm_pidfd_recv")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = Sender(arena, kPidfd);
                const int free_before = LowestFree();
                const Received peeked =
                    SocketNaming::By(kPidfd).Receive(pair->receiver.get(), MSG_PEEK);
                const int free_between = LowestFree();
                const Received received = SocketNaming::By(kPidfd).Receive(pair->receiver.get());
                if (!peeked.sender.handle) return peeked.sender.instead;
                if (!received.sender.handle) return received.sender.instead;
                return free_before < free_between && free_between < LowestFree() ? "two" : "one";
              }},
    .legacy = NotPossible("a PID need not be closed"),
}};

const Registered<Conformance> kCloseOnExec{{
    .name = "socket/message_close_on_exec",
    .question = "Is a sender's pidfd close-on-exec when the receiver has not set MSG_CMSG_CLOEXEC?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"scm_pidfd"},
              .claims = {Must("close_on_exec",
                              "every pidfd that the kernel makes is close-on-exec, which "
                              "descriptors in SCM_RIGHTS are not",
                              "pidfd_open(2), kernel/fork.c pidfd_prepare")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = Sender(arena, kPidfd);
                int pidfd = -1;
                Require(Require(ReceiveWith(pair->receiver.get(), abi::kScmPidfd, pidfd, 0)).came);
                const Fd received(pidfd);
                const int flags = fcntl(received.get(), F_GETFD);
                if (flags < 0) return Outcome::Of(errno);
                return (flags & FD_CLOEXEC) != 0 ? "close_on_exec" : "survives_exec";
              }},
    .legacy = NotPossible("a PID is not a descriptor"),
}};

Outcome InAnothersName(Arena& arena, Path path) {
  pair.emplace();
  Require(Pass(pair->receiver.get(), SocketNaming::By(path).pass) == Outcome("ok"));
  Child child = arena.Spawn(body::Lingers);
  const ucred credentials{child.pid(), getuid(), getgid()};
  const int error = SendWith(pair->sender.get(), SCM_CREDENTIALS, credentials);
  if (error == EPERM || error == EACCES) {
    throw Unsupported(
        "sending another process's credentials requires CAP_SYS_ADMIN and CAP_SETUID");
  }
  if (error == EINVAL)
    throw Unsupported("the trial's own uid or gid is not mapped in this user namespace");
  Require(error == 0);
  return IsChild(SocketNaming::By(path).Receive(pair->receiver.get()).sender, child);
}

const Registered<Conformance> kInAnothersName{{
    .name = "socket/message_in_anothers_name",
    .question = "Can a privileged sender name another process in its credentials?",
    .claims = {Must("the_child", "a sender with CAP_SYS_ADMIN can name any process",
                    "unix(7) SCM_CREDENTIALS")},
    .pidfd = {.needs = {"scm_pidfd", "pidfd_send_signal"}},
    .ask = InAnothersName,
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::socket_message
