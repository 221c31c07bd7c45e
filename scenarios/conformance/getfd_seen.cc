// What a process can see of a descriptor of its own being fetched by another one: an auditor cannot
// rely on the owner.
#include <sys/mman.h>

#include <string>

#include "probes/system/require.h"
#include "scenarios/fixtures/fd_owner.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::getfd_seen {
namespace {

// What /proc shows the owner of its descriptor.
std::string FdinfoOf(const FdOwner& owner) {
  const std::string file = "fdinfo/" + std::to_string(FdOwner::kOwned);
  const Result<std::string> shown = proc::Read(owner.in_proc, file);
  if (!shown.ok()) throw Unsupported("/proc does not show the process's descriptors");
  return *shown;
}

Outcome SeenByOwner(Arena& arena, Path path) {
  const FdOwner owner = FdOwner::Make(arena, [] { return memfd_create("owned", MFD_CLOEXEC); });
  if (owner.in_proc == 0) throw Unsupported("no /proc shows the process");
  const std::string before = FdinfoOf(owner);
  const Result<Fd> copy = owner.Named(path).CopyFd(FdOwner::kOwned);
  if (!copy.ok()) return Outcome::Of(copy.error());
  return FdinfoOf(owner) == before ? "unseen" : "seen";
}

const Registered<Conformance> kSeen{{
    .name = "getfd/seen_by_owner",
    .question =
        "Can a process see in the fdinfo of a descriptor that another process has fetched it?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd/child"},
              .claims = {Must(
                  "unseen",
                  "the copy is another reference to the open file, which fdinfo does not count",
                  "kernel/pid.c pidfd_getfd")}},
    .legacy = {.claims = {Must("unseen", "the link is opened, which is no act of the owner",
                               "proc_pid_fd(5)")}},
    .ask = SeenByOwner,
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::getfd_seen
