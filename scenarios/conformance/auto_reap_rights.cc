// CLONE_AUTOREAP and CLONE_PIDFD_AUTOKILL (7.1): which right they need and take, and when the child
// looks ended.
#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/autoreap.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::auto_reap_rights {
namespace {

constexpr char kSource[] = "Linux 7.1 kernel/fork.c copy_process";
constexpr char kNoFlag[] = "a PID has no such flags";

// Exits as it was let if it can gain privileges.
int CanGainPrivileges(int gate) {
  body::Pass(gate);
  return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 0 ? body::kGateStatus : EPERM;
}

const Registered<Conformance> kKeepsPrivileges{{
    .name = "auto_reap/flag_keeps_privileges",
    .question = "Can a child made with CLONE_AUTOREAP gain privileges by execve?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone3/autoreap", "ioctl/info_exit"},
              .claims = {Must("exited", "only CLONE_NNP sets no_new_privs", kSource)},
              .ask = [](Arena& arena) -> Outcome {
                if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0)
                  throw Unsupported("this process cannot gain privileges itself here");
                Child child = SpawnWithFlags(arena, abi::kCloneAutoreap, CanGainPrivileges);
                AwaitGone(child);
                return Ending(child.pidfd());
              }},
    .legacy = NotPossible(kNoFlag),
}};

const Registered<Conformance> kReady{{
    .name = "auto_reap/flag_ready",
    .question = "What does poll report for a child made with CLONE_AUTOREAP that has ended?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone3/autoreap", "poll"},
              .claims = {Must("in_hup", "the end wakes the poll, and the child is reaped",
                              "Linux 7.1 kernel/exit.c exit_notify, fs/pidfs.c pidfd_poll")},
              .ask = [](Arena& arena) -> Outcome {
                Child child = SpawnWithFlags(arena, abi::kCloneAutoreap);
                const int pidfd = child.pidfd().get();
                if (Require(tested::Poll(pidfd, POLLIN, 0)) != 0) return "ended_too_early";
                child.Open();
                if ((Require(tested::Poll(pidfd, POLLIN, -1)) & POLLIN) == 0) return "other_bits";
                child.AwaitReapedByKernel();
                return Require(tested::Poll(pidfd, POLLIN, 0)) == (POLLIN | POLLHUP) ? "in_hup"
                                                                                     : "other_bits";
              }},
    .legacy = NotPossible("a PID cannot be polled"),
}};

const Registered<Conformance> kThread{{
    .name = "auto_reap/autokill_thread",
    .question = "Can clone3 make a thread with CLONE_PIDFD_AUTOKILL?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone3/autokill"},
              .claims = {Must("einval", "a process is killed, not a thread", kSource)},
              .ask = [](Arena&) -> Outcome {
                int place = -1;
                const abi::CloneArgs args{
                    .flags = kAutokill | abi::kClonePidfd | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM,
                    .pidfd = reinterpret_cast<std::uint64_t>(&place)};
                const Result<pid_t> made = tested::Clone3(args, abi::kCloneArgsSize53);
                if (made.ok() && *made == 0) sys::ExitThread(0);
                return Outcome::Of(made.error());
              }},
    .legacy = NotPossible(kNoFlag),
}};

const Registered<Conformance> kWithRight{{
    .name = "auto_reap/autokill_with_right",
    .question = "Can a process with CAP_SYS_ADMIN use CLONE_PIDFD_AUTOKILL without CLONE_NNP?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone3/autokill", "pidfd_open", "ioctl/info_exit"},
              .claims = {Must("killed", "its child may gain privileges, and is killed all the same",
                              kSource)},
              .ask = [](Arena& arena) -> Outcome {
                if (!sys::HasCapability(CAP_SYS_ADMIN))
                  throw Unsupported("needs CAP_SYS_ADMIN for a child without no_new_privs");
                Child child = SpawnWithFlags(arena, kAutokill & ~abi::kCloneNnp);
                const Fd observer = Require(tested::PidfdOpen(child.pid(), 0));
                child.pidfd().reset();
                AwaitGone(child);
                return Ending(observer);
              }},
    .legacy = NotPossible(kNoFlag),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::auto_reap_rights
