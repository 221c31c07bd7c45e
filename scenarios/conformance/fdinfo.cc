// What /proc/self/fdinfo says of a pidfd's process, beside what /proc/PID/status does by number.
#include <sched.h>
#include <unistd.h>

#include <vector>

#include "probes/system/require.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/fixtures/threaded.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof {
namespace {

using Numbers = std::vector<std::int64_t>;

// The two ways to ask, each given the child while it lives.
class ByPidfd {
 public:
  explicit ByPidfd(pid_t number, unsigned flags = 0)
      : pidfd_(Require(tested::PidfdOpen(number, flags))) {}
  Result<Numbers> Ask(std::string_view key) const {
    return proc::Numbers(proc::Fdinfo(pidfd_.get()), key);
  }

 private:
  Fd pidfd_;
};

class ByNumber {
 public:
  explicit ByNumber(pid_t number, unsigned = 0) : number_(number) {}
  Result<Numbers> Ask(std::string_view key) const {
    const Result<std::string> status = proc::Read(number_, "status");
    if (!status.ok()) return Result<Numbers>::Errno(status.error());
    return proc::Numbers(*status, key);
  }

 private:
  pid_t number_;
};

Outcome Judge(const Result<Numbers>& told, const Numbers& right) {
  if (!told.ok()) return Outcome::Of(told.error());
  if (*told == right) return "right";
  if (*told == Numbers{-1}) return "minus_one";
  return *told == Numbers{0} ? "zero" : "wrong";
}

// Asks of a child that has come that far.
template <ProcessState kLife, typename Way>
Outcome InLife(Arena& arena) {
  proc::ShowOwn();
  Child child = arena.Spawn(body::Lingers);
  const pid_t number = child.pid();
  const Way way(number);
  DriveTo(child, kLife);
  return Judge(way.Ask("Pid"), {number});
}

const Registered<Scenario> kAlive{{
    .name = "fdinfo/alive",
    .question = "Does /proc tell the number of a live process?",
    .pidfd_needs = {"pidfd_open", "pidfd_getpid"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "right", kMust, "its number in the pid namespace of that /proc",
                "pidfd_open(2), kernel/fork.c pidfd_show_fdinfo"},
               {kLegacyPid, "right", kMust, "its number in the pid namespace of that /proc",
                "proc_pid_status(5)"}},
    .by_pidfd = InLife<ProcessState::kAlive, ByPidfd>,
    .by_number = InLife<ProcessState::kAlive, ByNumber>,
}};

const Registered<Scenario> kZombie{{
    .name = "fdinfo/zombie",
    .question = "Does /proc tell the number of a zombie?",
    .pidfd_needs = {"pidfd_open", "pidfd_getpid"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "right", kMust, "it has its number until it is reaped",
                "kernel/fork.c pidfd_show_fdinfo"},
               {kLegacyPid, "right", kMust, "it has its number until it is reaped",
                "proc_pid_status(5)"}},
    .by_pidfd = InLife<ProcessState::kZombie, ByPidfd>,
    .by_number = InLife<ProcessState::kZombie, ByNumber>,
}};

const Registered<Scenario> kDead{{
    .name = "fdinfo/dead",
    .question = "What does /proc tell of a process that is reaped?",
    .pidfd_needs = {"pidfd_open", "pidfd_getpid"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "minus_one", kMust, "-1: it has no number any more",
                "Linux 5.5 kernel/fork.c pidfd_show_fdinfo", &eras::kFdinfoOfReaped},
               {kPidfd,
                "right",
                kHazard,
                "the number it had, which may be another's by now",
                "kernel/fork.c pidfd_show_fdinfo",
                {},
                &eras::kFdinfoOfReaped},
               {kLegacyPid, "enoent", kMust, "no process has this PID until it is reused",
                "proc(5)"}},
    .by_pidfd = InLife<ProcessState::kDead, ByPidfd>,
    .by_number = InLife<ProcessState::kDead, ByNumber>,
}};

// The numbers of a child in a pid namespace of its own, where it is the first.
template <ProcessState kLife, typename Way>
Outcome InTwoNamespaces(Arena& arena) {
  proc::ShowOwn();
  Child child = arena.Spawn(body::Lingers, {.flags = CLONE_NEWPID});
  const pid_t number = child.pid();
  const Way way(number);
  DriveTo(child, kLife);
  return Judge(way.Ask("NSpid"), {number, 1});
}

const Registered<Scenario> kInner{{
    .name = "fdinfo/numbers_below",
    .question = "Does /proc tell the numbers that a process has in the namespaces below?",
    .pidfd_needs = {"pidfd_open", "fdinfo/nspid"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "right", kMust, "NSpid lists them from the outermost visible inwards",
                "kernel/fork.c pidfd_show_fdinfo"},
               {kLegacyPid, "right", kMust, "NSpid lists them from the outermost visible inwards",
                "proc_pid_status(5)"}},
    .by_pidfd = InTwoNamespaces<ProcessState::kAlive, ByPidfd>,
    .by_number = InTwoNamespaces<ProcessState::kAlive, ByNumber>,
}};

