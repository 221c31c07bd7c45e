// What another process can do with a pidfd that it got in a message (SCM_RIGHTS), and with a PID.
#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "probes/system/require.h"
#include "probes/system/unix_socket.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/call_in_child.h"
#include "scenarios/fixtures/fd_owner.h"
#include "scenarios/fixtures/unix_ends.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::descriptor_passed {
namespace {

constexpr SocketKind kStreamPair{SOCK_STREAM, UnixAddress::kNone};

// Handed to the recipient by fork. A trial has a process of its own.
std::optional<UnixEnds> pair;

// Both are called before the recipient is made, which therefore inherits the message only.
void SendPidfd(pid_t target) {
  const Fd pidfd = Require(tested::PidfdOpen(target, 0));
  Require(SendWith(pair->sender.get(), SCM_RIGHTS, pidfd.get()) == 0);
}

void SendPid(pid_t target) {
  Require(send(pair->sender.get(), &target, sizeof target, MSG_NOSIGNAL) == sizeof target);
}

// In the recipient: what came.
std::optional<Handle> ReceivePidfd() {
  int pidfd = -1;
  const Result<ControlMessage> message = ReceiveWith(pair->receiver.get(), SCM_RIGHTS, pidfd);
  if (!message.ok() || !message->came) return std::nullopt;
  return Handle::From(0, Fd(pidfd), kPidfd);
}

std::optional<Handle> ReceivePid() {
  pid_t pid = 0;
  if (recv(pair->receiver.get(), &pid, sizeof pid, 0) != sizeof pid) return std::nullopt;
  return Handle::From(pid, Fd(), kLegacyPid);
}

using Receive = std::optional<Handle> (*)();
using Verb = int (*)(const Handle& handle);  // returns the errno

template <Receive kReceive, Verb kVerb>
int Recipient(int) {
  const std::optional<Handle> handle = kReceive();
  return handle ? kVerb(*handle) : kCannot;
}

int Signals(const Handle& handle) { return handle.Signal(0).error(); }
int Waits(const Handle& handle) { return handle.Wait(WEXITED | WNOHANG).error(); }
int AwaitsEnd(const Handle& handle) { return handle.AwaitEnd().error(); }
int Takes(const Handle& handle) { return handle.CopyFd(FdOwner::kOwned).error(); }
int Kills(const Handle& handle) { return handle.Signal(SIGKILL).error(); }

template <auto kSend, Receive kReceive, Verb kVerb>
Outcome AskRecipient(Arena& arena) {
  pair.emplace(kStreamPair);
  Child target = arena.Spawn(body::Lingers);
  kSend(target.pid());
  return CallInChild(arena, Recipient<kReceive, kVerb>, "the message did not come");
}

template <Verb kVerb>
Outcome (*const kByPidfd)(Arena& arena) = AskRecipient<SendPidfd, ReceivePidfd, kVerb>;
template <Verb kVerb>
Outcome (*const kByPid)(Arena& arena) = AskRecipient<SendPid, ReceivePid, kVerb>;

constexpr char kOnlyTheParent[] = "only the parent can wait for a child";

const Registered<Conformance> kSignal{{
    .name = "descriptor/passed_signal",
    .question = "Can a process signal another by a pidfd or PID that it got in a message?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("ok", "a passed pidfd can be used as one that was opened",
                              "pidfd_send_signal(2)")},
              .ask = kByPidfd<Signals>},
    .legacy = {.claims = {Must("ok", "both are in one PID namespace", "kill(2)")},
               .ask = kByPid<Signals>},
}};

const Registered<Conformance> kWait{{
    .name = "descriptor/passed_wait",
    .question = "Can a process wait for its sibling by a pidfd or PID that it got in a message?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"},
              .claims = {Must("echild", kOnlyTheParent, "wait(2)")},
              .ask = kByPidfd<Waits>},
    .legacy = {.claims = {Must("echild", kOnlyTheParent, "wait(2)")}, .ask = kByPid<Waits>},
}};

// The same over sockets that the other scenarios here do not use.
template <auto kSend, Receive kReceive>
Outcome AskOverEach(Arena& arena) {
  const Child target = arena.Spawn(body::Lingers);
  return SameForEach<SocketKind>({{SOCK_DGRAM, UnixAddress::kNone},
                                  {SOCK_DGRAM, UnixAddress::kAbstract},
                                  {SOCK_DGRAM, UnixAddress::kPathname},
                                  {SOCK_STREAM, UnixAddress::kAbstract},
                                  {SOCK_STREAM, UnixAddress::kPathname},
                                  {SOCK_SEQPACKET, UnixAddress::kPathname}},
                                 [&](const SocketKind& kind) {
                                   pair.emplace(kind);
                                   kSend(target.pid());
                                   return CallInChild(arena, Recipient<kReceive, Signals>,
                                                      "the message did not come");
                                 });
}

