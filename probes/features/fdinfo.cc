// Fields in the fdinfo of a pidfd.
#include "probes/system/fdinfo.h"

#include <errno.h>
#include <fmt/format.h>

#include "probes/probe.h"
#include "probes/probe_target.h"
#include "probes/refusal/proc_refusal.h"
#include "probes/system/require.h"

namespace pidproof::features::fdinfo {
namespace {

Answer LookForPidsInside() {
  ProbeTarget target = ProbeTarget::Make(body::AtGate);
  const Result<std::string> text = Fdinfo(target.pidfd.get());
  if (!text.ok()) return refusal::ProcRefusal(FdinfoPath(target.pidfd.get()), text.error());
  const bool found = text->find("\nNSpid:\t") != text->npos;
  return {found ? 0 : Answer::kNoEffect, target.via};
}

const Registered<Probe> kNspid{{
    .name = "fdinfo/nspid",
    .since = {5, 5},
    .what = "/proc/self/fdinfo shows the PIDs of a pidfd's process in the namespaces below",
    .tries = "looking for NSpid: in the pidfd's /proc/self/fdinfo",
    .source = "clone(2), kernel/fork.c pidfd_show_fdinfo",
    .calls = {},
    .attempt = LookForPidsInside,
    .present = {0},
    .absent = {Answer::kNoEffect},
    .makes = {{SYS_openat}, {SYS_read}},
}};

Answer ReadPidOfReaped() {
  ProbeTarget target = ProbeTarget::Make(body::AtGate);
  target.child.Open();
  target.child.Reap();
  const Result<pid_t> pid = FdinfoPid(target.pidfd.get());
  if (pid.error() == EBADMSG) return {EBADMSG, target.via};
  if (!pid.ok()) return refusal::ProcRefusal(FdinfoPath(target.pidfd.get()), pid.error());
  if (*pid == -1) return {0, target.via};
  return {Answer::kNoEffect, fmt::format("it says {}", *pid > 0 ? "the old PID" : "0")};
}

const Registered<Probe> kDeadMinusOne{{
    .name = "fdinfo/dead_minus1",
    .since = {5, 5},
    .what = "/proc/self/fdinfo says Pid: -1 once a pidfd's process is reaped",
    .tries = "reading Pid: in the /proc/self/fdinfo of a reaped process's pidfd",
    .source = "clone(2), kernel/fork.c pidfd_show_fdinfo",
    .calls = {},
    .attempt = ReadPidOfReaped,
    .present = {0},
    .absent = {Answer::kNoEffect, EBADMSG},
    .makes = {{SYS_openat}, {SYS_read}},
}};

}  // namespace
}  // namespace pidproof::features::fdinfo
