// CLONE_NNP (7.1): children with no_new_privs.
#include <errno.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::create_no_new_privs {
namespace {

// Exits with 0 if no_new_privs is set.
int HasNoNewPrivileges(int) { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : EPERM; }

// Which of child and parent have no_new_privs, given how the child ended.
Outcome HoldsFor(const siginfo_t& child) {
  if (child.si_status != 0) return "neither";
  return HasNoNewPrivileges(0) == 0 ? "both" : "child_only";
}

void NeedPrivilegesToGain() {
  if (HasNoNewPrivileges(0) == 0)
    throw Unsupported("this process cannot gain privileges itself here");
}

const Registered<Conformance> kNnp{{
    .name = "create/no_new_privs",
    .question = "Can clone3 make a child that cannot gain privileges while its creator still can?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"clone3/pidfd", "clone3/no_new_privs"},
              .claims = {Must("child_only", "CLONE_NNP applies from the child's first instruction",
                              "Linux 7.1 kernel/fork.c copy_process")},
              .ask = [](Arena& arena) -> Outcome {
                NeedPrivilegesToGain();
                return HoldsFor(arena
                                    .Spawn(HasNoNewPrivileges,
                                           {.how = SpawnOptions::kClone3, .flags = abi::kCloneNnp})
                                    .Reap());
              }},
    .legacy = {.claims = {Must("child_only", "the child can set no_new_privs itself", "prctl(2)")},
               .ask = [](Arena& arena) -> Outcome {
                 NeedPrivilegesToGain();
                 const auto give_up = [](int gate) {
                   prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
                   return HasNoNewPrivileges(gate);
                 };
                 return HoldsFor(arena.Spawn(give_up).Reap());
               }},
}};

const Registered<Conformance> kThread{{
    .name = "create/no_new_privs_thread",
    .question = "Can clone3 make a thread that cannot gain privileges?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone3/pidfd", "clone3/no_new_privs"},
              .claims = {Must("einval", "the threads of a process would differ in their privileges",
                              "Linux 7.1 kernel/fork.c copy_process")},
              .ask = [](Arena&) -> Outcome {
                abi::CloneArgs args{};
                args.flags =
                    abi::kCloneNnp | abi::kClonePidfd | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM;
                const Result<pid_t> made = tested::Clone3(args, abi::kCloneArgsSize53);
                if (made.ok() && *made == 0) _exit(0);
                return Outcome::Of(made.error());
              }},
    .legacy = NotPossible("prctl(2) only affects the calling thread, which exists already"),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::create_no_new_privs
