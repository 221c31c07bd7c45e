// What others can see of a descriptor being fetched: its owner nothing, so that an auditor cannot
// rely on it; a seccomp listener on the caller the arguments.
#include <sys/mman.h>
#include <sys/syscall.h>

#include <string>

#include "probes/system/require.h"
#include "scenarios/fixtures/audit.h"
#include "scenarios/fixtures/fd_owner.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::getfd_seen {
namespace {

FdOwner OwnerOfFile(Arena& arena) {
  return FdOwner::Make(arena, [] { return memfd_create("owned", MFD_CLOEXEC); });
}

// What /proc shows the owner of its descriptor.
std::string FdinfoOf(const FdOwner& owner) {
  const std::string file = "fdinfo/" + std::to_string(FdOwner::kOwned);
  const Result<std::string> shown = proc::Read(owner.in_proc, file);
  if (!shown.ok()) throw Unsupported("/proc does not show the process's descriptors");
  return *shown;
}

Outcome SeenByOwner(Arena& arena, Path path) {
  const FdOwner owner = OwnerOfFile(arena);
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

Outcome AuditedGetfd(Arena& arena) {
  const FdOwner owner = OwnerOfFile(arena);
  const Fd pidfd = Require(tested::PidfdOpen(owner.child.pid(), 0));
  int error = 0;
  const auto seen = Audit(SYS_pidfd_getfd, [&] {
    error = tested::PidfdGetfd(pidfd.get(), FdOwner::kOwned, 0).error();
  });
  if (error != 0) return Outcome::Of(error);
  if (!seen) return "unseen";
  const CallArguments& given = *seen;
  const bool both =
      static_cast<int>(given[0]) == pidfd.get() && static_cast<int>(given[1]) == FdOwner::kOwned;
  return both ? "both_seen" : "other_arguments";
}

Outcome AuditedOpen(Arena& arena) {
  const FdOwner owner = OwnerOfFile(arena);
  if (owner.in_proc == 0) throw Unsupported("no /proc shows the process");
  const Handle named = owner.Named(kLegacyPid);
  int error = 0;
  const auto seen = Audit(SYS_openat, [&] { error = named.CopyFd(FdOwner::kOwned).error(); });
  if (error != 0) return Outcome::Of(error);
  return seen ? "address_seen" : "unseen";
}

const Registered<Conformance> kAudited{{
    .name = "getfd/seen_by_listener",
    .question = "Does a seccomp listener see which descriptor of which process a caller fetches?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd/child"},
              .claims = {Must("both_seen",
                              "both are numbers: the pidfd's, and the descriptor's in its process",
                              "seccomp_unotify(2), pidfd_getfd(2)")},
              .ask = AuditedGetfd},
    .legacy = {.claims = {Must("address_seen",
                               "only where the path is, in memory that the caller can still change",
                               "seccomp_unotify(2), openat(2)")},
               .ask = AuditedOpen},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::getfd_seen
