// PIDFD_INFO_EXIT of threads: of one that left alone, of a leader that left first, of all threads
// of a process that was killed, and of threads that execve has ended or renamed.
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probes/system/pidfd_info.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/thread.h"
#include "scenarios/fixtures/threaded.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::info_exit_threads {
namespace {

const std::vector<std::string_view> kNeeds = {"pidfd_open/thread", "ioctl/info_exit"};

// The leader's pidfd, of the process and of the first thread alone.
constexpr std::initializer_list<unsigned> kBothKinds = {0, abi::kPidfdThread};

// What a status as of waitpid(2) says; the fixtures give each ending a status of its own.
Outcome Word(int status) {
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGKILL ? "killed" : "killed_by_another";
  if (!WIFEXITED(status)) return "unknown_status";
  switch (WEXITSTATUS(status)) {
    case 0:
      return "exited_0";
    case Leaderless::kLeaderStatus:
      return "leaders";
    case Leaderless::kLastStatus:
      return "last_threads";
    case body::kGateStatus:
      return "new_programs";
    default:
      return "exited_otherwise";
  }
}

Outcome Reported(const Fd& pidfd) {
  const PidfdInfoReply reply = tested::GetInfo(pidfd.get(), abi::kInfoExit);
  if (reply.error != 0) return Outcome::Of(reply.error);
  return reply.Has(abi::kInfoExit) ? Word(reply.info.exit_code) : "not_reported";
}

Outcome Reported(const siginfo_t& ended) {
  return Word(ended.si_code == CLD_EXITED ? W_EXITCODE(ended.si_status, 0) : ended.si_status);
}

// The result of a wait by a thread ID, which is not a child's PID.
Outcome WaitForThread(pid_t tid) {
  return Outcome::Of(sys::Waitid(P_PID, tid, WEXITED | WNOHANG | WNOWAIT | __WALL));
}

Fd OpenThread(pid_t tid) { return Require(tested::PidfdOpen(tid, abi::kPidfdThread)); }

const Registered<Conformance> kAlive{{
    .name = "info/exit_thread_alive",
    .question = "Is an exit status reported for a live thread?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("not_reported", "the bit in the returned mask stays clear",
                              "fs/pidfs.c pidfd_info")},
              .ask = [](Arena& arena) -> Outcome {
                const Threaded made = Threaded::Make(arena);
                return Reported(OpenThread(made.other));
              }},
    .legacy = {.claims = {Must("echild", "only processes can be waited for", "wait(2)")},
               .ask = [](Arena& arena) -> Outcome {
                 return WaitForThread(Threaded::Make(arena).other);
               }},
}};

const Registered<Conformance> kLeft{{
    .name = "info/exit_thread_left",
    .question = "Can the exit status of a thread that exited alone be read?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open/thread", "poll/hup_on_reap", "ioctl/info_exit"},
              .claims = {Must("last_threads", "a thread's pidfd keeps the thread's own status",
                              "Linux 6.15 fs/pidfs.c pidfs_exit")
                             .Since(eras::kInfoWhileReaped),
                         Hazard("esrch", "it may fail briefly while the kernel reaps",
                                "fs/pidfs.c pidfd_info")
                             .Until(eras::kInfoWhileReaped)
                             .Bug("getinfo-spurious-esrch"),
                         Hazard("not_reported",
                                "it may return an empty reply while the kernel reaps",
                                "fs/pidfs.c pidfd_info")
                             .Until(eras::kInfoWhileReaped)
                             .Bug("getinfo-empty-success")},
              .ask = [](Arena&) -> Outcome {
                Fd thread;
                StartThread([&] {
                  thread = OpenThread(gettid());
                  sys::ExitThread(Leaderless::kLastStatus);
                }).join();
                while (Require(tested::Poll(thread.get(), 0, -1)) == 0) {  // until POLLHUP
                }
                return Reported(thread);
              }},
    .legacy = {.claims = {Must("echild", "a thread leaves no status", "wait(2)")},
               .ask = [](Arena&) -> Outcome {
                 pid_t tid = 0;
                 OnAnotherThread([&] { tid = gettid(); });
                 return WaitForThread(tid);
               }},
}};

const Registered<Conformance> kLeaderLeft{{
    .name = "info/exit_leader_left",
    .question =
        "Is the status of a thread-group leader reported when it has exited and other threads run?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("not_reported", "the leader is reaped with the process, not before",
                              "fs/pidfs.c pidfd_info")},
              .ask = [](Arena& arena) -> Outcome {
                const Leaderless made = Leaderless::Make(arena);
                return SameForEach(kBothKinds, [&](unsigned flags) {
                  return Reported(Require(tested::PidfdOpen(made.child.pid(), flags)));
                });
              }},
    .legacy = {.claims = {Must("running", "a process ends with its last thread", "wait(2)")},
               .ask = [](Arena& arena) -> Outcome {
                 return WaitForThread(Leaderless::Make(arena).child.pid());
               }},
}};

