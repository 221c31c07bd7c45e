// Fields in the fdinfo of a pidfd.
#include "probes/system/fdinfo.h"

#include <errno.h>
#include <fmt/format.h>

#include "probes/probe.h"
#include "probes/probe_target.h"
#include "probes/refusal/proc_refusal.h"
#include "probes/system/require.h"

namespace pidproof {
namespace {

Answer LookForNumbersInside() {
  ProbeTarget subject = ProbeTarget::Make(body::AtGate);
  const Result<std::string> text = Fdinfo(subject.pidfd.get());
  if (!text.ok()) return ProcRefusal(FdinfoPath(subject.pidfd.get()), text.error());
  const bool found = text->find("\nNSpid:\t") != text->npos;
  return {found ? 0 : Answer::kNoEffect, subject.via};
}

const Registered<Probe> kNspid{{
    .name = "fdinfo/nspid",
    .since = {5, 5},
    .what = "/proc/self/fdinfo tells the numbers of a pidfd's process in the namespaces below",
    .tries = "looking for NSpid: in the pidfd's /proc/self/fdinfo",
    .source = "clone(2), kernel/fork.c pidfd_show_fdinfo",
    .calls = {},
    .attempt = LookForNumbersInside,
    .present = {0},
    .absent = {Answer::kNoEffect},
    .makes = {{SYS_openat}, {SYS_read}},
}};

Answer ReadNumberOfTheDead() {
  ProbeTarget subject = ProbeTarget::Make(body::AtGate);
  subject.child.Open();
  subject.child.Reap();
  const Result<pid_t> number = FdinfoPid(subject.pidfd.get());
  if (number.error() == EBADMSG) return {EBADMSG, subject.via};
  if (!number.ok()) return ProcRefusal(FdinfoPath(subject.pidfd.get()), number.error());
  if (*number == -1) return {0, subject.via};
  return {Answer::kNoEffect, fmt::format("it says {}", *number > 0 ? "the old number" : "0")};
}

const Registered<Probe> kDeadMinusOne{{
    .name = "fdinfo/dead_minus1",
    .since = {5, 5},
    .what = "/proc/self/fdinfo says Pid: -1 once a pidfd's process is reaped",
    .tries = "reading Pid: in the /proc/self/fdinfo of a reaped process's pidfd",
    .source = "clone(2), kernel/fork.c pidfd_show_fdinfo",
    .calls = {},
    .attempt = ReadNumberOfTheDead,
    .present = {0},
    .absent = {Answer::kNoEffect, EBADMSG},
    .makes = {{SYS_openat}, {SYS_read}},
}};

}  // namespace
}  // namespace pidproof
