// What it costs to probe a machine, by the program as its users run it.
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "probes/probe.h"
#include "probes/registry.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "runner/benchmarks/own.h"

namespace pidproof::runner::benchmarks::probing {
namespace {

// pidproof, beside this program. /proc/self is read before the rows are given a PID namespace.
std::string Program() {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "" : self.parent_path() / "pidproof";
}

// The wait status of `pidproof probe --quiet`.
int RunProbe(const std::string& program) {
  const char* const arguments[] = {program.c_str(), "probe", "--quiet", nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int error = posix_spawn(&child, program.c_str(), &actions, nullptr,
                                const_cast<char* const*>(arguments), environ);
  posix_spawn_file_actions_destroy(&actions);
  Require(error == 0);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

void Probe(benchmark::State& state, const std::string& program) {
  if (access(program.c_str(), X_OK) != 0) {
    throw Unsupported("needs the program pidproof beside pidproof-bench");
  }
  for (auto _ : state) {
    if (RunProbe(program) != 0) throw Unsupported("needs a pidproof probe that succeeds");
  }
}

void AddRows(Amount amount) {
  if (amount == Amount::kQuick) return;
  const std::size_t features = Registered<pidproof::Probe>::All().size();
  // A probe makes fewer processes than there are features.
  const auto claim = ClaimPids(features);
  const Keys keys = {{"of", "probe"}};
  Register(keys, As::kMeasured, "pidproof probe --quiet",
           [claim, program = Program()](benchmark::State& state) {
             RequirePids(claim);
             Probe(state, program);
           })
      ->Iterations(1);
  const auto claim_of_floor = ClaimPids(kTimes);
  Register(keys, As::kFloor,
           fmt::format("{} times fork(2) and waitid(2): once for each feature", features),
           [claim_of_floor, features](benchmark::State& state) {
             RequirePids(claim_of_floor);
             for (auto _ : state) {
               state.SetIterationTime(SecondsOf(ForkAndWait) * static_cast<double>(features));
             }
           })
      ->UseManualTime()
      ->Iterations(kTimes);
}

// Its name puts its claims behind those of all other rows.
const Registered<scenarios::benchmarks::RowSource> kRows{{.name = "z_own_probing", .add = AddRows}};

}  // namespace
}  // namespace pidproof::runner::benchmarks::probing