const Registered<Conformance> kEveryKind{{
    .name = "descriptor/passed_over_every_socket",
    .question = "Can a pidfd or PID be passed by a datagram, and to a socket bound to any kind of "
                "address?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("ok", "every type of unix socket carries SCM_RIGHTS", "unix(7)")},
              .ask = AskOverEach<SendPidfd, ReceivePidfd>},
    .legacy = {.claims = {Must("ok", "a PID is data", "unix(7)")},
               .ask = AskOverEach<SendPid, ReceivePid>},
}};

// The recipient copies a descriptor of the target. by: the PID to send.
template <auto kSend, Receive kReceive, typename By>
Outcome AskForDescriptor(Arena& arena, By by) {
  const FdOwner owner = FdOwner::Make(arena, [] { return memfd_create("owned", MFD_CLOEXEC); });
  if (owner.in_proc == 0) throw Unsupported("no /proc shows the process");
  pair.emplace(kStreamPair);
  kSend(by(owner));
  return CallInChild(arena, Recipient<kReceive, Takes>, "the message did not come");
}

const Registered<Conformance> kTake{{
    .name = "descriptor/passed_getfd",
    .question = "Can a process fetch a descriptor of another by a pidfd or PID that it got in a "
                "message?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd/sibling"},
              .claims = {Must("ok", "the recipient's own rights count, not how it got the pidfd",
                              "pidfd_getfd(2)")},
              .ask =
                  [](Arena& arena) {
                    return AskForDescriptor<SendPidfd, ReceivePidfd>(
                        arena, [](const FdOwner& owner) { return owner.child.pid(); });
                  }},
    .legacy = {.claims = {Must("ok", "the links in /proc/PID/fd can be opened", "proc_pid_fd(5)")},
               .ask =
                   [](Arena& arena) {
                     return AskForDescriptor<SendPid, ReceivePid>(
                         arena, [](const FdOwner& owner) { return owner.in_proc; });
                   }},
}};

// The end of a process that its recipient has killed.
template <auto kSend, Receive kReceive>
Outcome AskAfterEnd(Arena& arena) {
  pair.emplace(kStreamPair);
  Child target = arena.Spawn(body::Lingers);
  kSend(target.pid());
  target.Kill();
  return CallInChild(arena, Recipient<kReceive, AwaitsEnd>, "the message did not come");
}

const Registered<Conformance> kAwaitEnd{{
    .name = "descriptor/passed_await_end",
    .question = "Can a process that is not the parent wait until another has ended?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("ok", "every holder of a pidfd can poll it", "pidfd_open(2)")},
              .ask = AskAfterEnd<SendPidfd, ReceivePidfd>},
    .legacy = {.claims = {Must("echild", kOnlyTheParent, "wait(2)")},
               .ask = AskAfterEnd<SendPid, ReceivePid>},
}};

// The recipient kills what the message names: a process that was reaped meanwhile, whose PID a
// stranger has.
template <auto kSend, Receive kReceive>
Outcome KillAfterReuse(Arena& arena) {
  pair.emplace(kStreamPair);
  static constexpr std::array<pid_t, 1> kPids = {Arena::kFirstPid};
  Child target = arena.Spawn(body::Lingers, {.how = SpawnOptions::kClone3, .set_tid = kPids});
  kSend(target.pid());
  target.Kill();
  target.Reap();
  const Arena::Stub stranger = arena.SpawnWithPid(StubLife::kWaits, false);
  const Outcome sent = CallInChild(arena, Recipient<kReceive, Kills>, "the message did not come");
  return arena.End(stranger, SIGUSR1).si_status == SIGKILL ? Outcome("hit_stranger") : sent;
}

const Registered<Conformance> kReused{{
    .name = "descriptor/passed_reused",
    .question = "Which process is hit when the PID is reused before the message is received?",
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("esrch", "the process of the pidfd was reaped",
                              "pidfd_send_signal(2)"),
                         Never("hit_stranger", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)")},
              .ask = KillAfterReuse<SendPidfd, ReceivePidfd>},
    .legacy = {.needs = {"clone3/pidfd"},
               .claims = {Hazard("hit_stranger", "the message contains a PID that is out of date",
                                 "kill(2)")},
               .ask = KillAfterReuse<SendPid, ReceivePid>},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::descriptor_passed
