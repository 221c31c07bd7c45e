// Identities across PID namespaces: one process seen from two, and the init of each.
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <optional>

#include "probes/system/require.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::identity_namespaces {
namespace {

std::int64_t InodeOf(const Fd& pidfd) {
  struct stat status {};
  Require(fstat(pidfd.get(), &status) == 0);
  return static_cast<std::int64_t>(status.st_ino);
}

std::int64_t InodeOf(pid_t pid) { return InodeOf(Require(tested::PidfdOpen(pid, 0))); }

Outcome Compare(std::int64_t one, std::int64_t other) {
  return one == other ? "same" : "different";
}

// A child in a new PID namespace, and what it sends of itself.
struct Inside {
  Child child;
  std::int64_t sent;
};

Inside SpawnInside(Arena& arena, Child::Body body) {
  report::Open();
  Child child = arena.Spawn(body, {.flags = CLONE_NEWPID});
  const std::optional<std::int64_t> sent = report::Receive();
  if (!sent) throw Unsupported("a child in a PID namespace below cannot look at itself");
  return {std::move(child), *sent};
}

// Sends its own inode number; ends where it cannot.
int SendsInode(int gate) {
  const Result<Fd> own = tested::PidfdOpen(getpid(), 0);
  if (!own.ok()) return own.error();
  report::Send(InodeOf(*own));
  return body::Lingers(gate);
}

int SendsPid(int gate) {
  report::Send(getpid());
  return body::Lingers(gate);
}

const Registered<Conformance> kSeenTwice{{
    .name = "identity/two_namespaces",
    .question = "Can a process be recognised as the same from two PID namespaces?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "fstat/inode"},
              .claims = {Must("same", "an inode number does not depend on the PID namespace",
                              "Linux 6.9 fs/pidfs.c")},
              .ask = [](Arena& arena) -> Outcome {
                const Inside inside = SpawnInside(arena, SendsInode);
                return Compare(inside.sent, InodeOf(inside.child.pid()));
              }},
    .legacy = {.claims = {Hazard("different", "it has another PID in each namespace",
                                 "pid_namespaces(7)")},
               .ask = [](Arena& arena) -> Outcome {
                 const Inside inside = SpawnInside(arena, SendsPid);
                 return Compare(inside.sent, inside.child.pid());
               }},
}};

const Registered<Conformance> kTwoInits{{
    .name = "identity/two_inits",
    .question = "Can the inits of two PID namespaces be distinguished by what they see of "
                "themselves?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "fstat/inode"},
              .claims = {Must("different", "each process has an inode number of its own",
                              "Linux 6.9 fs/pidfs.c")},
              .ask = [](Arena& arena) -> Outcome {
                const Inside one = SpawnInside(arena, SendsInode);
                const Inside other = SpawnInside(arena, SendsInode);
                return Compare(one.sent, other.sent);
              }},
    .legacy = {.claims = {Hazard("same", "the first process of every PID namespace has PID 1",
                                 "pid_namespaces(7)")},
               .ask = [](Arena& arena) -> Outcome {
                 const Inside one = SpawnInside(arena, SendsPid);
                 const Inside other = SpawnInside(arena, SendsPid);
                 return Compare(one.sent, other.sent);
               }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::identity_namespaces
