// Clones that are refused: which flags exclude each other, and what a failure leaves behind.
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "scenarios/fixtures/fd_table.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::create_refused {
namespace {

// The result of a clone; a child that was made after all exits at once.
Outcome EndOf(const Result<pid_t>& made) {
  if (!made.ok()) return Outcome::Of(made.error());
  if (*made == 0) _exit(0);
  Require(sys::Waitid(P_PID, *made, WEXITED | __WALL));
  return "ok";
}

template <std::uint64_t kFlags>
Outcome ByClone(Arena&) {
  int place = -1;
  const Outcome answer = EndOf(tested::Clone(kFlags, SIGCHLD, &place));
  const Fd pidfd((kFlags & abi::kClonePidfd) != 0 ? place : -1);
  return answer;
}

std::uint64_t Address(const void* place) { return reinterpret_cast<std::uint64_t>(place); }

// clone3, with CLONE_PIDFD on the pidfd path only.
Outcome ByClone3(Path path, abi::CloneArgs args, std::size_t size = abi::kCloneArgsSize53) {
  int place = -1;
  if (Handle::NeedsPidfdAtSpawn(path)) {
    args.flags |= abi::kClonePidfd;
    args.pidfd = Address(&place);
  }
  const Outcome answer = EndOf(tested::Clone3(args, size));
  const Fd pidfd(place);
  return answer;
}

const Registered<Conformance> kParentSettid{{
    .name = "create/clone_parent_settid",
    .question = "Does clone(2) accept CLONE_PIDFD together with CLONE_PARENT_SETTID?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"clone/pidfd"},
              .claims = {Must("einval",
                              "the pidfd is stored where CLONE_PARENT_SETTID would store the PID",
                              "clone(2)")},
              .ask = ByClone<abi::kClonePidfd | CLONE_PARENT_SETTID>},
    .legacy = {.claims = {Must("ok", "CLONE_PARENT_SETTID alone is accepted", "clone(2)")},
               .ask = ByClone<CLONE_PARENT_SETTID>},
}};

template <bool kOnePlace>
Outcome BothPlaces(Arena&) {
  int places[2] = {-1, -1};
  abi::CloneArgs args{};
  args.flags = abi::kClonePidfd | CLONE_PARENT_SETTID;
  args.exit_signal = SIGCHLD;
  args.pidfd = Address(&places[0]);
  args.parent_tid = Address(kOnePlace ? &places[0] : &places[1]);
  const Outcome answer = EndOf(tested::Clone3(args, abi::kCloneArgsSize53));
  const Fd pidfd(places[0]);
  return answer;
}

const Registered<Conformance> kTwoPlaces{{
    .name = "create/clone3_two_places",
    .question = "Does clone3 return both a pidfd and the PID when each has an address of its own?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone3/pidfd"},
              .claims = {Must("ok", "each is stored at its own address", "clone(2) clone3")},
              .ask = BothPlaces<false>},
    .legacy = NotPossible("CLONE_PARENT_SETTID alone is accepted"),
}};

const Registered<Conformance> kOnePlace{{
    .name = "create/clone3_one_place",
    .question = "Does clone3 accept one address for both the pidfd and the PID?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone3/pidfd"},
              .claims = {Must("einval", "one would overwrite the other",
                              "kernel/fork.c kernel_clone")},
              .ask = BothPlaces<true>},
    .legacy = NotPossible("CLONE_PARENT_SETTID alone is accepted"),
}};

const Registered<Conformance> kDetached{{
    .name = "create/clone_detached",
    .question = "Does clone(2) still ignore the obsolete flag CLONE_DETACHED?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"clone/pidfd"},
              .claims = {Must("einval", "refused with CLONE_PIDFD, so that the bit can be reused",
                              "clone(2) CLONE_DETACHED")},
              .ask = ByClone<abi::kClonePidfd | abi::kCloneDetached>},
    .legacy = {.claims = {Must("ok", "ignored without CLONE_PIDFD", "clone(2) CLONE_DETACHED")},
               .ask = ByClone<abi::kCloneDetached>},
}};

const Registered<Conformance> kDetached3{{
    .name = "create/clone3_detached",
    .question = "Does clone3 accept the obsolete flag CLONE_DETACHED?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "clone3 refuses obsolete flags", "clone(2) CLONE_DETACHED")},
    .pidfd = {.needs = {"clone3/pidfd"}},
    .legacy = {.needs = {"clone3/pidfd"}},
    .ask = [](Arena&, Path path) -> Outcome {
      abi::CloneArgs args{};
      args.flags = abi::kCloneDetached;
      args.exit_signal = SIGCHLD;
      return ByClone3(path, args);
    },
}};

