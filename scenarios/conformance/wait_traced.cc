// waitid(2) and ptrace(2): waiting for a traced child, and a tracer's own wait.
#include "scenarios/fixtures/traced.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::wait_traced {
namespace {

const Registered<Conformance> kTracer{{
    .name = "wait/tracer",
    .question = "Can a tracer wait for a tracee that is not its child?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("ok", "a tracee counts as a child of its tracer", "ptrace(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Child tracee = arena.Spawn(body::Lingers);
      Handle handle = Handle::To(tracee, path);
      TracedZombie made = TracedZombie::Make(arena, std::move(tracee), std::move(handle));
      return Outcome::Of(made.LetTracerGo());
    },
}};

// What the parent's wait reports once the tracer has exited, with or without having waited.
template <bool kWaited>
Outcome AfterTracer(Arena& arena, Path path) {
  Child tracee = arena.Spawn(body::Lingers);
  const Handle handle = Handle::To(tracee, path);
  std::optional<Handle> of_tracer;
  if (kWaited) of_tracer.emplace(Handle::To(tracee, path));
  TracedZombie made = TracedZombie::Make(arena, std::move(tracee), std::move(of_tracer));
  if (made.LetTracerGo() != 0) return "tracer_failed";
  return Outcome::Of(handle.Wait(WEXITED | WNOHANG | WNOWAIT));
}

const Registered<Conformance> kAfterTracer{{
    .name = "wait/after_tracer",
    .question = "Can the parent still get the exit status after a tracer has waited for the child?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("killed", "the tracer's wait leaves the zombie to the parent",
                    "kernel/exit.c wait_task_zombie")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = AfterTracer<true>,
}};

const Registered<Conformance> kTracerGone{{
    .name = "wait/tracer_gone",
    .question = "Can the parent get the exit status when a tracer ends without having waited?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("killed", "a tracer that ends detaches from all its tracees", "ptrace(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = AfterTracer<false>,
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::wait_traced
