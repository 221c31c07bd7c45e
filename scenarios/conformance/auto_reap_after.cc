// What is still known of a child that has reaped itself, and what becomes of orphans.
#include <poll.h>
#include <signal.h>

#include "probes/system/pidfd_info.h"
#include "probes/system/require.h"
#include "scenarios/fixtures/auto_reaped.h"
#include "scenarios/fixtures/orphan.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::auto_reap_after {
namespace {

// Runs ask on a handle of a child that has exited with kGateStatus and reaped itself.
template <typename Ask>
Outcome Afterwards(Arena& arena, Path path, Ask ask) {
  SetSigchld(Sigchld::kIgnore);
  Child child = arena.Spawn(body::AtGate);
  const Handle handle = Handle::To(child, path);
  child.Open();
  child.AwaitReapedByKernel();
  return ask(handle);
}

const Registered<Conformance> kSignal{{
    .name = "auto_reap/signal_after",
    .question = "Does a signal to an automatically reaped child fail with ESRCH?",
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("esrch", "the child has been reaped like any other",
                              "pidfd_send_signal(2), wait(2) NOTES")}},
    .legacy = {.claims = {Must("esrch", "no process has this PID until it is reused", "kill(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      return Afterwards(arena, path,
                        [](const Handle& handle) { return Outcome::Of(handle.Signal(0)); });
    },
}};

const Registered<Conformance> kEnded{{
    .name = "auto_reap/ready_after",
    .question = "Can an event loop see the end of a child that was reaped automatically?",
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("ended", "a pidfd becomes readable, whoever reaps the process",
                              "pidfd_open(2)")}},
    .legacy = {.claims = {Must("ended", "kill(pid, 0) fails until the PID is reused", "kill(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      return Afterwards(arena, path, [](const Handle& handle) -> Outcome {
        const Result<bool> ended = handle.Ended();
        if (!ended.ok()) return Outcome::Of(ended.error());
        return *ended ? "ended" : "not_ended";
      });
    },
}};

// A pidfd of a child that has reaped itself.
Fd OfGone(Arena& arena) {
  SetSigchld(Sigchld::kIgnore);
  Child child = arena.Spawn(body::AtGate);
  Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
  child.Open();
  child.AwaitReapedByKernel();
  return pidfd;
}

const Registered<Conformance> kHangup{{
    .name = "auto_reap/hangup_after",
    .question = "Does poll report POLLHUP for a child that the kernel has reaped automatically?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("pollhup", "POLLHUP marks the reaping, also by the kernel",
                              "Linux 6.9 fs/pidfs.c pidfd_poll")
                             .Since(eras::kHangup),
                         May("no_pollhup", "poll reported the end, but not the reaping",
                             "kernel/fork.c pidfd_poll")
                             .Until(eras::kHangup)},
              .ask = [](Arena& arena) -> Outcome {
                const short ready = Require(tested::Poll(OfGone(arena).get(), POLLIN, 0));
                if ((ready & POLLIN) == 0) return "not_ended";
                return (ready & POLLHUP) != 0 ? "pollhup" : "no_pollhup";
              }},
    .legacy = NotPossible("a PID cannot be polled"),
}};

// The exit status by PIDFD_GET_INFO: whose it is, or that there is none.
Outcome Status(const Fd& pidfd) {
  const PidfdInfoReply reply = tested::GetInfo(pidfd.get(), abi::kInfoExit);
  if (reply.error != 0) return Outcome::Of(reply.error);
  if (!reply.Has(abi::kInfoExit)) return "no_status";
  return reply.info.exit_code == body::kGateStatus << 8 ? "its_status" : "another_status";
}

const Registered<Conformance> kStatus{{
    .name = "auto_reap/status_after",
    .question = "Can the exit status of an automatically reaped child still be read?",
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_exit"},
              .claims = {Must("its_status",
                              "PIDFD_INFO_EXIT keeps the status for holders of a pidfd",
                              "Linux 6.15 PIDFD_INFO_EXIT, fs/pidfs.c")},
              .ask = [](Arena& arena) -> Outcome { return Status(OfGone(arena)); }},
    .legacy = {.claims = {Must("echild", "the kernel discards the status", "wait(2) NOTES")},
               .ask = [](Arena& arena) -> Outcome {
                 return Afterwards(arena, kLegacyPid,
                                   [](const Handle& handle) { return Outcome::Of(handle.Wait()); });
               }},
}};

const Registered<Conformance> kStatusAgain{{
    .name = "auto_reap/status_twice",
    .question = "Can the exit status of an automatically reaped child be read a second time?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_exit"},
              .claims = {Must("its_status", "reading the status does not consume it",
                              "Linux 6.15 PIDFD_INFO_EXIT, fs/pidfs.c")},
              .ask = [](Arena& arena) -> Outcome {
                const Fd pidfd = OfGone(arena);
                Status(pidfd);
                return Status(pidfd);
              }},
    .legacy = NotPossible("wait(2) does not report the status even once"),
}};

// This process is a subreaper, and waits for an orphan as for a child of fork.
template <int kExitSignal, bool kIgnore>
Outcome WaitForOrphan(Arena& arena, Path path) {
  const Orphan orphan = Orphan::Make(arena, kExitSignal);
  const Handle handle = Require(Handle::ToPid(orphan.pid, path));
  if (kIgnore) SetSigchld(Sigchld::kIgnore);
  if (Outcome::Of(handle.Wait(WEXITED | WNOHANG)) != Outcome("running")) return "not_our_child";
  orphan.Open();
  return Outcome::Of(handle.Wait(WEXITED));
}

const Registered<Conformance> kOrphan{{
    .name = "auto_reap/orphan",
    .question =
        "Can a subreaper wait without __WALL for an orphan that was cloned with no exit signal?",
    .claims = {Must("exited", "an orphan's exit signal becomes SIGCHLD",
                    "kernel/exit.c reparent_leader")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitForOrphan<0, false>,
}};

const Registered<Conformance> kOrphanUser{{
    .name = "auto_reap/orphan_sigusr1",
    .question = "Can a subreaper wait without __WALL for an orphan whose exit signal was SIGUSR1?",
    .claims = {Must("exited", "an orphan's exit signal becomes SIGCHLD",
                    "kernel/exit.c reparent_leader")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitForOrphan<SIGUSR1, false>,
}};

const Registered<Conformance> kOrphanIgnored{{
    .name = "auto_reap/orphan_sig_ign",
    .question = "Is an orphan reaped automatically when its new parent ignores SIGCHLD?",
    .claims = {Must("echild", "after reparenting its exit signal is SIGCHLD",
                    "kernel/exit.c reparent_leader, wait(2) NOTES")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitForOrphan<0, true>,
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::auto_reap_after
