// PIDFD_THREAD pidfds at the end: which bits poll(2) reports before and after the thread is reaped,
// or waited for by its tracer.
#include <errno.h>
#include <poll.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include <utility>

#include "probes/system/errno_name.h"
#include "probes/system/require.h"
#include "scenarios/fixtures/poll_bits.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/fixtures/thread.h"
#include "scenarios/fixtures/traced.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::ready_thread_end {
namespace {

const std::vector<std::string_view> kNeeds = {"pidfd_open/thread", "poll"};
constexpr std::string_view kNoLegacy = "a TID can only be queried repeatedly";
constexpr short kReadable = POLLIN | POLLRDNORM;

Fd OpenThread(pid_t tid) { return Require(tested::PidfdOpen(tid, abi::kPidfdThread)); }

Outcome Look(const Fd& thread) { return PollBits(tested::Poll(thread.get(), kReadable, 0)); }

// Looks at a thread that has ended, before and after that act.
template <typename Act>
Outcome LookAround(const Fd& thread, Act act) {
  if (const Outcome before = Look(thread); before != Outcome("in_rdnorm")) return before;
  act();
  const Outcome after = Look(thread);
  return after == Outcome("in_rdnorm_hup") ? Outcome("readable_then_hup") : after;
}

Claim ReadableThenHup(std::string_view reason) {
  return Must("readable_then_hup", reason, "Linux 6.9 fs/pidfs.c pidfd_poll");
}

const Registered<Conformance> kLeader{{
    .name = "ready/leader_thread_end",
    .question = "Which bits does poll report for the thread-group leader's own pidfd at the end?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {ReadableThenHup("readable as a zombie, with POLLHUP once it is reaped")},
              .ask = [](Arena& arena) -> Outcome {
                Child child = arena.Spawn(body::Lingers);
                const Fd thread = OpenThread(child.pid());
                DriveTo(child, ProcessState::kZombie);
                return LookAround(thread, [&] { child.Reap(); });
              }},
    .legacy = NotPossible(kNoLegacy),
}};

const Registered<Conformance> kTracedLeader{{
    .name = "ready/traced_leader_end",
    .question = "Is the leader's own pidfd readable before the tracer of its process has waited?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("in_rdnorm", "it has ended, whoever is to wait for it first",
                              "Linux 6.9 fs/pidfs.c pidfd_poll, ptrace(2)")},
              .ask = [](Arena& arena) -> Outcome {
                Child child = arena.Spawn(body::Lingers);
                const Fd thread = OpenThread(child.pid());
                TracedZombie traced = TracedZombie::Make(arena, std::move(child));
                const Outcome bits = Look(thread);
                traced.LetTracerGo();
                return bits;
              }},
    .legacy = NotPossible(kNoLegacy),
}};

constexpr int kNoThread = 0;

// Its second thread ends once the gate is open; the first stays.
int EndsAThread(int gate) {
  try {
    const SecondThread second;
    report::Send(second.tid());
    body::Pass(gate);
  } catch (const Unsupported&) {
    report::Send(kNoThread);
  }
  return body::Lingers(gate);
}

const Registered<Conformance> kTraced{{
    .name = "ready/traced_thread_end",
    .question = "Does the end of a traced thread wake its pidfd before the tracer has waited?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {ReadableThenHup(
                  "it wakes at the end of the thread, with POLLHUP once the tracer has waited")},
              .ask = [](Arena& arena) -> Outcome {
                RequireThreads();
                report::Open();
                Child child = arena.Spawn(EndsAThread);
                const pid_t tid = report::ReceiveInt();
                if (tid == kNoThread) throw Unsupported("no threads can be made here");
                const Fd thread = OpenThread(tid);
                if (ptrace(PTRACE_SEIZE, tid, nullptr, nullptr) != 0)
                  throw Unsupported("a thread cannot be traced here: " + ErrnoName(errno));
                child.Open();
                const Outcome woken = PollBits(tested::Poll(thread.get(), kReadable, -1));
                if (woken != Outcome("in_rdnorm")) return woken;
                return LookAround(thread, [&] {
                  Require(sys::Waitid(P_PID, tid, WEXITED | static_cast<int>(__WALL)));
                });
              }},
    .legacy = NotPossible(kNoLegacy),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::ready_thread_end
