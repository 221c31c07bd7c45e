// pid_max of one PID namespace: clones when its PIDs are used up. Before Linux 6.14 the limit is
// that of the whole machine, and is not touched.
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <string_view>

#include "probes/system/read_file.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/clone_one.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::create_pid_max {
namespace {

const std::vector<std::string_view> kNeeds = {"clone/pidfd", "pid_namespace/pid_max"};
const std::vector<std::string_view> kLegacyNeeds = {"pid_namespace/pid_max"};

constexpr char kPidMaxFile[] = "/proc/sys/kernel/pid_max";
constexpr char kLastPidFile[] = "/proc/sys/kernel/ns_last_pid";
constexpr std::string_view kSmallest = "301";  // RESERVED_PIDS + 1; higher with many processors
constexpr std::string_view kLast = "300";      // the last PID below it

bool Write(const char* path, std::string_view text) {
  const Fd file(open(path, O_WRONLY | O_CLOEXEC));
  return file && write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

void WriteOrGiveUp(const char* path, std::string_view text) {
  if (!Write(path, text)) throw Unsupported(fmt::format("{} cannot be set to {} here", path, text));
}

// The child that has the only PID that this namespace gives out from now on: at pid_max, PIDs begin
// again at 300.
Child TakeLastPid(Arena& arena) {
  WriteOrGiveUp(kPidMaxFile, kSmallest);
  WriteOrGiveUp(kLastPidFile, kLast);
  Child child = arena.Spawn(body::Lingers);
  if (child.pid() != Arena::kFirstPid) throw Unsupported("another process has taken the last PID");
  return child;
}

template <std::uint64_t kFlags>
Outcome CloneOneMore(Arena& arena, Path path) {
  const Child last = TakeLastPid(arena);
  return CloneOne(path, kFlags).answer;
}

const Registered<Conformance> kReached{{
    .name = "create/pid_max_reached",
    .question = "What is the error of clone when all PIDs of the PID namespace are in use?",
    .claims = {Must("eagain", "no PID below pid_max is free, and nothing is left",
                    "fork(2) ERRORS, kernel/pid.c alloc_pid")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kLegacyNeeds},
    .ask = CloneOneMore<0>,
}};

const Registered<Conformance> kReachedAbove{{
    .name = "create/pid_max_reached_above",
    .question =
        "Can a process be made in a new PID namespace when all PIDs of its parent are used?",
    .claims = {Must("eagain", "it needs a PID in every namespace above too",
                    "pid_namespaces(7), kernel/pid.c alloc_pid")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kLegacyNeeds},
    .ask = CloneOneMore<CLONE_NEWPID>,
}};

// A child in a PID namespace below lowers the limit there.
int Lowers(int) { return Write(kPidMaxFile, kSmallest) ? 0 : 1; }

const Registered<Conformance> kSpared{{
    .name = "create/pid_max_below",
    .question = "Does a smaller pid_max of a PID namespace below limit the caller's own children?",
    .claims = {Must("own_limit", "each PID namespace has a limit of its own",
                    "Linux 6.14 kernel/pid_namespace.c")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kLegacyNeeds},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const std::string before = Require(ReadFile(kPidMaxFile));
      if (arena.Spawn(Lowers, {.flags = CLONE_NEWPID}).Reap().si_status != 0)
        throw Unsupported("pid_max cannot be lowered in a PID namespace below");
      if (Require(ReadFile(kPidMaxFile)) != before) return "lowered";
      WriteOrGiveUp(kLastPidFile, kSmallest);
      const ClonedOne made = CloneOne(path);
      if (made.answer != Outcome("ok")) return made.answer;
      return made.pid > Arena::kFirstPid + 1 ? "own_limit" : "other_limit";
    },
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::create_pid_max
