// Who sent a message over a unix socket: SCM_PIDFD, and the number of SCM_CREDENTIALS.
#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "probes/system/require.h"
#include "probes/system/unix_socket.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/fd_owner.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/fixtures/sockets.h"
#include "scenarios/scenario.h"

namespace pidproof {
namespace {

// What children are handed by being forked. A trial has a process of its own.
std::optional<SocketPair> pair;

int Sends(int gate) {
  report::Say(send(pair->sender.get(), "x", 1, MSG_NOSIGNAL) == 1 ? 0 : errno);
  return body::Lingers(gate);
}

// A child that has sent a message, over a pair whose receiver asks for names.
template <typename As>
Child Sender(Arena& arena, const SpawnOptions& birth = {}) {
  pair.emplace();
  report::Open();
  Require(Pass(pair->receiver.get(), As::kPass) == Outcome("ok"));
  Child child = arena.Spawn(Sends, birth);
  Require(report::Hear() == 0);
  return child;
}

template <typename As>
Outcome Alive(Arena& arena) {
  Child child = Sender<As>(arena);
  return IsChild(Received::From<As>(pair->receiver.get()).sender, child);
}

const Registered<Scenario> kAlive{{
    .name = "socket/message",
    .question = "Does the receiver of a message learn who has sent it?",
    .pidfd_needs = {"scm_pidfd", "pidfd_send_signal"},
    .claims = {{kPidfd, "the_child", kMust, "SO_PASSPIDFD: the process that has sent it",
                "net/core/scm.h scm_pidfd_recv"},
               {kLegacyPid, "the_child", kMust, "SO_PASSCRED: the number of who has sent it",
                "unix(7) SCM_CREDENTIALS"}},
    .by_pidfd = Alive<AsPidfd>,
    .by_number = Alive<AsNumber>,
}};

// A sender that is gone: what came in place of a pidfd has changed twice.
std::vector<Claim> ClaimsOfGone() {
  return {{kPidfd, "esrch", kMust, "a pidfd comes, and says that its process is gone",
           "Linux 6.17 include/net/scm.h scm_pidfd_recv", &eras::kReapedSenders},
          {kPidfd, "esrch_as_descriptor", kHazard,
           "the message holds -ESRCH in place of a descriptor", "include/net/scm.h scm_pidfd_recv",
           &eras::kNoProcessOfNumber, &eras::kReapedSenders, "scm-pidfd-negative-errno"},
          {kPidfd,
           "einval_as_descriptor",
           kHazard,
           "the message holds -EINVAL in place of a descriptor",
           "include/net/scm.h scm_pidfd_recv",
           {},
           &eras::kNoProcessOfNumber,
           "scm-pidfd-negative-errno"}};
}

std::vector<Claim> And(std::vector<Claim> claims, const std::vector<Claim>& further) {
  claims.insert(claims.end(), further.begin(), further.end());
  return claims;
}

template <typename As>
Outcome Gone(Arena& arena) {
  Child child = Sender<As>(arena);
  child.Kill();
  child.Reap();
  const Named named = Received::From<As>(pair->receiver.get()).sender;
  return named.handle ? Outcome::Of(named.handle->Signal(0)) : named.instead;
}

const Registered<Scenario> kGone{{
    .name = "socket/message_sender_reaped",
    .question = "The sender is reaped before its message is received: what comes with it?",
    .pidfd_needs = {"scm_pidfd", "pidfd_send_signal"},
    .without_pid_namespace = kPidfdOnly,
    .claims = And(ClaimsOfGone(), {{kLegacyPid, "esrch", kMust,
                                    "no process has this PID until it is reused", "kill(2)"}}),
    .by_pidfd = Gone<AsPidfd>,
    .by_number = Gone<AsNumber>,
}};

// The sender is reaped and a stranger has its number.
template <typename As>
Outcome Reissued(Arena& arena) {
  static constexpr std::array<pid_t, 1> kNumber = {Arena::kFirstPid};
  Child child = Sender<As>(arena, {.how = SpawnOptions::kClone3, .set_tid = kNumber});
  child.Kill();
  child.Reap();
  const Arena::Stub stranger = arena.SpawnWithPid(StubLife::kWaits, false);
  const Named named = Received::From<As>(pair->receiver.get()).sender;
  const Outcome sent = named.handle ? Outcome::Of(named.handle->Signal(SIGUSR1)) : named.instead;
  return arena.End(stranger, SIGUSR2).si_status == SIGUSR1 ? Outcome("hit_stranger") : sent;
}

const Registered<Scenario> kReissued{{
    .name = "socket/message_sender_reissued",
    .question =
        "The sender is reaped and its number reissued before the receiver signals it: who is "
        "hit?",
    .pidfd_needs = {"scm_pidfd", "pidfd_send_signal"},
    .legacy_needs = {"clone3/pidfd"},
    .claims = And(
        ClaimsOfGone(),
        {{kPidfd, "hit_stranger", kNever, "a pidfd names a process, not a number", "pidfd_open(2)"},
         {kLegacyPid, "hit_stranger", kHazard, "the message tells a number that was once right",
          "unix(7) SCM_CREDENTIALS"}}),
    .by_pidfd = Reissued<AsPidfd>,
    .by_number = Reissued<AsNumber>,
}};

template <typename As>
Outcome WithFullTable(Arena& arena) {
  const Child child = Sender<As>(arena);
  const FullFdTable full;
  const Named named = Received::From<As>(pair->receiver.get()).sender;
  return named.handle ? "named" : named.instead;
}

const Registered<Scenario> kFullTable{{
    .name = "socket/message_full_table",
    .question = "The receiver's table of descriptors is full: what comes with the message?",
    .pidfd_needs = {"scm_pidfd"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "emfile_as_descriptor", kHazard,
                "the message holds -EMFILE in place of a descriptor, and no flag tells",
                "include/net/scm.h scm_pidfd_recv"},
               {kPidfd, "no_name", kMay, "the message comes without one", "unix(7)"},
               {kLegacyPid, "named", kMust, "a number takes no place", "unix(7) SCM_CREDENTIALS"}},
    .by_pidfd = WithFullTable<AsPidfd>,
    .by_number = WithFullTable<AsNumber>,
}};

template <typename As>
Outcome WithoutRoom(Arena& arena) {
  const Child child = Sender<As>(arena);
  const int free_before = LowestFree();
  const Received received = Received::From<As>(pair->receiver.get(), 0, 0);
  if (LowestFree() != free_before) return "leaked";
  return (received.flags & MSG_CTRUNC) != 0 ? "truncated" : "untold";
}

const Registered<Scenario> kNoRoom{{
    .name = "socket/message_no_room",
    .question = "There is no room for the sender's name: is that told, and no descriptor lost?",
    .pidfd_needs = {"scm_pidfd"},
    .without_pid_namespace = kBothPaths,
    .claims = Both("truncated", "MSG_CTRUNC tells that something was left out", "recvmsg(2)"),
    .by_pidfd = WithoutRoom<AsPidfd>,
    .by_number = WithoutRoom<AsNumber>,
}};

template <typename As>
Outcome AskedLate(Arena& arena) {
  pair.emplace();
  report::Open();
  const Child child = arena.Spawn(Sends);
  Require(report::Hear() == 0);
  Require(Pass(pair->receiver.get(), As::kPass) == Outcome("ok"));
  const Named named = Received::From<As>(pair->receiver.get()).sender;
  return named.handle ? "named" : named.instead;
}

const Registered<Scenario> kAskedLate{{
    .name = "socket/message_asked_late",
    .question = "The receiver asks for names once a message is on its way: does that one come with "
                "its sender's?",
    .pidfd_needs = {"scm_pidfd"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "no_name", kMust, "it was sent when nobody asked, and nobody is named",
                "net/unix/af_unix.c maybe_add_creds"},
               {kLegacyPid, "pid_0", kHazard,
                "it comes with number 0, which to kill is the caller's own group",
                "net/unix/af_unix.c maybe_add_creds, kill(2)"}},
    .by_pidfd = AskedLate<AsPidfd>,
    .by_number = AskedLate<AsNumber>,
}};

