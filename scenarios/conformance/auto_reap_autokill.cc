// CLONE_PIDFD_AUTOKILL (7.1): which close of a pidfd kills the child, and what else it kills.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "probes/system/unix_socket.h"
#include "scenarios/fixtures/autoreap.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::auto_reap_autokill {
namespace {

constexpr char kNoFlag[] = "a PID is not closed";
constexpr char kRelease[] = "Linux 7.1 fs/pidfs.c pidfs_file_release";

// A child that dies with its pidfd, and a pidfd that observes it.
struct Killable {
  explicit Killable(Arena& arena, Child::Body body = body::AtGate)
      : child(SpawnWithFlags(arena, kAutokill, body)),
        observer(Require(tested::PidfdOpen(child.pid(), 0))) {}

  // How it ends once its gate is open: it exits, unless it was killed before.
  Outcome EndingOnceOpen() {
    AwaitGone(child);
    return Ending(observer);
  }

  Child child;
  Fd observer;
};

Side Asked(const Claim& claim, Outcome (*ask)(Arena& arena)) {
  return {
      .needs = {"clone3/autokill", "pidfd_open", "ioctl/info_exit"}, .claims = {claim}, .ask = ask};
}

const Claim kOpenElsewhere = Must("exited", "the open file lives on elsewhere", kRelease);
const Claim kLastClose = Must("killed", "the last close of the open file kills", kRelease);

const Registered<Conformance> kInherited{{
    .name = "auto_reap/autokill_inherited",
    .question = "Does a CLONE_PIDFD_AUTOKILL child survive the close of its pidfd while a forked "
                "process still has it?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = Asked(kOpenElsewhere,
                   [](Arena& arena) {
                     Killable killable(arena);
                     const Child holder = arena.Spawn(body::Lingers);
                     killable.child.pidfd().reset();
                     return killable.EndingOnceOpen();
                   }),
    .legacy = NotPossible(kNoFlag),
}};

const Registered<Conformance> kInheritedEnds{{
    .name = "auto_reap/autokill_inherited_last",
    .question = "Is a CLONE_PIDFD_AUTOKILL child killed by the end of the last process that has "
                "its pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = Asked(kLastClose,
                   [](Arena& arena) {
                     Killable killable(arena);
                     Child holder = arena.Spawn(body::Lingers);
                     killable.child.pidfd().reset();
                     holder.Kill();
                     holder.Reap();
                     return killable.EndingOnceOpen();
                   }),
    .legacy = NotPossible(kNoFlag),
}};

// Leaves the pidfd in a message that is not received, and nowhere else.
void PutInFlight(const SocketPair& pair, Killable& killable) {
  Require(SendWith(pair.sender.get(), SCM_RIGHTS, killable.child.pidfd().get()) == 0);
  killable.child.pidfd().reset();
}

const Registered<Conformance> kInFlight{{
    .name = "auto_reap/autokill_in_flight",
    .question = "Does a CLONE_PIDFD_AUTOKILL child survive while its pidfd is in a message only?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = Asked(kOpenElsewhere,
                   [](Arena& arena) {
                     Killable killable(arena);
                     const SocketPair pair;
                     PutInFlight(pair, killable);
                     return killable.EndingOnceOpen();
                   }),
    .legacy = NotPossible(kNoFlag),
}};

const Registered<Conformance> kDropped{{
    .name = "auto_reap/autokill_message_dropped",
    .question =
        "Is a CLONE_PIDFD_AUTOKILL child killed when the message with its pidfd is dropped?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = Asked(kLastClose,
                   [](Arena& arena) {
                     Killable killable(arena);
                     PutInFlight(SocketPair(), killable);  // the pair is closed here
                     return killable.EndingOnceOpen();
                   }),
    .legacy = NotPossible(kNoFlag),
}};

const Registered<Conformance> kStatusFlags{{
    .name = "auto_reap/autokill_after_setfl",
    .question = "Does F_SETFL on its pidfd keep a CLONE_PIDFD_AUTOKILL child from being killed?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = Asked(Must("killed", "F_SETFL cannot clear what clone3 has set", "fcntl(2), F_SETFL"),
                   [](Arena& arena) {
                     Killable killable(arena);
                     const int pidfd = killable.child.pidfd().get();
                     Require(fcntl(pidfd, F_SETFL, O_NONBLOCK) == 0);
                     Require(fcntl(pidfd, F_SETFL, 0) == 0);
                     killable.child.pidfd().reset();
                     return killable.EndingOnceOpen();
                   }),
    .legacy = NotPossible(kNoFlag),
}};

