// PIDFD_INFO_EXIT: how a process ended, reported by its pidfd to any holder once it is reaped.
#include <signal.h>
#include <sys/wait.h>

#include <utility>

#include "probes/system/pidfd_info.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/auto_reaped.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::info_exit {
namespace {

// A child in that state, which has exited with body::kGateStatus or was killed.
enum class End { kExits, kKilled };

struct Ended {
  Child child;
  pid_t pid;
  Fd pidfd;
};

template <ProcessState kState, End kEnd>
Ended Make(Arena& arena, bool with_pidfd) {
  Child child = arena.Spawn(body::AtGate);
  const pid_t pid = child.pid();
  Fd pidfd = with_pidfd ? Require(tested::PidfdOpen(pid, 0)) : Fd();
  if (kState != ProcessState::kAlive) {
    kEnd == End::kExits ? child.Open() : child.Kill();
    child.AwaitZombie();
  }
  if (kState == ProcessState::kDead) child.Reap();
  return {std::move(child), pid, std::move(pidfd)};
}

// What exit_code says; it is a status as of waitpid(2).
Outcome Word(const PidfdInfoReply& reply) {
  if (reply.error != 0) return Outcome::Of(reply.error);
  if (!reply.Has(abi::kInfoExit)) return "not_reported";
  const int status = reply.info.exit_code;
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGKILL ? "killed" : "killed_by_another";
  if (!WIFEXITED(status)) return "unknown_status";
  return WEXITSTATUS(status) == body::kGateStatus ? "exited" : "exited_otherwise";
}

template <ProcessState kState, End kEnd = End::kExits>
Outcome AskByPidfd(Arena& arena) {
  const Ended ended = Make<kState, kEnd>(arena, true);
  return Word(tested::GetInfo(ended.pidfd.get(), abi::kInfoExit));
}

template <ProcessState kState, End kEnd = End::kExits>
Outcome AskByPid(Arena& arena) {
  const Ended ended = Make<kState, kEnd>(arena, false);
  return Outcome::Of(sys::Waitid(P_PID, ended.pid, WEXITED | WNOHANG | WNOWAIT));
}

const Registered<Conformance> kAlive{{
    .name = "info/exit_alive",
    .question = "Is an exit status reported for a live process?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_exit"},
              .claims = {Must("not_reported", "the bit in the returned mask stays clear",
                              "fs/pidfs.c pidfd_info")},
              .ask = AskByPidfd<ProcessState::kAlive>},
    .legacy = {.claims = {Must("running", "WNOHANG succeeds without naming a child", "wait(2)")},
               .ask = AskByPid<ProcessState::kAlive>},
}};

const Registered<Conformance> kZombie{{
    .name = "info/exit_zombie",
    .question = "Can the exit status be read before the parent has reaped?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_exit"},
              .claims = {Must("not_reported", "the status belongs to the parent until it reaps",
                              "fs/pidfs.c pidfd_info")},
              .ask = AskByPidfd<ProcessState::kZombie>},
    .legacy = {.claims = {Must("exited", "the parent can peek with WNOWAIT", "wait(2)")},
               .ask = AskByPid<ProcessState::kZombie>},
}};

const Registered<Conformance> kExited{{
    .name = "info/exit_reaped",
    .question = "Can the exit status still be read once another process or thread has reaped?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_exit"},
              .claims = {Must("exited", "exit_code uses the encoding of waitpid(2)",
                              "Linux 6.15 PIDFD_INFO_EXIT")},
              .ask = AskByPidfd<ProcessState::kDead>},
    .legacy = {.claims = {Must("echild", "a status is handed out once", "wait(2)")},
               .ask = AskByPid<ProcessState::kDead>},
}};

const Registered<Conformance> kKilled{{
    .name = "info/exit_killed",
    .question =
        "Can the signal that killed a process still be read once it has been reaped elsewhere?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_exit"},
              .claims = {Must("killed", "exit_code uses the encoding of waitpid(2)",
                              "Linux 6.15 PIDFD_INFO_EXIT")},
              .ask = AskByPidfd<ProcessState::kDead, End::kKilled>},
    .legacy = {.claims = {Must("echild", "a status is handed out once", "wait(2)")},
               .ask = AskByPid<ProcessState::kDead, End::kKilled>},
}};

const Registered<Conformance> kTwice{{
    .name = "info/exit_twice",
    .question = "Can the exit status be read more than once?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_exit"},
              .claims = {Must("exited", "reading the status does not consume it",
                              "fs/pidfs.c pidfd_info")},
              .ask =
                  [](Arena& arena) {
                    const Ended ended = Make<ProcessState::kDead, End::kExits>(arena, true);
                    const Outcome first = Word(tested::GetInfo(ended.pidfd.get(), abi::kInfoExit));
                    const Outcome second = Word(tested::GetInfo(ended.pidfd.get(), abi::kInfoExit));
                    return first == second ? first : Outcome("two_answers");
                  }},
    .legacy = {.claims = {Must("echild", "a status is handed out once", "wait(2)")},
               .ask =
                   [](Arena& arena) {
                     const Ended ended = Make<ProcessState::kZombie, End::kExits>(arena, false);
                     Require(sys::Waitid(P_PID, ended.pid, WEXITED));
                     return Outcome::Of(sys::Waitid(P_PID, ended.pid, WEXITED));
                   }},
}};

