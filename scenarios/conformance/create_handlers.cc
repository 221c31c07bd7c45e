// CLONE_CLEAR_SIGHAND (5.5): which signal dispositions the child of clone3 has.
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::create_handlers {
namespace {

const std::vector<std::string_view> kNeeds = {"clone3/pidfd"};

void Ignores(int) {}

void Dispose(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  Require(sigaction(signal, &action, nullptr) == 0);
}

bool Has(int signal, void (*handler)(int)) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == handler;
}

enum Status { kInherited, kCleared, kIgnoredToo, kOther };

// In the child, whose parent handles SIGUSR1 and ignores SIGUSR2.
Status Dispositions() {
  const bool cleared = Has(SIGUSR1, SIG_DFL);
  if (!cleared) return Has(SIGUSR1, Ignores) ? kInherited : kOther;
  if (Has(SIGUSR2, SIG_DFL)) return kIgnoredToo;
  return Has(SIGUSR2, SIG_IGN) ? kCleared : kOther;
}

Outcome WithFlags(Path path, std::uint64_t flags) {
  Dispose(SIGUSR1, Ignores);
  Dispose(SIGUSR2, SIG_IGN);
  int place = -1;
  const bool with_pidfd = Handle::NeedsPidfdAtSpawn(path);
  const abi::CloneArgs args{.flags = flags | (with_pidfd ? abi::kClonePidfd : 0),
                            .pidfd = reinterpret_cast<std::uint64_t>(&place),
                            .exit_signal = SIGCHLD};
  const Result<pid_t> made = tested::Clone3(args, abi::kCloneArgsSize53);
  if (!made.ok()) return Outcome::Of(made.error());
  if (*made == 0) _exit(Dispositions());
  const Fd pidfd(place);
  switch (Require(sys::Waitid(P_PID, *made, WEXITED)).si_status) {
    case kInherited:
      return "inherited";
    case kCleared:
      return "handlers_cleared";
    case kIgnoredToo:
      return "all_cleared";
    default:
      return "another_disposition";
  }
}

// At first the flag itself was unknown.
const Claim kUnknown = May("einval", "unknown flags are refused", "kernel/fork.c clone3_args_valid")
                           .Until(eras::kClearSighand);

const Registered<Conformance> kClear{{
    .name = "create/clear_handlers",
    .question = "Which signal dispositions does a child of clone3 have with CLONE_CLEAR_SIGHAND?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("handlers_cleared",
                    "handled signals get the default disposition, ignored ones stay ignored",
                    "clone(2) CLONE_CLEAR_SIGHAND")
                   .Since(eras::kClearSighand),
               kUnknown},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) { return WithFlags(path, abi::kCloneClearSighand); },
}};

const Registered<Conformance> kPlain{{
    .name = "create/inherited_handlers",
    .question = "Does a child of clone3 inherit signal handlers?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("inherited", "the child has a copy of the parent's dispositions",
                    "clone(2), signal(7)")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) { return WithFlags(path, 0); },
}};

const Registered<Conformance> kShared{{
    .name = "create/clear_shared_handlers",
    .question = "Can CLONE_CLEAR_SIGHAND clear signal handlers that the child shares?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "CLONE_CLEAR_SIGHAND and CLONE_SIGHAND exclude each other",
                    "clone(2) ERRORS")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask =
        [](Arena&, Path path) {
          return WithFlags(path, abi::kCloneClearSighand | CLONE_SIGHAND | CLONE_VM);
        },
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::create_handlers
