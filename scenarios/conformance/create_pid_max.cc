// pid_max of one PID namespace: its bounds, and clones when its PIDs are used up. Before Linux 6.14
// the limit is that of the whole machine, and is not touched.
#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "probes/system/read_file.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/clone_one.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::create_pid_max {
namespace {

const std::vector<std::string_view> kNeeds = {"clone/pidfd", "pid_namespace/pid_max"};
const std::vector<std::string_view> kLegacyNeeds = {"pid_namespace/pid_max"};

constexpr char kPidMaxFile[] = "/proc/sys/kernel/pid_max";
constexpr char kLastPidFile[] = "/proc/sys/kernel/ns_last_pid";
constexpr std::string_view kSmallest = "301";     // RESERVED_PIDS + 1; higher with many processors
constexpr std::string_view kLargest = "4194304";  // PID_MAX_LIMIT
constexpr std::string_view kLast = "300";         // the last PID below it

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

// The smallest value that the namespace takes: more with many processors.
std::string SmallestHere() {
  constexpr long kPerProcessor = 8;  // PIDS_PER_CPU_MIN
  const std::string of_processors = std::to_string(sysconf(_SC_NPROCESSORS_CONF) * kPerProcessor);
  for (const std::string& value : {std::string(kSmallest), of_processors}) {
    if (Write(kPidMaxFile, value)) return value;
  }
  throw Unsupported(fmt::format("{} cannot be set to a small value here", kPidMaxFile));
}

const Registered<Conformance> kBounds{{
    .name = "create/pid_max_bounds",
    .question = "Is pid_max of a PID namespace kept between the PIDs that the kernel reserves and "
                "the most that it has?",
    .claims = {Must("kept", "both bounds can be set, and nothing beyond them (EINVAL)",
                    "proc_sys_kernel(5) pid_max, kernel/pid.c pid_max_min, pid_max_max")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kLegacyNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      const std::string smallest = SmallestHere();
      for (const std::string& wrong : {std::to_string(std::stol(smallest) - 1), std::string("0"),
                                       std::string("-1"), std::string("4194305")}) {
        if (Write(kPidMaxFile, wrong)) return "beyond";
        if (errno != EINVAL) return Outcome::Of(errno);
      }
      const Outcome with_few = CloneOne(path).answer;
      if (with_few != Outcome("ok")) return with_few;
      WriteOrGiveUp(kPidMaxFile, kLargest);
      const Outcome with_many = CloneOne(path).answer;
      if (with_many != Outcome("ok")) return with_many;
      return std::stol(Require(ReadFile(kPidMaxFile))) == std::stol(std::string(kLargest))
                 ? "kept"
                 : "not_set";
    },
}};

// In a PID namespace below with the highest limit of its own: the errno of one more clone there.
template <bool kWithPidfd>
int ClonesBelow(int gate) {
  report::Send(Write(kPidMaxFile, kLargest) ? 0 : errno);
  body::Pass(gate);
  int place = -1;
  const std::uint64_t flags = kWithPidfd ? abi::kClonePidfd : 0;
  const Result<pid_t> made = tested::Clone(flags, SIGCHLD, &place);
  if (made.ok() && *made == 0) _exit(0);
  return made.error();
}

template <bool kWithPidfd>
Outcome CloneBelow(Arena& arena) {
  report::Open();
  Child below = arena.Spawn(ClonesBelow<kWithPidfd>, {.flags = CLONE_NEWPID});
  if (report::ReceiveInt() != 0)
    throw Unsupported("pid_max cannot be raised in a PID namespace below");
  const Child last = TakeLastPid(arena);
  below.Open();
  return Outcome::Of(below.Reap().si_status);
}

const Registered<Conformance> kLargerBelow{{
    .name = "create/pid_max_larger_below",
    .question = "Does a larger pid_max of a PID namespace below leave it PIDs when all above it "
                "are used?",
    .claims = {Must("eagain", "a process needs a PID below the limit in every namespace above too",
                    "pid_namespaces(7), kernel/pid.c alloc_pid")},
    .pidfd = {.needs = kNeeds, .ask = CloneBelow<true>},
    .legacy = {.needs = kLegacyNeeds, .ask = CloneBelow<false>},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::create_pid_max