// The address of a page with that protection: PROT_NONE, PROT_READ.
int* Page(int protection) {
  const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* const page = mmap(nullptr, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  Require(page != MAP_FAILED);
  return static_cast<int*>(page);
}

// The errno of a clone, if it left nothing behind.
template <typename Make>
Outcome Traceless(Make make) {
  const int free_before = LowestFree();
  const Result<pid_t> made = make();
  if (made.ok() && *made == 0) _exit(0);
  if (LowestFree() != free_before) return "left_descriptor";
  const Result<siginfo_t> child = sys::Waitid(P_ALL, 0, WEXITED | __WALL);
  if (made.ok()) return "made_child";
  return child.ok() ? Outcome("left_child") : Outcome::Of(made.error());
}

abi::CloneArgs WithPidfdAt(const int* place) {
  abi::CloneArgs args{};
  args.flags = abi::kClonePidfd;
  args.exit_signal = SIGCHLD;
  args.pidfd = Address(place);
  return args;
}

// Clones of both kinds that are to store the pidfd, or the PID, there.
template <int kProtection>
Outcome PidfdAt(Arena&) {
  int* const place = Page(kProtection);
  const Outcome by_clone =
      Traceless([&] { return tested::Clone(abi::kClonePidfd, SIGCHLD, place); });
  const Outcome by_clone3 =
      Traceless([&] { return tested::Clone3(WithPidfdAt(place), abi::kCloneArgsSize53); });
  return by_clone == by_clone3 ? by_clone : Outcome("clone_and_clone3_differ");
}

template <int kProtection>
Outcome PidAt(Arena&) {
  return Traceless([] { return tested::Clone(CLONE_PARENT_SETTID, SIGCHLD, Page(kProtection)); });
}

template <int kProtection>
Side PidfdSide() {
  return {.needs = {"clone/pidfd", "clone3/pidfd"},
          .claims = {Must("efault", "neither a child nor a descriptor is left",
                          "kernel/fork.c copy_process")},
          .ask = PidfdAt<kProtection>};
}

template <int kProtection>
Side PidSide() {
  return {.claims = {Must("made_child", "CLONE_PARENT_SETTID fails silently",
                          "kernel/fork.c kernel_clone")},
          .ask = PidAt<kProtection>};
}

const Registered<Conformance> kNoPlace{{
    .name = "create/bad_address",
    .question = "Does clone make a child when the pidfd or PID cannot be stored?",
    .without_pid_namespace = kBothPaths,
    .pidfd = PidfdSide<PROT_NONE>(),
    .legacy = PidSide<PROT_NONE>(),
}};

const Registered<Conformance> kReadOnlyPlace{{
    .name = "create/read_only_address",
    .question =
        "Does clone make a child when the pidfd or PID is to be stored in a read-only page?",
    .without_pid_namespace = kBothPaths,
    .pidfd = PidfdSide<PROT_READ>(),
    .legacy = PidSide<PROT_READ>(),
}};

// Leaves no descriptor free.
void FillTable() {
  rlimit limit{};
  Require(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = 0;
  Require(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

const Registered<Conformance> kFullTable{{
    .name = "create/full_table",
    .question = "Does clone with CLONE_PIDFD make a child when RLIMIT_NOFILE is reached?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"clone/pidfd", "clone3/pidfd"},
              .claims = {Must("emfile", "no child is made and nothing is stored",
                              "clone(2), getrlimit(2) RLIMIT_NOFILE")},
              .ask = [](Arena&) -> Outcome {
                FillTable();
                int place = -7;
                const Outcome by_clone =
                    Traceless([&] { return tested::Clone(abi::kClonePidfd, SIGCHLD, &place); });
                const Outcome by_clone3 = Traceless(
                    [&] { return tested::Clone3(WithPidfdAt(&place), abi::kCloneArgsSize53); });
                if (place != -7) return "stored_something";
                return by_clone == by_clone3 ? by_clone : Outcome("clone_and_clone3_differ");
              }},
    .legacy = {.claims = {Must("made_child", "a PID needs no descriptor", "fork(2)")},
               .ask = [](Arena&) -> Outcome {
                 FillTable();
                 return Traceless([] { return tested::Clone(0, SIGCHLD, nullptr); });
               }},
}};

const Registered<Conformance> kFullTableOpen{{
    .name = "create/full_table_open",
    .question = "Can a child be named by pidfd_open or its PID when no descriptor is free?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("emfile", "a pidfd needs a free descriptor", "pidfd_open(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                FillTable();
                return Outcome::Of(tested::PidfdOpen(child.pid(), 0).error());
              }},
    .legacy = {.claims = {Must("ok", "a PID needs no descriptor", "kill(2)")},
               .ask = [](Arena& arena) -> Outcome {
                 const Child child = arena.Spawn(body::Lingers);
                 FillTable();
                 return Outcome::Of(sys::Kill(child.pid(), 0));
               }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::create_refused
