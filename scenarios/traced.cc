#include "scenarios/traced.h"

#include <errno.h>
#include <sys/ptrace.h>

#include <utility>

#include "probes/errno_name.h"
#include "probes/require.h"
#include "probes/sys.h"
#include "scenarios/bell.h"

namespace pidproof {

namespace {

// What the tracer is handed by being forked, and tells by. A trial has a process of its own.
std::optional<Bell> attached;
std::optional<Bell> ended;
std::optional<Handle> waits_by;
pid_t target = 0;

int Traces(int gate) {
  const bool traced = ptrace(PTRACE_SEIZE, target, nullptr, nullptr) == 0;
  attached->Ring(traced ? 0 : static_cast<std::uint32_t>(errno));
  if (!traced) return 0;
  while (sys::Waitid(P_PID, target, WEXITED | WNOWAIT | __WALL).error() == EINTR) {
  }
  ended->Ring();
  body::Pass(gate);
  if (!waits_by) return 0;
  const Result<siginfo_t> waited = waits_by->Wait();
  return waited.ok() && waited->si_pid != target ? ENODATA : waited.error();
}

}  // namespace

TracedZombie TracedZombie::Make(Arena& arena, Child tracee, std::optional<Handle> handle) {
  attached.emplace();
  ended.emplace();
  waits_by = std::move(handle);
  target = tracee.pid();
  Child tracer = arena.Spawn(Traces);
  const std::uint32_t error = attached->Await();
  if (error != 0) {
    throw Unsupported("one child may not trace another here: " +
                      ErrnoName(static_cast<int>(error)));
  }
  tracee.Kill();
  ended->Await();
  return {std::move(tracee), std::move(tracer)};
}

int TracedZombie::LetTracerGo() {
  tracer.Open();
  return tracer.Reap().si_status;
}

}  // namespace pidproof