const Registered<Scenario> kPeeked{{
    .name = "socket/message_peeked",
    .question =
        "A message is looked at (MSG_PEEK) and then received: how many descriptors is that?",
    .pidfd_needs = {"scm_pidfd"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "two", kMust, "every look makes a pidfd of its own, to be closed",
                "include/net/scm.h scm_pidfd_recv"}},
    .by_pidfd = [](Arena& arena) -> Outcome {
      const Child child = Sender<AsPidfd>(arena);
      const int free_before = LowestFree();
      const Received peeked = Received::From<AsPidfd>(pair->receiver.get(), MSG_PEEK);
      const int free_between = LowestFree();
      const Received received = Received::From<AsPidfd>(pair->receiver.get());
      if (!peeked.sender.handle) return peeked.sender.instead;
      if (!received.sender.handle) return received.sender.instead;
      return free_before < free_between && free_between < LowestFree() ? "two" : "one";
    },
    .not_possible_by_pid = "a number need not be closed",
}};

template <typename As>
Outcome InAnothersName(Arena& arena) {
  pair.emplace();
  Require(Pass(pair->receiver.get(), As::kPass) == Outcome("ok"));
  Child child = arena.Spawn(body::Lingers);
  const ucred credentials{child.pid(), getuid(), getgid()};
  const int error = SendWith(pair->sender.get(), SCM_CREDENTIALS, credentials);
  if (error == EPERM || error == EACCES) {
    throw Unsupported("it takes CAP_SYS_ADMIN, and CAP_SETUID, to send in another's name");
  }
  if (error == EINVAL) throw Unsupported("the own uid or gid is not mapped in this user namespace");
  Require(error == 0);
  return IsChild(Received::From<As>(pair->receiver.get()).sender, child);
}

const Registered<Scenario> kInAnothersName{{
    .name = "socket/message_in_anothers_name",
    .question = "May a privileged sender have another process named in its place?",
    .pidfd_needs = {"scm_pidfd", "pidfd_send_signal"},
    .claims =
        Both("the_child", "who has CAP_SYS_ADMIN may name any process", "unix(7) SCM_CREDENTIALS"),
    .by_pidfd = InAnothersName<AsPidfd>,
    .by_number = InAnothersName<AsNumber>,
}};

}  // namespace
}  // namespace pidproof
