// PIDFD_INFO_EXIT: how a process ended, told by its pidfd to any holder once it is reaped.
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

namespace pidproof {
namespace {

// A child that leaves with body::kGateStatus, or is killed, and has come that far.
enum class End { kExits, kKilled };

struct Ended {
  Child child;
  pid_t number;
  Fd pidfd;
};

template <ProcessState kLife, End kEnd>
Ended Make(Arena& arena, bool with_pidfd) {
  Child child = arena.Spawn(body::AtGate);
  const pid_t number = child.pid();
  Fd pidfd = with_pidfd ? Require(tested::PidfdOpen(number, 0)) : Fd();
  if (kLife != ProcessState::kAlive) {
    kEnd == End::kExits ? child.Open() : child.Kill();
    child.AwaitZombie();
  }
  if (kLife == ProcessState::kDead) child.Reap();
  return {std::move(child), number, std::move(pidfd)};
}

// What exit_code says, as waitpid(2) puts it.
Outcome Word(const PidfdInfoReply& told) {
  if (told.error != 0) return Outcome::Of(told.error);
  if (!told.Has(abi::kInfoExit)) return "not_told";
  const int status = told.info.exit_code;
  if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGKILL ? "killed" : "killed_by_another";
  if (!WIFEXITED(status)) return "unknown_status";
  return WEXITSTATUS(status) == body::kGateStatus ? "exited" : "exited_otherwise";
}

template <ProcessState kLife, End kEnd = End::kExits>
Outcome AskByPidfd(Arena& arena) {
  const Ended ended = Make<kLife, kEnd>(arena, true);
  return Word(tested::GetInfo(ended.pidfd.get(), abi::kInfoExit));
}

template <ProcessState kLife, End kEnd = End::kExits>
Outcome AskByNumber(Arena& arena) {
  const Ended ended = Make<kLife, kEnd>(arena, false);
  return Outcome::Of(sys::Waitid(P_PID, ended.number, WEXITED | WNOHANG | WNOWAIT));
}

const Registered<Conformance> kAlive{{
    .name = "info/exit_alive",
    .question = "Is an exit status told of a live process?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_exit"},
              .claims = {Must("not_told", "the bit in the answer's mask stays clear",
                              "fs/pidfs.c pidfd_info")},
              .ask = AskByPidfd<ProcessState::kAlive>},
    .legacy = {.claims = {Must("running", "WNOHANG succeeds and names no child", "wait(2)")},
               .ask = AskByNumber<ProcessState::kAlive>},
}};

const Registered<Conformance> kZombie{{
    .name = "info/exit_zombie",
    .question = "Is an exit status told before the parent has reaped?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_exit"},
              .claims = {Must("not_told", "it is the parent's until the zombie is reaped",
                              "fs/pidfs.c pidfd_info")},
              .ask = AskByPidfd<ProcessState::kZombie>},
    .legacy = {.claims = {Must("exited", "the parent may look with WNOWAIT", "wait(2)")},
               .ask = AskByNumber<ProcessState::kZombie>},
}};

const Registered<Conformance> kExited{{
    .name = "info/exit_reaped",
    .question = "Can the exit status still be had once somebody has reaped the process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_exit"},
              .claims = {Must("exited", "exit_code, in the encoding of waitpid(2)",
                              "Linux 6.15 PIDFD_INFO_EXIT")},
              .ask = AskByPidfd<ProcessState::kDead>},
    .legacy = {.claims = {Must("echild", "a status is handed out once", "wait(2)")},
               .ask = AskByNumber<ProcessState::kDead>},
}};

const Registered<Conformance> kKilled{{
    .name = "info/exit_killed",
    .question = "Can the signal that killed a process be had once somebody has reaped it?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_exit"},
              .claims = {Must("killed", "exit_code, in the encoding of waitpid(2)",
                              "Linux 6.15 PIDFD_INFO_EXIT")},
              .ask = AskByPidfd<ProcessState::kDead, End::kKilled>},
    .legacy = {.claims = {Must("echild", "a status is handed out once", "wait(2)")},
               .ask = AskByNumber<ProcessState::kDead, End::kKilled>},
}};

