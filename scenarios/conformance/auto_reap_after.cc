// What can still be learnt of a child that has reaped itself, and what becomes of orphans.
#include <poll.h>
#include <signal.h>

#include "probes/system/pidfd_info.h"
#include "probes/system/require.h"
#include "scenarios/fixtures/auto_reaped.h"
#include "scenarios/fixtures/orphan.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof {
namespace {

// Runs ask on a handle of a child that has left with kGateStatus and reaped itself.
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
    .question = "Does a signal to a child that has reaped itself say that it is gone?",
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("esrch", "it has been reaped as any other",
                              "pidfd_send_signal(2), wait(2) NOTES")}},
    .legacy = {.claims = {Must("esrch", "no process has this PID until it is reused", "kill(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      return Afterwards(arena, path,
                        [](const Handle& handle) { return Outcome::Of(handle.Signal(0)); });
    },
}};

const Registered<Conformance> kEnded{{
    .name = "auto_reap/ready_after",
    .question = "Can an event loop still see that a child has ended that has reaped itself?",
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("ended", "a pidfd becomes readable whoever reaps", "pidfd_open(2)")}},
    .legacy = {.claims = {Must("ended", "kill(pid, 0) fails, as long as nobody takes the number",
                               "kill(2)")}},
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
    .question = "Does poll tell that nobody can wait for it?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("pollhup",
                              "POLLHUP comes with the reaping, also when the kernel reaps",
                              "Linux 6.9 fs/pidfs.c pidfd_poll")
                             .Since(eras::kHangup),
                         May("no_pollhup", "poll tells of the end and not of the reaping",
                             "kernel/fork.c pidfd_poll")
                             .Until(eras::kHangup)},
              .ask = [](Arena& arena) -> Outcome {
                const short ready = Require(tested::Poll(OfGone(arena).get(), POLLIN, 0));
                if ((ready & POLLIN) == 0) return "not_ended";
                return (ready & POLLHUP) != 0 ? "pollhup" : "no_pollhup";
              }},
    .legacy = NotPossible("a number cannot be polled"),
}};

// The status of a process by PIDFD_GET_INFO: how it left, or that there is none.
Outcome Status(const Fd& pidfd) {
  const PidfdInfoReply told = tested::GetInfo(pidfd.get(), abi::kInfoExit);
  if (told.error != 0) return Outcome::Of(told.error);
  if (!told.Has(abi::kInfoExit)) return "no_status";
  return told.info.exit_code == body::kGateStatus << 8 ? "its_status" : "another_status";
}

const Registered<Conformance> kStatus{{
    .name = "auto_reap/status_after",
    .question = "Can the exit status be had of a child that has reaped itself?",
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_exit"},
              .claims = {Must("its_status", "PIDFD_INFO_EXIT keeps it for who has a pidfd",
                              "Linux 6.15 PIDFD_INFO_EXIT, fs/pidfs.c")},
              .ask = [](Arena& arena) -> Outcome { return Status(OfGone(arena)); }},
    .legacy = {.claims = {Must("echild", "it was thrown away", "wait(2) NOTES")},
               .ask = [](Arena& arena) -> Outcome {
                 return Afterwards(arena, kLegacyPid,
                                   [](const Handle& handle) { return Outcome::Of(handle.Wait()); });
               }},
}};

const Registered<Conformance> kStatusAgain{{
    .name = "auto_reap/status_twice",
    .question = "Can the exit status of a child that has reaped itself be read a second time?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_exit"},
              .claims = {Must("its_status", "it is kept, not handed out",
                              "Linux 6.15 PIDFD_INFO_EXIT, fs/pidfs.c")},
              .ask = [](Arena& arena) -> Outcome {
                const Fd pidfd = OfGone(arena);
                Status(pidfd);
                return Status(pidfd);
              }},
    .legacy = NotPossible("wait(2) does not tell it even once"),
}};

// This process takes over the orphans below it, and waits for one as for a fork's child.
template <int kExitSignal, bool kIgnore>
Outcome WaitForOrphan(Arena& arena, Path path) {
  const Orphan orphan = Orphan::Make(arena, kExitSignal);
  const Handle handle = Require(Handle::ToNumber(orphan.number, path));
  if (kIgnore) SetSigchld(Sigchld::kIgnore);
  if (Outcome::Of(handle.Wait(WEXITED | WNOHANG)) != Outcome("running")) return "not_our_child";
  orphan.Open();
  return Outcome::Of(handle.Wait(WEXITED));
}

const Registered<Conformance> kOrphan{{
    .name = "auto_reap/orphan",
    .question = "An orphan had no exit signal: does who takes it over have to wait for it as for a "
                "clone child?",
    .claims = {Must("exited", "an orphan's exit signal becomes SIGCHLD",
                    "kernel/exit.c reparent_leader")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitForOrphan<0, false>,
}};

const Registered<Conformance> kOrphanUser{{
    .name = "auto_reap/orphan_sigusr1",
    .question = "An orphan's exit signal was SIGUSR1: does the wait for it need __WALL?",
    .claims = {Must("exited", "an orphan's exit signal becomes SIGCHLD",
                    "kernel/exit.c reparent_leader")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitForOrphan<SIGUSR1, false>,
}};

const Registered<Conformance> kOrphanIgnored{{
    .name = "auto_reap/orphan_sig_ign",
    .question = "The new parent of an orphan ignores SIGCHLD: does the orphan reap itself?",
    .claims = {Must("echild", "it now counts as a child that sends SIGCHLD",
                    "kernel/exit.c reparent_leader, wait(2) NOTES")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = WaitForOrphan<0, true>,
}};

}  // namespace
}  // namespace pidproof