// Both kinds of pidfd of a child whose leader has left, once the child has ended and is reaped.
template <typename End>
Outcome AfterLeader(Arena& arena, End end) {
  Leaderless made = Leaderless::Make(arena);
  const Fd process = Require(tested::PidfdOpen(made.child.pid(), 0));
  const Fd leader = OpenThread(made.child.pid());
  end(made.child);
  made.child.Reap();
  const Outcome of_process = Reported(process);
  return Reported(leader) == of_process ? of_process : Outcome("leader_and_process_differ");
}

template <typename End>
Outcome WaitAfterLeader(Arena& arena, End end) {
  Leaderless made = Leaderless::Make(arena);
  end(made.child);
  return Reported(made.child.Reap());
}

constexpr auto kKill = [](const Child& child) { child.Kill(); };
constexpr auto kOpenGate = [](const Child& child) { child.Open(); };

const Registered<Conformance> kLeaderKilled{{
    .name = "info/exit_leader_killed_later",
    .question = "What status is reported of a leader that exited before its process was killed?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("killed", "the status of the process replaces the leader's own",
                    "kernel/exit.c release_task, wait_task_zombie")},
    .pidfd = {.needs = kNeeds, .ask = [](Arena& arena) { return AfterLeader(arena, kKill); }},
    .legacy = {.ask = [](Arena& arena) { return WaitAfterLeader(arena, kKill); }},
}};

const Registered<Conformance> kLeaderFirst{{
    .name = "info/exit_leader_left_first",
    .question = "Which thread's status is reported when the leader exited before the last thread?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("last_threads", "the last thread's status becomes that of the process",
                    "kernel/exit.c synchronize_group_exit")
                   .Since(eras::kLastThreadsStatus),
               May("leaders", "the leader's status was that of the process", "kernel/exit.c")
                   .Until(eras::kLastThreadsStatus)},
    .pidfd = {.needs = kNeeds, .ask = [](Arena& arena) { return AfterLeader(arena, kOpenGate); }},
    .legacy = {.ask = [](Arena& arena) { return WaitAfterLeader(arena, kOpenGate); }},
}};

const Registered<Conformance> kThreadKilled{{
    .name = "info/exit_thread_killed",
    .question = "What status is reported of a thread once its whole process was killed and reaped?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("killed", "each thread has been killed", "fs/pidfs.c pidfs_exit")},
              .ask = [](Arena& arena) -> Outcome {
                Threaded made = Threaded::Make(arena);
                const Fd thread = OpenThread(made.other);
                made.child.Kill();
                made.child.Reap();
                return Reported(thread);
              }},
    .legacy = {.claims = {Must("echild", "a thread leaves no status", "wait(2)")},
               .ask = [](Arena& arena) -> Outcome {
                 Threaded made = Threaded::Make(arena);
                 made.child.Kill();
                 made.child.Reap();
                 return WaitForThread(made.other);
               }},
}};

const Registered<Conformance> kExecTid{{
    .name = "info/exit_thread_executed",
    .question = "What is reported of the TID that a thread loses when it calls execve?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("exited_0",
                              "the leader is reaped under that TID; execve ends threads quietly",
                              "fs/exec.c de_thread, kernel/exit.c do_group_exit")},
              .ask = [](Arena& arena) -> Outcome {
                Executed made = Executed::Make(arena, Executed::Who::kOtherThread);
                const Fd thread = OpenThread(made.thread);
                made.Await();
                const Outcome reported = Reported(thread);
                made.Finish();
                return reported;
              }},
    .legacy = {.claims = {Must("echild", "the TID is gone without a status", "execve(2) NOTES")},
               .ask = [](Arena& arena) -> Outcome {
                 Executed made = Executed::Make(arena, Executed::Who::kOtherThread);
                 made.Await();
                 const Outcome reported = WaitForThread(made.thread);
                 made.Finish();
                 return reported;
               }},
}};

const Registered<Conformance> kExecEnd{{
    .name = "info/exit_after_thread_executed",
    .question = "Whose status is reported once the program that a thread executed has ended?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("new_programs", "the thread has taken over the PID of the process",
                    "execve(2) NOTES")},
    .pidfd = {.needs = kNeeds,
              .ask = [](Arena& arena) -> Outcome {
                Executed made = Executed::Make(arena, Executed::Who::kOtherThread);
                const Fd process = Require(tested::PidfdOpen(made.child.pid(), 0));
                const Fd leader = OpenThread(made.child.pid());
                made.Await();
                if (Reported(process) != Outcome("not_reported") ||
                    Reported(leader) != Outcome("not_reported"))
                  return "ended_by_execve";
                made.Finish();
                made.child.Reap();
                const Outcome of_process = Reported(process);
                return Reported(leader) == of_process ? of_process : "leader_and_process_differ";
              }},
    .legacy = {.ask = [](Arena& arena) -> Outcome {
      Executed made = Executed::Make(arena, Executed::Who::kOtherThread);
      made.Await();
      made.Finish();
      return Reported(made.child.Reap());
    }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::info_exit_threads