const Registered<Conformance> kReopened{{
    .name = "auto_reap/autokill_reopened",
    .question = "Does a CLONE_PIDFD_AUTOKILL child survive the close of its pidfd while a reopened "
                "one is open?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = Asked(Must("killed", "a reopened pidfd is another open file", kRelease),
                   [](Arena& arena) -> Outcome {
                     Killable killable(arena);
                     proc::ShowOwn();
                     const Result<Fd> reopened =
                         proc::Reopen(proc::OwnPid(), killable.child.pidfd().get());
                     if (!reopened.ok()) return Outcome::Of(reopened.error());
                     killable.child.pidfd().reset();
                     return killable.EndingOnceOpen();
                   }),
    .legacy = NotPossible(kNoFlag),
}};

const Registered<Conformance> kOtherFirst{{
    .name = "auto_reap/autokill_other_closed",
    .question = "Does the close of another pidfd kill a CLONE_PIDFD_AUTOKILL child?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = Asked(Must("exited", "only the open file that clone3 returned counts", kRelease),
                   [](Arena& arena) {
                     Killable killable(arena);
                     Require(tested::PidfdOpen(killable.child.pid(), 0)).reset();
                     return killable.EndingOnceOpen();
                   }),
    .legacy = NotPossible(kNoFlag),
}};

int ForksAndLingers(int gate) {
  const Result<pid_t> grandchild = sys::Fork();
  if (grandchild.ok() && *grandchild == 0) return body::Lingers(gate);
  report::Send(grandchild.ok() ? *grandchild : 0);
  return body::AtGate(gate);
}

const Registered<Conformance> kGrandchild{{
    .name = "auto_reap/autokill_grandchild",
    .question = "Does the close of its pidfd kill the children of a CLONE_PIDFD_AUTOKILL child?",
    .pidfd = Asked(Must("survives", "one process is killed, not its descendants", kRelease),
                   [](Arena& arena) -> Outcome {
                     Require(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
                     report::Open();
                     Killable killable(arena, ForksAndLingers);
                     const pid_t grandchild = report::ReceiveInt();
                     Require(grandchild > 0);
                     killable.child.pidfd().reset();
                     killable.child.AwaitReapedByKernel();
                     const Result<siginfo_t> seen =
                         sys::Waitid(P_PID, grandchild, WEXITED | WNOHANG | WNOWAIT);
                     return Outcome::Of(seen) == Outcome("running") ? "survives" : "killed";
                   }),
    .legacy = NotPossible(kNoFlag),
}};

const Registered<Conformance> kShownFlags{{
    .name = "auto_reap/autokill_status_flags",
    .question = "Does F_GETFL show that a pidfd is one of CLONE_PIDFD_AUTOKILL?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = Asked(Must("shown", "as O_TRUNC, which open(2) leaves in no file's flags",
                        "Linux 7.1 fs/pidfs.c pidfs_alloc_file"),
                   [](Arena& arena) -> Outcome {
                     Killable killable(arena);
                     const int flags = fcntl(killable.child.pidfd().get(), F_GETFL);
                     Require(flags >= 0);
                     if ((fcntl(killable.observer.get(), F_GETFL) & O_TRUNC) != 0)
                       return "shown_by_others_too";
                     return (flags & O_TRUNC) != 0 ? "shown" : "not_shown";
                   }),
    .legacy = NotPossible(kNoFlag),
}};

// The last process that has the pidfd executes this program.
Outcome OnceExecuted(Arena& arena, int descriptor_flags, Outcome (*ask)(Killable& killable)) {
  Killable killable(arena);
  Require(fcntl(killable.child.pidfd().get(), F_SETFD, descriptor_flags) == 0);
  report::Open();
  Child holder = arena.Spawn(body::ExecsThenAtGate);
  killable.child.pidfd().reset();
  Require(!report::Receive());
  const Outcome outcome = ask(killable);
  holder.Open();
  if (holder.Reap().si_status != body::kGateStatus)
    throw Unsupported("this program cannot re-execute itself here");
  return outcome;
}

const Registered<Conformance> kExecuted{{
    .name = "auto_reap/autokill_execve",
    .question = "Is a CLONE_PIDFD_AUTOKILL child killed when the holder of its pidfd calls execve?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = Asked(Must("killed", "the pidfd is close-on-exec: execve is the last close", kRelease),
                   [](Arena& arena) {
                     return OnceExecuted(arena, FD_CLOEXEC, [](Killable& killable) {
                       Require(tested::Poll(killable.observer.get(), POLLIN, -1));
                       return killable.EndingOnceOpen();
                     });
                   }),
    .legacy = NotPossible(kNoFlag),
}};

const Registered<Conformance> kExecutedKept{{
    .name = "auto_reap/autokill_execve_kept",
    .question = "Does a CLONE_PIDFD_AUTOKILL child survive an execve that keeps its pidfd open?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = Asked(kOpenElsewhere,
                   [](Arena& arena) {
                     return OnceExecuted(
                         arena, 0, [](Killable& killable) { return killable.EndingOnceOpen(); });
                   }),
    .legacy = NotPossible(kNoFlag),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::auto_reap_autokill
