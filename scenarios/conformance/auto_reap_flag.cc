// CLONE_AUTOREAP and CLONE_PIDFD_AUTOKILL (7.1): children that reap themselves, and that die when
// their pidfd is closed.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "probes/system/pidfd_info.h"
#include "probes/system/require.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/autoreap.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::auto_reap_flag {
namespace {

constexpr char kSource[] = "Linux 7.1 kernel/fork.c copy_process";
constexpr char kNoFlag[] =
    "without CLONE_AUTOREAP automatic reaping applies to all children of a parent";
// The result of a clone3 with these flags; its child would exit at once.
Outcome Refused(std::uint64_t flags, int exit_signal) {
  int place = -1;
  abi::CloneArgs args{};
  args.flags = flags;
  args.exit_signal = static_cast<std::uint64_t>(exit_signal);
  args.pidfd = (flags & abi::kClonePidfd) != 0 ? reinterpret_cast<std::uint64_t>(&place) : 0;
  const Result<pid_t> made = tested::Clone3(args, abi::kCloneArgsSize53);
  const Fd pidfd(place);
  if (!made.ok()) return Outcome::Of(made.error());
  if (*made == 0) _exit(0);
  return "ok";
}

const Registered<Conformance> kGone{{
    .name = "auto_reap/flag",
    .question = "Which process gets the exit status of a child made with CLONE_AUTOREAP?",
    .claims = {Must(
        "echild", "the child is reaped automatically, whatever SIGCHLD's disposition is", kSource)},
    .pidfd = {.needs = {"clone3/autoreap", "waitid/p_pidfd"}},
    .legacy = {.needs = {"clone3/autoreap"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Child child = SpawnWithFlags(arena, abi::kCloneAutoreap);
      const Handle handle = Handle::From(child.pid(), std::move(child.pidfd()), path);
      if (Outcome::Of(handle.Wait(WEXITED | __WALL | WNOHANG)) != Outcome("running")) {
        return "echild_too_early";
      }
      child.Open();
      const Result<siginfo_t> waited = handle.Wait(WEXITED | __WALL);
      child.Disown();
      return Outcome::Of(waited);
    },
}};

const Registered<Conformance> kOther{{
    .name = "auto_reap/flag_spares_others",
    .question = "Does CLONE_AUTOREAP of one child change how its siblings are reaped?",
    .claims = {Must("exited", "CLONE_AUTOREAP applies to one child only", kSource)},
    .pidfd = {.needs = {"clone3/autoreap", "waitid/p_pidfd", "pidfd_open"}},
    .legacy = {.needs = {"clone3/autoreap"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Child reaps_itself = SpawnWithFlags(arena, abi::kCloneAutoreap);
      AwaitGone(reaps_itself);
      const Child other = arena.Spawn(body::Exits);
      return Outcome::Of(Handle::To(other, path).Wait(WEXITED | WNOWAIT));
    },
}};

const Registered<Conformance> kStatus{{
    .name = "auto_reap/flag_status",
    .question =
        "Can the exit status of a child made with CLONE_AUTOREAP be read by PIDFD_GET_INFO?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone3/autoreap", "ioctl/info_exit"},
              .claims = {Must("exited", "PIDFD_INFO_EXIT keeps the status for holders of a pidfd",
                              "Linux 6.15 PIDFD_INFO_EXIT, fs/pidfs.c")},
              .ask = [](Arena& arena) -> Outcome {
                Child child = SpawnWithFlags(arena, abi::kCloneAutoreap);
                AwaitGone(child);
                return Ending(child.pidfd());
              }},
    .legacy = NotPossible(kNoFlag),
}};

const Registered<Conformance> kSignal{{
    .name = "auto_reap/flag_with_exit_signal",
    .question = "Can a child made with CLONE_AUTOREAP have an exit signal?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone3/autoreap"},
              .claims = {Must("einval", "no process is notified of its end", kSource)},
              .ask = [](Arena&) -> Outcome {
                return SameForEach({SIGCHLD, SIGUSR1}, [](int signal) {
                  return Refused(abi::kCloneAutoreap | abi::kClonePidfd, signal);
                });
              }},
    .legacy = NotPossible(kNoFlag),
}};