const Registered<Scenario> kInnerDead{{
    .name = "fdinfo/numbers_below_dead",
    .question = "How many numbers does /proc tell of a reaped process that had two?",
    .pidfd_needs = {"pidfd_open", "fdinfo/nspid"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "minus_one", kMust, "one -1, however many it had",
                "kernel/fork.c pidfd_show_fdinfo"},
               {kLegacyPid, "enoent", kMust, "no process has this PID until it is reused",
                "proc(5)"}},
    .by_pidfd = InTwoNamespaces<ProcessState::kDead, ByPidfd>,
    .by_number = InTwoNamespaces<ProcessState::kDead, ByNumber>,
}};

// What a child ends with that has no errno to tell.
constexpr int kCannotMount = 255;
constexpr int kToldNumber = 254;

// Asks of the trial itself from a pid namespace below, whose /proc does not show it.
template <typename Way>
int AskFromBelow(const Way& way, std::string_view key) {
  try {
    proc::ShowOwn();
    const Result<Numbers> told = way.Ask(key);
    if (!told.ok()) return told.error();
    return *told == Numbers{0} ? 0 : kToldNumber;
  } catch (const Unsupported&) {
    return kCannotMount;
  }
}

Outcome FromBelow(Arena& arena, Child::Body body) {
  Child child = arena.Spawn(body, {.flags = CLONE_NEWPID});
  const siginfo_t ended = child.Reap();
  Require(ended.si_code == CLD_EXITED);
  if (ended.si_status == kCannotMount)
    throw Unsupported("no /proc can be mounted in a pid namespace here");
  if (ended.si_status == kToldNumber) return "number";
  return ended.si_status == 0 ? "zero" : Outcome::Of(ended.si_status);
}

const ByPidfd* trial_pidfd = nullptr;
const ByNumber* trial_number = nullptr;

const Registered<Scenario> kOutside{{
    .name = "fdinfo/outside",
    .question = "What does /proc tell of a process outside its pid namespace?",
    .pidfd_needs = {"pidfd_open", "pidfd_getpid"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "zero", kMust, "0: it has no number there",
                "kernel/fork.c pidfd_show_fdinfo"},
               {kLegacyPid, "enoent", kMust, "its number means nobody there, or another",
                "pid_namespaces(7)"}},
    .by_pidfd =
        [](Arena& arena) {
          const ByPidfd own(getpid());
          trial_pidfd = &own;
          return FromBelow(arena, [](int) { return AskFromBelow(*trial_pidfd, "Pid"); });
        },
    .by_number =
        [](Arena& arena) {
          const ByNumber own(getpid());
          trial_number = &own;
          return FromBelow(arena, [](int) { return AskFromBelow(*trial_number, "Pid"); });
        },
}};

const Registered<Scenario> kReissued{{
    .name = "fdinfo/reissued",
    .question = "The number of a reaped process was reissued: whom does /proc tell of?",
    .pidfd_needs = {"clone3/pidfd", "pidfd_getpid"},
    .claims = {{kPidfd, "minus_one", kMust, "the process is gone, whoever has its number",
                "Linux 5.5 kernel/fork.c pidfd_show_fdinfo", &eras::kFdinfoOfReaped},
               {kPidfd,
                "right",
                kHazard,
                "the number is another's by now",
                "kernel/fork.c pidfd_show_fdinfo",
                {},
                &eras::kFdinfoOfReaped},
               {kLegacyPid, "right", kHazard, "the file of the next who has the number",
                "proc(5)"}},
    .by_pidfd =
        [](Arena& arena) {
          const Arena::Stub worker = arena.SpawnWithPid(StubLife::kWaits, true);
          arena.End(worker);
          const Arena::Stub stranger = arena.SpawnWithPid(StubLife::kWaits, false);
          const Outcome told =
              Judge(proc::Numbers(proc::Fdinfo(worker.pidfd.get()), "Pid"), {worker.pid});
          arena.End(stranger);
          return told;
        },
    .by_number =
        [](Arena& arena) {
          proc::ShowOwn();
          const Arena::Stub worker = arena.SpawnWithPid(StubLife::kWaits, false);
          const ByNumber way(worker.pid);
          arena.End(worker);
          const Arena::Stub stranger = arena.SpawnWithPid(StubLife::kWaits, false);
          const Outcome told = Judge(way.Ask("Pid"), {worker.pid});
          arena.End(stranger);
          return told;
        },
}};

template <typename Way>
Outcome OfThread(Arena& arena) {
  proc::ShowOwn();
  const Threaded child = Threaded::Make(arena);
  return Judge(Way(child.other, abi::kPidfdThread).Ask("Pid"), {child.other});
}

const Registered<Scenario> kThread{{
    .name = "fdinfo/thread",
    .question = "Does /proc tell a thread's number, or its process's?",
    .pidfd_needs = {"pidfd_open/thread", "pidfd_getpid"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "right", kMust, "the thread's own", "Linux 6.9 PIDFD_THREAD"},
               {kLegacyPid, "right", kMust, "the thread's own", "proc_tid(5)"}},
    .by_pidfd = OfThread<ByPidfd>,
    .by_number = OfThread<ByNumber>,
}};

}  // namespace
}  // namespace pidproof
