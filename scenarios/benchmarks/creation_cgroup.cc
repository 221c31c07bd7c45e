// What it costs to create a child in another cgroup: born there, or moved there by PID.
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probes/registry.h"
#include "probes/system/abi.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/benchmarks/host_pids.h"
#include "scenarios/benchmarks/row.h"
#include "scenarios/fixtures/cgroup.h"

namespace pidproof::scenarios::benchmarks::creation_cgroup {
namespace {

[[noreturn]] void Linger() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) pause();
}

void BearAndReap(const Cgroup&, int directory) {
  int pidfd = -1;
  abi::CloneArgs args{};
  args.flags = abi::kClonePidfd | abi::kCloneIntoCgroup;
  args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  args.cgroup = static_cast<std::uint64_t>(directory);
  const pid_t child = Require(sys::Clone3(args, abi::kCloneArgsSize57));
  if (child == 0) Linger();
  const Fd owned(pidfd);
  Require(sys::PidfdSendSignal(owned.get(), SIGKILL, nullptr, 0));
  Require(sys::Waitid(abi::kIdPidfd, owned.get(), WEXITED));
}

void MoveAndReap(const Cgroup& cgroup, int) {
  const pid_t child = Require(sys::Fork());
  if (child == 0) Linger();
  const int error = cgroup.Write("cgroup.procs", fmt::format("{}", child));
  Require(sys::Kill(child, SIGKILL));
  Require(sys::Waitid(P_PID, child, WEXITED));
  Require(error == 0);
}

using Create = void (*)(const Cgroup& cgroup, int directory);

void AddRow(Path path, const char* mechanism, Create create) {
  constexpr int kTimes = 10;
  const HostPidClaim claim = ClaimHostPids((kTimes + 1) * kUsualRepetitions, false);
  Register(RowName("creation",
                   {{"call", "in_cgroup"}, {"parent_mib", "1"}, {"path", std::string(Word(path))}}),
           mechanism,
           [create, claim](benchmark::State& state) {
             const std::string missing = MissingFor(claim);
             if (!missing.empty()) throw Unsupported(missing);
             const Cgroup cgroup(CgroupKind::kVersion2);
             const Fd directory = OpenCgroup(cgroup.path());
             const OnOneProcessor here;
             create(cgroup, directory.get());
             for (auto _ : state) create(cgroup, directory.get());
           })
      ->Iterations(kTimes);
}

void AddRows(Amount) {
  AddRow(kLegacyPid, "fork(2), the PID written to cgroup.procs, kill(2)", MoveAndReap);
  AddRow(kPidfd, "clone3(2) with CLONE_INTO_CGROUP | CLONE_PIDFD, pidfd_send_signal(2)",
         BearAndReap);
}

const Registered<RowSource> kRows{{.name = "creation_cgroup", .add = AddRows}};

}  // namespace
}  // namespace pidproof::scenarios::benchmarks::creation_cgroup