const Registered<Conformance> kSibling{{
    .name = "auto_reap/flag_with_parent_or_thread",
    .question = "Can CLONE_AUTOREAP be combined with CLONE_PARENT or CLONE_THREAD?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone3/autoreap"},
              .claims = {Must("einval", "the flag is only for children of the caller", kSource)},
              .ask = [](Arena&) -> Outcome {
                return SameForEach<std::uint64_t>(
                    {CLONE_PARENT, CLONE_THREAD | CLONE_SIGHAND | CLONE_VM},
                    [](std::uint64_t flags) { return Refused(abi::kCloneAutoreap | flags, 0); });
              }},
    .legacy = NotPossible(kNoFlag),
}};

const Registered<Conformance> kKillAlone{{
    .name = "auto_reap/autokill_alone",
    .question =
        "Does clone3 accept CLONE_PIDFD_AUTOKILL without CLONE_PIDFD or without CLONE_AUTOREAP?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone3/autokill"},
              .claims = {Must("einval", "CLONE_PIDFD_AUTOKILL requires both other flags", kSource)},
              .ask = [](Arena&) -> Outcome {
                return SameForEach(
                    {kAutokill, (kAutokill & ~abi::kCloneAutoreap) | abi::kClonePidfd},
                    [](std::uint64_t flags) { return Refused(flags, 0); });
              }},
    .legacy = NotPossible(kNoFlag),
}};

const Registered<Conformance> kKillRight{{
    .name = "auto_reap/autokill_without_right",
    .question = "Can an unprivileged process use CLONE_PIDFD_AUTOKILL without CLONE_NNP?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone3/autokill"},
              .claims = {Must(
                  "eperm",
                  "the child could gain privileges: an unprivileged caller needs CLONE_NNP",
                  kSource)},
              .ask = [](Arena&) -> Outcome {
                Require(sys::DropCapabilities());
                return Refused((kAutokill & ~abi::kCloneNnp) | abi::kClonePidfd, 0);
              }},
    .legacy = NotPossible(kNoFlag),
}};

const Registered<Conformance> kKill{{
    .name = "auto_reap/autokill",
    .question = "Does a CLONE_PIDFD_AUTOKILL child survive the close of its pidfd while another "
                "pidfd is open?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone3/autokill", "pidfd_open", "ioctl/info_exit"},
              .claims = {Must("killed", "only the open file that clone3 returned counts",
                              "Linux 7.1 fs/pidfs.c pidfs_file_release")},
              .ask = [](Arena& arena) -> Outcome {
                Child child = SpawnWithFlags(arena, kAutokill);
                const Fd other = Require(tested::PidfdOpen(child.pid(), 0));
                child.pidfd().reset();
                AwaitGone(child);  // otherwise it would exit with kGateStatus
                return Ending(other);
              }},
    .legacy = NotPossible(kNoFlag),
}};

const Registered<Conformance> kKillCopy{{
    .name = "auto_reap/autokill_copied",
    .question = "Does a CLONE_PIDFD_AUTOKILL child survive the close of its pidfd while a "
                "duplicate is open?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone3/autokill", "ioctl/info_exit"},
              .claims = {Must("exited", "a duplicate keeps the same open file open",
                              "Linux 7.1 fs/pidfs.c pidfs_file_release")},
              .ask = [](Arena& arena) -> Outcome {
                Child child = SpawnWithFlags(arena, kAutokill);
                const Fd copy(fcntl(child.pidfd().get(), F_DUPFD_CLOEXEC, 0));
                Require(bool(copy));
                child.pidfd().reset();
                AwaitGone(child);
                return Ending(copy);
              }},
    .legacy = NotPossible(kNoFlag),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::auto_reap_flag
