#include "scenarios/threaded.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "probes/require.h"
#include "probes/sys.h"
#include "scenarios/bell.h"
#include "scenarios/proc.h"

namespace pidproof {

namespace {

// What the child is told, and tells by. A trial has a process of its own, so there is one of each.
std::optional<Bell> bell;
std::optional<Bell> proc_bell;
Leaderless::Last last_act = Leaderless::Last::kThreadExits;
Executed::Who executer = Executed::Who::kLeader;
int start_gate = -1;

constexpr std::uint32_t kNoThreads = 0;

void Survive(int gate) {
  const pid_t in_proc = proc::OwnNumber();
  while (in_proc != 0 && proc::State(in_proc) != 'Z') sched_yield();
  bell->Ring(static_cast<std::uint32_t>(gettid()));
  proc_bell->Ring(static_cast<std::uint32_t>(in_proc));
  body::Pass(gate);
  if (last_act == Leaderless::Last::kGroupExits) _exit(Leaderless::kLastStatus);
  sys::ExitThread(Leaderless::kLastStatus);
}

// Starts the thread, or tells that none can be had.
template <typename Act>
void StartThread(Act act) {
  try {
    std::thread(act).detach();
  } catch (const std::system_error&) {
    bell->Ring(kNoThreads);
    _exit(0);
  }
}

int LeaderLeaves(int gate) {
  StartThread([gate] { Survive(gate); });
  sys::ExitThread(Leaderless::kLeaderStatus);
}

void ExecuteAtStart(int gate) {
  bell->Ring(static_cast<std::uint32_t>(gettid()));
  body::Pass(start_gate);
  _exit(body::ExecsThenAtGate(gate));
}

int Executes(int gate) {
  if (executer == Executed::Who::kLeader) ExecuteAtStart(gate);
  StartThread([gate] { ExecuteAtStart(gate); });
  return body::Lingers(gate);
}

}  // namespace

Leaderless Leaderless::Make(Arena& arena, Last last) {
  bell.emplace();
  proc_bell.emplace();
  last_act = last;
  Child child = arena.Spawn(LeaderLeaves);
  const std::uint32_t other = bell->Await();
  if (other == kNoThreads) throw Unsupported("no threads can be made here");
  const auto in_proc = static_cast<pid_t>(proc_bell->Await());
  if (in_proc == 0) throw Unsupported("there is no /proc that shows that a thread has ended");
  return {std::move(child), static_cast<pid_t>(other), in_proc};
}

Executed Executed::Make(Arena& arena, Who who) {
  bell.emplace();
  executer = who;
  Fd start(eventfd(0, EFD_CLOEXEC));
  start_gate = start.get();
  int ends[2];
  Require(start && pipe2(ends, O_CLOEXEC) == 0);
  Fd closed_by_exec(ends[0]);
  const Fd held_by_child(ends[1]);
  Child child = arena.Spawn(Executes);
  const std::uint32_t thread = bell->Await();
  if (thread == kNoThreads) throw Unsupported("no threads can be made here");
  return {std::move(child), static_cast<pid_t>(thread), std::move(closed_by_exec),
          std::move(start)};
}

void Executed::Await() {
  const std::uint64_t one = 1;
  Require(write(start.get(), &one, sizeof one) == sizeof one);
  char nothing = 0;
  ssize_t got = 0;
  do {
    got = read(closed_by_exec.get(), &nothing, 1);
  } while (got < 0 && errno == EINTR);
  Require(got == 0);
}

void Executed::Finish() {
  child.Open();
  child.AwaitZombie();
  const siginfo_t ended =
      Require(sys::Waitid(P_PID, child.pid(), WEXITED | WNOWAIT | WNOHANG | __WALL));
  if (ended.si_status != body::kGateStatus) {
    throw Unsupported("this program cannot be executed anew here");
  }
}

void OnAnotherThread(void (*act)(void* argument), void* argument) {
  try {
    std::thread(act, argument).join();
  } catch (const std::system_error&) {
    throw Unsupported("no threads can be made here");
  }
}

}  // namespace pidproof