const Ended* ended_brother = nullptr;

const Registered<Conformance> kStranger{{
    .name = "info/exit_not_parent",
    .question = "Can a process that is not the parent read how a process ended?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_exit"},
              .claims = {Must("exited", "any holder of a pidfd can read it",
                              "Linux 6.15 PIDFD_INFO_EXIT")},
              .ask =
                  [](Arena& arena) {
                    const Ended ended = Make<ProcessState::kDead, End::kExits>(arena, true);
                    ended_brother = &ended;
                    Child question = arena.Spawn([](int) {
                      return tested::GetInfo(ended_brother->pidfd.get(), abi::kInfoExit)
                                 .info.exit_code >>
                             8;
                    });
                    return question.Reap().si_status == body::kGateStatus ? Outcome("exited")
                                                                          : "not_reported";
                  }},
    .legacy = {.claims = {Must("echild", "only the parent can wait for a child", "wait(2)")},
               .ask =
                   [](Arena& arena) {
                     const Ended ended = Make<ProcessState::kZombie, End::kExits>(arena, false);
                     ended_brother = &ended;
                     Child question = arena.Spawn([](int) {
                       return sys::Waitid(P_PID, ended_brother->pid, WEXITED | WNOHANG | WNOWAIT)
                           .error();
                     });
                     return Outcome::Of(question.Reap().si_status);
                   }},
}};

const Registered<Conformance> kOthersGone{{
    .name = "info/exit_without_ids",
    .question = "What else is reported for a reaped process when its exit status is requested?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_exit"},
              .claims = {Must("no_ids",
                              "neither PIDs nor credentials: they are gone with the process",
                              "fs/pidfs.c pidfd_info")},
              .ask = [](Arena& arena) -> Outcome {
                const Ended ended = Make<ProcessState::kDead, End::kExits>(arena, true);
                const PidfdInfoReply reply = tested::GetInfo(
                    ended.pidfd.get(), abi::kInfoExit | abi::kInfoPid | abi::kInfoCreds);
                if (reply.error != 0) return Outcome::Of(reply.error);
                if (!reply.Has(abi::kInfoExit)) return "not_reported";
                return (reply.info.mask & (abi::kInfoPid | abi::kInfoCreds)) == 0 ? "no_ids"
                                                                                  : "ids";
              }},
    .legacy = {.claims = {Must("enoent", "no process has this PID until it is reused", "proc(5)")},
               .ask = [](Arena& arena) -> Outcome {
                 proc::ShowOwn();
                 const Ended ended = Make<ProcessState::kDead, End::kExits>(arena, false);
                 return Outcome::Of(proc::Read(ended.pid, "status").error());
               }},
}};

const Registered<Conformance> kAutoReaped{{
    .name = "info/exit_reaped_by_kernel",
    .question = "Can the exit status of a child still be read when SIGCHLD is ignored?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd =
        {.needs = {"pidfd_open", "poll/hup_on_reap", "ioctl/info_exit"},
         .claims = {Must("exited", "POLLHUP marks the moment from which the status can be read",
                         "Linux 6.15 PIDFD_INFO_EXIT")
                        .Since(eras::kInfoWhileReaped),
                    Hazard("esrch", "it may fail briefly while the kernel reaps",
                           "fs/pidfs.c pidfd_info")
                        .Until(eras::kInfoWhileReaped)
                        .Bug("getinfo-spurious-esrch"),
                    Hazard("not_reported", "it may return an empty reply while the kernel reaps",
                           "fs/pidfs.c pidfd_info")
                        .Until(eras::kInfoWhileReaped)
                        .Bug("getinfo-empty-success")},
         .ask =
             [](Arena& arena) {
               SetSigchld(Sigchld::kIgnore);
               Child child = arena.Spawn(body::AtGate);
               const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
               child.Open();
               child.Disown();
               while (Require(tested::Poll(pidfd.get(), 0, -1)) ==
                      0) {  // POLLHUP is always reported
               }
               return Word(tested::GetInfo(pidfd.get(), abi::kInfoExit));
             }},
    .legacy = {.claims = {Must("echild", "the kernel has already reaped the child",
                               "wait(2) NOTES")},
               .ask =
                   [](Arena& arena) {
                     SetSigchld(Sigchld::kIgnore);
                     Child child = arena.Spawn(body::AtGate);
                     const pid_t pid = child.pid();
                     child.Open();
                     child.Disown();
                     return Outcome::Of(sys::Waitid(P_PID, pid, WEXITED));
                   }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::info_exit
