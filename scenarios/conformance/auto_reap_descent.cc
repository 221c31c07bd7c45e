// CLONE_AUTOREAP (7.1) in a family: what becomes of the child's children, and of the child itself
// when its parent ends first.
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "scenarios/fixtures/autoreap.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::auto_reap_descent {
namespace {

constexpr char kSource[] = "Linux 7.1 kernel/fork.c copy_process";
constexpr char kNoFlag[] =
    "without CLONE_AUTOREAP automatic reaping applies to all children of a parent";

Result<pid_t> CloneReapedByKernel() {
  abi::CloneArgs args{};
  args.flags = abi::kCloneAutoreap;
  return tested::Clone3(args, abi::kCloneArgsSize53);
}

const Registered<Conformance> kWithoutPidfd{{
    .name = "auto_reap/flag_without_pidfd",
    .question = "Is a CLONE_AUTOREAP child reaped by the kernel when clone3 made no pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone3/autoreap"},
              .claims = {Must("echild", "the flag does not depend on CLONE_PIDFD", kSource)},
              .ask = [](Arena&) -> Outcome {
                const Result<pid_t> child = CloneReapedByKernel();
                if (!child.ok()) return Outcome::Of(child.error());
                if (*child == 0) _exit(0);
                return Outcome::Of(sys::Waitid(P_PID, *child, WEXITED | static_cast<int>(__WALL)));
              }},
    .legacy = NotPossible(kNoFlag),
}};

const Registered<Conformance> kKilled{{
    .name = "auto_reap/flag_killed",
    .question = "Does a pidfd report which signal killed a CLONE_AUTOREAP child?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone3/autoreap", "ioctl/info_exit"},
              .claims = {Must("killed", "the exit status is kept for its pidfds", kSource)},
              .ask = [](Arena& arena) -> Outcome {
                Child child = SpawnWithFlags(arena, abi::kCloneAutoreap, body::Lingers);
                child.Kill();
                child.AwaitReapedByKernel();
                return Ending(child.pidfd());
              }},
    .legacy = NotPossible(kNoFlag),
}};

// Reports the errno of its wait for a child of its own.
int ForksAndWaits(int gate) {
  const Result<pid_t> child = sys::Fork();
  if (child.ok() && *child == 0) _exit(0);
  report::Send(child.ok() ? sys::Waitid(P_PID, *child, WEXITED).error() : child.error());
  return body::AtGate(gate);
}

const Registered<Conformance> kNotInherited{{
    .name = "auto_reap/flag_not_inherited",
    .question = "Can a CLONE_AUTOREAP child wait for a child of its own?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone3/autoreap"},
              .claims = {Must("ok", "the flag is for one process, not for its children", kSource)},
              .ask = [](Arena& arena) -> Outcome {
                report::Open();
                Child child = SpawnWithFlags(arena, abi::kCloneAutoreap, ForksAndWaits);
                const Outcome waited = Outcome::Of(report::ReceiveInt());
                AwaitGone(child);
                return waited;
              }},
    .legacy = NotPossible(kNoFlag),
}};

int LeavesReapedByKernel(int gate) {
  const Result<pid_t> child = CloneReapedByKernel();
  if (child.ok() && *child == 0) _exit(body::AtGate(gate));
  report::Send(child.ok() ? *child : 0);
  return 0;
}

const Registered<Conformance> kAdopted{{
    .name = "auto_reap/flag_adopted",
    .question = "Is a CLONE_AUTOREAP child reaped by the kernel when its parent ends first?",
    .pidfd = {.needs = {"clone3/autoreap"},
              .claims = {Must("echild", "the flag holds for any parent", kSource)},
              .ask = [](Arena& arena) -> Outcome {
                Require(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
                report::Open();
                Child parent = arena.Spawn(LeavesReapedByKernel);
                parent.Reap();
                const pid_t adopted = report::ReceiveInt();
                Require(adopted > 0);
                parent.Open();
                return Outcome::Of(sys::Waitid(P_PID, adopted, WEXITED | static_cast<int>(__WALL)));
              }},
    .legacy = NotPossible(kNoFlag),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::auto_reap_descent
