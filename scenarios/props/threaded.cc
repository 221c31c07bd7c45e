#include "scenarios/props/threaded.h"

#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <functional>
#include <utility>

#include "probes/host.h"
#include "probes/require.h"
#include "probes/sys.h"
#include "scenarios/props/proc.h"
#include "scenarios/props/report.h"
#include "scenarios/props/thread.h"

namespace pidproof {

namespace {

// What the child is handed by being forked. A trial has a process of its own.
Leaderless::Last last_act = Leaderless::Last::kThreadExits;
Executed::Who executer = Executed::Who::kLeader;
int start_gate = -1;

constexpr pid_t kNoThread = 0;

// In the child: a second thread that goes on by itself. Where none can be made, it tells that and
// ends.
void Detach(std::function<void()> act) {
  try {
    StartThread(std::move(act)).detach();
  } catch (const Unsupported&) {
    report::Say(kNoThread);
    _exit(0);
  }
}

// In the trial: the number of that thread.
pid_t HearThread() {
  const pid_t thread = report::HearInt();
  if (thread == kNoThread) throw Unsupported("no threads can be made here");
  return thread;
}

int LingersThreaded(int gate) {
  Detach([gate] {
    report::Say(gettid());
    body::Lingers(gate);
  });
  return body::Lingers(gate);
}

// /proc's number of this process once it shows the first thread to be a zombie; 0 where it shows
// nothing.
pid_t AwaitFirstThreadsEnd() {
  const pid_t in_proc = proc::OwnNumber();
  if (in_proc == 0) return 0;
  for (;;) {
    const char state = proc::State(in_proc);
    if (state == 'Z') return in_proc;
    if (state == 0) return 0;
    sched_yield();
  }
}

void Survive(int gate) {
  const pid_t in_proc = AwaitFirstThreadsEnd();
  report::Say(gettid());
  report::Say(in_proc);
  body::Pass(gate);
  if (last_act == Leaderless::Last::kGroupExits) _exit(Leaderless::kLastStatus);
  sys::ExitThread(Leaderless::kLastStatus);
}

int LeaderLeaves(int gate) {
  Detach([gate] { Survive(gate); });
  sys::ExitThread(Leaderless::kLeaderStatus);
}

void ExecuteAtStart(int gate) {
  report::Say(gettid());
  body::Pass(start_gate);
  _exit(body::ExecsThenAtGate(gate));
}

int Executes(int gate) {
  if (executer == Executed::Who::kLeader) ExecuteAtStart(gate);
  Detach([gate] { ExecuteAtStart(gate); });
  return body::Lingers(gate);
}

}  // namespace

Threaded Threaded::Make(Arena& arena) {
  RequireThreads();
  report::Open();
  Child child = arena.Spawn(LingersThreaded);
  const pid_t other = HearThread();
  Require(other != child.pid());
  return {std::move(child), other};
}

Leaderless Leaderless::Make(Arena& arena, Last last) {
  RequireThreads();
  // It ends the thread for itself only: to the kernel below the leader lives on.
  if (Emulator() == "qemu-user")
    throw Unsupported("qemu-user lets no leader end before its threads");
  report::Open();
  last_act = last;
  Child child = arena.Spawn(LeaderLeaves);
  const pid_t other = HearThread();
  const pid_t in_proc = report::HearInt();
  if (in_proc == 0) throw Unsupported("there is no /proc that shows that a thread has ended");
  return {std::move(child), other, in_proc};
}

Executed Executed::Make(Arena& arena, Who who) {
  if (who == Who::kOtherThread) RequireThreads();
  report::Open();
  executer = who;
  Fd start(eventfd(0, EFD_CLOEXEC));
  Require(static_cast<bool>(start));
  start_gate = start.get();
  Child child = arena.Spawn(Executes);
  const pid_t thread = HearThread();
  return {std::move(child), thread, std::move(start)};
}

void Executed::Await() {
  const std::uint64_t one = 1;
  Require(write(start.get(), &one, sizeof one) == sizeof one);
  Require(!report::Hear());
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

}  // namespace pidproof
