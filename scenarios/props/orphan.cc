#include "scenarios/props/orphan.h"

#include <sys/prctl.h>
#include <unistd.h>

#include <utility>

#include "probes/require.h"
#include "probes/sys.h"
#include "scenarios/props/report.h"

namespace pidproof {

namespace {

int orphans_exit_signal = SIGCHLD;

int LeavesOrphan(int gate) {
  const Result<pid_t> orphan = sys::Clone(0, orphans_exit_signal, nullptr);
  if (!orphan.ok()) return orphan.error();
  if (*orphan == 0) _exit(body::AtGate(gate));
  report::Say(*orphan);
  return 0;
}

}  // namespace

Orphan Orphan::Make(Arena& arena, int exit_signal) {
  Require(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
  report::Open();
  orphans_exit_signal = exit_signal;
  Child parent = arena.Spawn(LeavesOrphan);
  if (parent.Reap().si_status != 0) {
    throw Unsupported("no child with such an exit signal can be cloned here");
  }
  return {report::HearInt(), std::move(parent)};
}

}  // namespace pidproof
