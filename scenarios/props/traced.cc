#include "scenarios/props/traced.h"

#include <errno.h>
#include <sys/ptrace.h>

#include <utility>

#include "probes/errno_name.h"
#include "probes/require.h"
#include "probes/sys.h"
#include "scenarios/props/report.h"

namespace pidproof {

namespace {

// What the tracer is handed by being forked. A trial has a process of its own.
std::optional<Handle> waits_by;
pid_t target = 0;

constexpr int kEnded = 0;

int Traces(int gate) {
  const bool traced = ptrace(PTRACE_SEIZE, target, nullptr, nullptr) == 0;
  report::Say(traced ? 0 : errno);
  if (!traced) return 0;
  while (sys::Waitid(P_PID, target, WEXITED | WNOWAIT | __WALL).error() == EINTR) {
  }
  report::Say(kEnded);
  body::Pass(gate);
  if (!waits_by) return 0;
  const Result<siginfo_t> waited = waits_by->Wait();
  return waited.ok() && waited->si_pid != target ? ENODATA : waited.error();
}

}  // namespace

TracedZombie TracedZombie::Make(Arena& arena, Child tracee, std::optional<Handle> handle) {
  report::Open();
  waits_by = std::move(handle);
  target = tracee.pid();
  Child tracer = arena.Spawn(Traces);
  const int error = report::HearInt();
  if (error != 0) throw Unsupported("one child may not trace another here: " + ErrnoName(error));
  tracee.Kill();
  Require(report::Hear() == kEnded);
  return {std::move(tracee), std::move(tracer)};
}

int TracedZombie::LetTracerGo() {
  tracer.Open();
  return tracer.Reap().si_status;
}

}  // namespace pidproof