const Registered<Conformance> kTwice{{
    .name = "info/exit_twice",
    .question = "Can the exit status be had more than once?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_exit"},
              .claims = {Must("exited", "asking takes nothing away", "fs/pidfs.c pidfd_info")},
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
                     Require(sys::Waitid(P_PID, ended.number, WEXITED));
                     return Outcome::Of(sys::Waitid(P_PID, ended.number, WEXITED));
                   }},
}};

const Ended* ended_brother = nullptr;

const Registered<Conformance> kStranger{{
    .name = "info/exit_not_parent",
    .question = "Can somebody who is not the parent learn how a process ended?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_exit"},
              .claims = {Must("exited", "any holder of a pidfd may ask",
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
                                                                          : "not_told";
                  }},
    .legacy = {.claims = {Must("echild", "only the parent may wait", "wait(2)")},
               .ask =
                   [](Arena& arena) {
                     const Ended ended = Make<ProcessState::kZombie, End::kExits>(arena, false);
                     ended_brother = &ended;
                     Child question = arena.Spawn([](int) {
                       return sys::Waitid(P_PID, ended_brother->number, WEXITED | WNOHANG | WNOWAIT)
                           .error();
                     });
                     return Outcome::Of(question.Reap().si_status);
                   }},
}};

const Registered<Conformance> kOthersGone{{
    .name = "info/exit_without_ids",
    .question = "What else is told of a process that is reaped, when its exit status is asked for?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_exit"},
              .claims = {Must("no_ids", "neither numbers nor users: they went with the process",
                              "fs/pidfs.c pidfd_info")},
              .ask = [](Arena& arena) -> Outcome {
                const Ended ended = Make<ProcessState::kDead, End::kExits>(arena, true);
                const PidfdInfoReply told = tested::GetInfo(
                    ended.pidfd.get(), abi::kInfoExit | abi::kInfoPid | abi::kInfoCreds);
                if (told.error != 0) return Outcome::Of(told.error);
                if (!told.Has(abi::kInfoExit)) return "not_told";
                return (told.info.mask & (abi::kInfoPid | abi::kInfoCreds)) == 0 ? "no_ids" : "ids";
              }},
    .legacy = {.claims = {Must("enoent", "no process has this PID until it is reused", "proc(5)")},
               .ask = [](Arena& arena) -> Outcome {
                 proc::ShowOwn();
                 const Ended ended = Make<ProcessState::kDead, End::kExits>(arena, false);
                 return Outcome::Of(proc::Read(ended.number, "status").error());
               }},
}};

const Registered<Conformance> kAutoReaped{{
    .name = "info/exit_reaped_by_kernel",
    .question = "SIGCHLD is ignored: can the exit status of a child be had at all?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "poll/hup_on_reap", "ioctl/info_exit"},
              .claims = {Must("exited", "POLLHUP tells that the status can be asked for",
                              "Linux 6.15 PIDFD_INFO_EXIT")
                             .Since(eras::kInfoWhileReaped),
                         Hazard("esrch", "asked while the kernel reaps, it may fail for a moment",
                                "fs/pidfs.c pidfd_info")
                             .Until(eras::kInfoWhileReaped)
                             .Bug("getinfo-spurious-esrch"),
                         Hazard("not_told", "asked while the kernel reaps, it may tell nothing",
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
                           0) {  // POLLHUP needs no asking for
                    }
                    return Word(tested::GetInfo(pidfd.get(), abi::kInfoExit));
                  }},
    .legacy = {.claims = {Must("echild", "the kernel has reaped it: nobody can wait for it",
                               "wait(2) NOTES")},
               .ask =
                   [](Arena& arena) {
                     SetSigchld(Sigchld::kIgnore);
                     Child child = arena.Spawn(body::AtGate);
                     const pid_t number = child.pid();
                     child.Open();
                     child.Disown();
                     return Outcome::Of(sys::Waitid(P_PID, number, WEXITED));
                   }},
}};

}  // namespace
}  // namespace pidproof
