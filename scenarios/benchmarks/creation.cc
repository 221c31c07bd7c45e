// What it costs to create a child and reap it: by each call, with a pidfd and without, from parents
// of three sizes.
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "probes/registry.h"
#include "probes/system/abi.h"
#include "probes/system/fd.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/arena/arena.h"
#include "scenarios/arena/stub.h"
#include "scenarios/benchmarks/row.h"

namespace pidproof::scenarios::benchmarks::creation {
namespace {

// Memory that this process has written, and so must copy the tables of when it forks. What was
// there stays the same; it is freed at the end.
class Ballast {
 public:
  explicit Ballast(std::size_t mebibytes) : size_(mebibytes << 20) {
    if (size_ == 0) return;
    at_ = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at_ == MAP_FAILED) return;
    // Pages of 4 KiB, as most programs' are: a large one would be one entry of the tables.
    madvise(at_, size_, MADV_NOHUGEPAGE);
    std::memset(at_, 1, size_);
  }
  ~Ballast() {
    if (size_ != 0 && at_ != MAP_FAILED) munmap(at_, size_);
  }
  Ballast(const Ballast&) = delete;
  bool ok() const { return at_ != MAP_FAILED; }

 private:
  std::size_t size_;
  void* at_ = nullptr;
};

void Reap(pid_t child) { Require(sys::Waitid(P_PID, child, WEXITED)); }

void ForkAndReap() {
  const pid_t child = Require(sys::Fork());
  if (child == 0) _exit(0);
  Reap(child);
}

void ForkOpenAndReap() {
  const pid_t child = Require(sys::Fork());
  if (child == 0) _exit(0);
  const Fd pidfd = Require(sys::PidfdOpen(child, 0));
  Require(sys::Waitid(abi::kIdPidfd, pidfd.get(), WEXITED));
}

// Of a child that shares what the flags say, and lives in its registers only.
void StubAndReap(std::uint64_t flags) {
  int pidfd = -1;
  const pid_t child =
      Require(SpawnStub({.flags = CLONE_VM | flags, .pidfd = &pidfd}, StubLife::kExits));
  if ((flags & abi::kClonePidfd) == 0) return Reap(child);
  const Fd owned(pidfd);
  Require(sys::Waitid(abi::kIdPidfd, owned.get(), WEXITED));
}

void StubOpenAndReap() {
  const pid_t child = Require(SpawnStub({}, StubLife::kExits));
  const Fd pidfd = Require(sys::PidfdOpen(child, 0));
  Require(sys::Waitid(abi::kIdPidfd, pidfd.get(), WEXITED));
}

// clone3 of a copy of this process.
void Clone3AndReap(std::uint64_t flags) {
  int pidfd = -1;
  abi::CloneArgs args{};
  args.flags = flags;
  args.pidfd = (flags & abi::kClonePidfd) != 0 ? reinterpret_cast<std::uint64_t>(&pidfd) : 0;
  args.exit_signal = SIGCHLD;
  const pid_t child = Require(sys::Clone3(args, abi::kCloneArgsSize55));
  if (child == 0) _exit(0);
  if (pidfd < 0) return Reap(child);
  const Fd owned(pidfd);
  Require(sys::Waitid(abi::kIdPidfd, owned.get(), WEXITED));
}

void SpawnAndReap() {
  char name[] = "true";
  char* const arguments[] = {name, nullptr};
  pid_t child = 0;
  Require(posix_spawn(&child, "/bin/true", nullptr, nullptr, arguments, environ) == 0);
  Reap(child);
}

struct Way {
  std::string_view call;
  Path path;
  const char* mechanism;
  void (*create)();
  bool copies = true;  // the parent's memory, or its tables
};

constexpr std::uint64_t kShareAll = Arena::kShareAll;

const Way kWays[] = {
    {"fork", kLegacyPid, "fork(2), waitid(2) of P_PID", ForkAndReap},
    {"fork", kPidfd, "fork(2), pidfd_open(2), waitid(2) of P_PIDFD, close(2)", ForkOpenAndReap},
    {"clone3", kLegacyPid, "clone3(2), which shares nothing", [] { Clone3AndReap(0); }},
    {"clone3", kPidfd, "clone3(2) with CLONE_PIDFD, which shares nothing",
     [] { Clone3AndReap(abi::kClonePidfd); }},
    {"clone_vm", kLegacyPid, "clone(2) with CLONE_VM", [] { StubAndReap(0); }, false},
    {"clone_vm", kPidfd, "clone(2) with CLONE_VM | CLONE_PIDFD",
     [] { StubAndReap(abi::kClonePidfd); }, false},
    {"clone_vm_then_open", kPidfd, "clone(2) with CLONE_VM, pidfd_open(2)", StubOpenAndReap, false},
    {"clone_vm_vfork", kLegacyPid, "clone(2) with CLONE_VM | CLONE_VFORK",
     [] { StubAndReap(CLONE_VFORK); }, false},
    {"clone_vm_vfork", kPidfd, "clone(2) with CLONE_VM | CLONE_VFORK | CLONE_PIDFD",
     [] { StubAndReap(CLONE_VFORK | abi::kClonePidfd); }, false},
    {"clone_all", kLegacyPid, "clone(2) that shares all but the thread group",
     [] { StubAndReap(kShareAll); }, false},
    {"clone_all", kPidfd, "clone(2) that shares all but the thread group, CLONE_PIDFD",
     [] { StubAndReap(kShareAll | abi::kClonePidfd); }, false},
    {"posix_spawn", kLegacyPid, "posix_spawn(3) of /bin/true", SpawnAndReap, false},
};

void Measure(benchmark::State& state, const Way& way, std::size_t mebibytes) {
  const Ballast ballast(mebibytes);
  if (!ballast.ok()) {
    return state.SkipWithError(fmt::format("needs {} MiB of memory", mebibytes).c_str());
  }
  const OnOneProcessor here;
  for (auto _ : state) way.create();
}

void AddRows() {
  for (const Way& way : kWays) {
    for (const std::size_t mebibytes : {1, 64, 1024}) {
      // A child that shares its parent's memory costs the same whatever its size: two show it.
      if (!way.copies && mebibytes == 1024) continue;
      Register(RowName("creation", {{"call", std::string(way.call)},
                                    {"parent_mib", fmt::format("{}", mebibytes)},
                                    {"path", std::string(Word(way.path))}}),
               way.mechanism,
               [&way, mebibytes](benchmark::State& state) { Measure(state, way, mebibytes); });
    }
  }
}

const Registered<RowSource> kRows{{.name = "creation", .add = AddRows}};

}  // namespace
}  // namespace pidproof::scenarios::benchmarks::creation
