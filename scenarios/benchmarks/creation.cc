// What it costs to create a child and reap it: by each call, with a pidfd and without, from parents
// of three sizes.
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "probes/registry.h"
#include "probes/system/abi.h"
#include "probes/system/fd.h"
#include "probes/system/libc_spawn.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/arena/arena.h"
#include "scenarios/arena/stub.h"
#include "scenarios/benchmarks/ballast.h"
#include "scenarios/benchmarks/host_pids.h"
#include "scenarios/benchmarks/row.h"

namespace pidproof::scenarios::benchmarks::creation {
namespace {

void Reap(pid_t child) { Require(sys::Waitid(P_PID, child, WEXITED)); }

// A child that was made without a pidfd gets one.
void OpenAndReap(pid_t child) {
  const Fd pidfd = Require(sys::PidfdOpen(child, 0));
  Require(sys::Waitid(abi::kIdPidfd, pidfd.get(), WEXITED));
}

void ReapByPidfd(int pidfd) {
  const Fd owned(pidfd);
  Require(sys::Waitid(abi::kIdPidfd, owned.get(), WEXITED));
}

pid_t ForkOne() {
  const pid_t child = Require(sys::Fork());
  if (child == 0) _exit(0);
  return child;
}

// In a function of its own, since the child returns to no caller.
[[gnu::noinline]] pid_t VforkOne() {
  const pid_t child = vfork();
  if (child == 0) _exit(0);
  Require(child > 0);
  return child;
}

// A copy of this process, which ends at once.
pid_t Clone3One(std::uint64_t flags, int* pidfd) {
  abi::CloneArgs args{};
  args.flags = flags | (pidfd == nullptr ? 0 : abi::kClonePidfd);
  args.pidfd = reinterpret_cast<std::uint64_t>(pidfd);
  args.exit_signal = SIGCHLD;
  const pid_t child = Require(sys::Clone3(args, abi::kCloneArgsSize55));
  if (child == 0) _exit(0);
  return child;
}

void Clone3AndReap() { Reap(Clone3One(0, nullptr)); }
void Clone3WithPidfdAndReap() {
  int pidfd = -1;
  Clone3One(0, &pidfd);
  ReapByPidfd(pidfd);
}

// Of a child that shares what the flags say, and lives in its registers only.
template <std::uint64_t kFlags>
void StubAndReap() {
  Reap(Require(SpawnStub({.flags = CLONE_VM | kFlags}, StubLife::kExits)));
}
template <std::uint64_t kFlags>
void StubWithPidfdAndReap() {
  int pidfd = -1;
  Require(SpawnStub({.flags = CLONE_VM | kFlags | abi::kClonePidfd, .pidfd = &pidfd},
                    StubLife::kExits));
  ReapByPidfd(pidfd);
}
template <std::uint64_t kFlags>
void StubOpenAndReap() {
  OpenAndReap(Require(SpawnStub({.flags = CLONE_VM | kFlags}, StubLife::kExits)));
}

constexpr const char* kProgram = "/bin/true";
char program_name[] = "true";
char* const program_arguments[] = {program_name, nullptr};

pid_t SpawnOne() {
  pid_t child = 0;
  Require(posix_spawn(&child, kProgram, nullptr, nullptr, program_arguments, environ) == 0);
  return child;
}

void PidfdSpawnAndReap() {
  static const LibcSpawn libc = FindLibcSpawn();
  if (libc.spawn == nullptr) throw Unsupported("needs pidfd_spawn(3), glibc 2.39");
  int pidfd = -1;
  Require(libc.spawn(&pidfd, kProgram, nullptr, nullptr, program_arguments, environ) == 0);
  ReapByPidfd(pidfd);
}

struct Way {
  std::string_view call;
  Path path;
  std::string_view how;  // a pidfd is had
  const char* mechanism;
  void (*create)();
  bool copies = false;  // the parent's memory, or its tables
};

// With a pidfd from the clone, with one that is opened afterwards, and without.
constexpr std::string_view kAtClone = "clone_pidfd";
constexpr std::string_view kAfter = "pidfd_open";

const Way kWays[] = {
    {"fork", kLegacyPid, "", "fork(2)", [] { Reap(ForkOne()); }, true},
    {"fork", kPidfd, kAfter, "fork(2), pidfd_open(2)", [] { OpenAndReap(ForkOne()); }, true},
    {"clone3", kLegacyPid, "", "clone3(2), which shares nothing", Clone3AndReap, true},
    {"clone3", kPidfd, kAtClone, "clone3(2) with CLONE_PIDFD, which shares nothing",
     Clone3WithPidfdAndReap, true},
    {"clone3", kPidfd, kAfter, "clone3(2), which shares nothing, pidfd_open(2)",
     [] { OpenAndReap(Clone3One(0, nullptr)); }, true},
    {"vfork", kLegacyPid, "", "vfork(2)", [] { Reap(VforkOne()); }},
    {"vfork", kPidfd, kAfter, "vfork(2), pidfd_open(2)", [] { OpenAndReap(VforkOne()); }},
    {"clone_vm", kLegacyPid, "", "clone(2) with CLONE_VM", StubAndReap<0>},
    {"clone_vm", kPidfd, kAtClone, "clone(2) with CLONE_VM | CLONE_PIDFD", StubWithPidfdAndReap<0>},
    {"clone_vm", kPidfd, kAfter, "clone(2) with CLONE_VM, pidfd_open(2)", StubOpenAndReap<0>},
    {"clone_vm_vfork", kLegacyPid, "", "clone(2) with CLONE_VM | CLONE_VFORK",
     StubAndReap<CLONE_VFORK>},
    {"clone_vm_vfork", kPidfd, kAtClone, "clone(2) with CLONE_VM | CLONE_VFORK | CLONE_PIDFD",
     StubWithPidfdAndReap<CLONE_VFORK>},
    {"clone_vm_files", kLegacyPid, "", "clone(2) with CLONE_VM | CLONE_FILES",
     StubAndReap<CLONE_FILES>},
    {"clone_vm_files", kPidfd, kAtClone, "clone(2) with CLONE_VM | CLONE_FILES | CLONE_PIDFD",
     StubWithPidfdAndReap<CLONE_FILES>},
    {"clone_all", kLegacyPid, "", "clone(2) that shares all but the thread group",
     StubAndReap<Arena::kShareAll>},
    {"clone_all", kPidfd, kAtClone,
     "clone(2) that shares all but the thread group, with CLONE_PIDFD",
     StubWithPidfdAndReap<Arena::kShareAll>},
    {"posix_spawn", kLegacyPid, "", "posix_spawn(3) of /bin/true", [] { Reap(SpawnOne()); }},
    {"posix_spawn", kPidfd, kAfter, "posix_spawn(3) of /bin/true, pidfd_open(2)",
     [] { OpenAndReap(SpawnOne()); }},
    {"posix_spawn", kPidfd, "pidfd_spawn", "pidfd_spawn(3) of /bin/true, glibc 2.39",
     PidfdSpawnAndReap},
};

void Measure(benchmark::State& state, const Way& way, std::size_t mebibytes, HostPidClaim claim) {
  std::string missing = MissingFor(claim);
  if (missing.empty()) missing = CarryBallast(mebibytes);
  if (!missing.empty()) throw Unsupported(missing);
  const OnOneProcessor here;
  if (state.max_iterations > 1) way.create();  // the first finds nothing in the caches
  for (auto _ : state) way.create();
}

void AddRow(const Way& way, std::size_t mebibytes) {
  // Each takes a PID outside, and a large one milliseconds.
  const int times = !way.copies || mebibytes == 1 ? 10 : mebibytes == 64 ? 5 : 1;
  Keys keys{{"call", std::string(way.call)}};
  if (!way.how.empty()) keys.emplace_back("how", way.how);
  keys.emplace_back("parent_mib", fmt::format("{}", mebibytes));
  keys.emplace_back("path", Word(way.path));
  const HostPidClaim claim =
      ClaimHostPids((static_cast<std::uint64_t>(times) + 1) * kUsualRepetitions, false);
  Register(
      RowName("creation", keys), way.mechanism,
      [&way, mebibytes, claim](benchmark::State& state) { Measure(state, way, mebibytes, claim); })
      ->Iterations(times);
}

void AddRows(Amount amount) {
  for (const Way& way : kWays) {
    for (const std::size_t mebibytes : {1, 64, 1024}) {
      // A child that shares its parent's memory costs the same whatever its size: one call shows
      // it.
      if (mebibytes != 1 && !way.copies && way.call != "clone_vm") continue;
      if (mebibytes == 1024 && (!way.copies || amount == Amount::kQuick)) continue;
      // Nor does a pidfd that is opened afterwards cost more: fork(2) shows it.
      if (mebibytes != 1 && way.call == "clone3" && way.how == kAfter) continue;
      AddRow(way, mebibytes);
    }
  }
}

const Registered<RowSource> kRows{{.name = "creation", .add = AddRows}};

}  // namespace
}  // namespace pidproof::scenarios::benchmarks::creation
