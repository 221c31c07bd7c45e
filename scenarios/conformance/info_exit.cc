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

const Registered<Scenario> kAlive{{
    .name = "info/exit_alive",
    .question = "Is an exit status told of a live process?",
    .pidfd_needs = {"pidfd_open", "ioctl/info_exit"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "not_told", kMust, "the bit in the answer's mask stays clear",
                "fs/pidfs.c pidfd_info"},
               {kLegacyPid, "running", kMust, "WNOHANG succeeds and names no child", "wait(2)"}},
    .by_pidfd = AskByPidfd<ProcessState::kAlive>,
    .by_number = AskByNumber<ProcessState::kAlive>,
}};

const Registered<Scenario> kZombie{{
    .name = "info/exit_zombie",
    .question = "Is an exit status told before the parent has reaped?",
    .pidfd_needs = {"pidfd_open", "ioctl/info_exit"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "not_told", kMust, "it is the parent's until the zombie is reaped",
                "fs/pidfs.c pidfd_info"},
               {kLegacyPid, "exited", kMust, "the parent may look with WNOWAIT", "wait(2)"}},
    .by_pidfd = AskByPidfd<ProcessState::kZombie>,
    .by_number = AskByNumber<ProcessState::kZombie>,
}};

const Registered<Scenario> kExited{{
    .name = "info/exit_reaped",
    .question = "Can the exit status still be had once somebody has reaped the process?",
    .pidfd_needs = {"pidfd_open", "ioctl/info_exit"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "exited", kMust, "exit_code, in the encoding of waitpid(2)",
                "Linux 6.15 PIDFD_INFO_EXIT"},
               {kLegacyPid, "echild", kMust, "a status is handed out once", "wait(2)"}},
    .by_pidfd = AskByPidfd<ProcessState::kDead>,
    .by_number = AskByNumber<ProcessState::kDead>,
}};

const Registered<Scenario> kKilled{{
    .name = "info/exit_killed",
    .question = "Can the signal that killed a process be had once somebody has reaped it?",
    .pidfd_needs = {"pidfd_open", "ioctl/info_exit"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "killed", kMust, "exit_code, in the encoding of waitpid(2)",
                "Linux 6.15 PIDFD_INFO_EXIT"},
               {kLegacyPid, "echild", kMust, "a status is handed out once", "wait(2)"}},
    .by_pidfd = AskByPidfd<ProcessState::kDead, End::kKilled>,
    .by_number = AskByNumber<ProcessState::kDead, End::kKilled>,
}};

const Registered<Scenario> kTwice{{
    .name = "info/exit_twice",
    .question = "Can the exit status be had more than once?",
    .pidfd_needs = {"pidfd_open", "ioctl/info_exit"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "exited", kMust, "asking takes nothing away", "fs/pidfs.c pidfd_info"},
               {kLegacyPid, "echild", kMust, "a status is handed out once", "wait(2)"}},
    .by_pidfd =
        [](Arena& arena) {
          const Ended ended = Make<ProcessState::kDead, End::kExits>(arena, true);
          const Outcome first = Word(tested::GetInfo(ended.pidfd.get(), abi::kInfoExit));
          const Outcome second = Word(tested::GetInfo(ended.pidfd.get(), abi::kInfoExit));
          return first == second ? first : Outcome("two_answers");
        },
    .by_number =
        [](Arena& arena) {
          const Ended ended = Make<ProcessState::kZombie, End::kExits>(arena, false);
          Require(sys::Waitid(P_PID, ended.number, WEXITED));
          return Outcome::Of(sys::Waitid(P_PID, ended.number, WEXITED));
        },
}};

const Ended* ended_brother = nullptr;

const Registered<Scenario> kStranger{{
    .name = "info/exit_not_parent",
    .question = "Can somebody who is not the parent learn how a process ended?",
    .pidfd_needs = {"pidfd_open", "ioctl/info_exit"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "exited", kMust, "any holder of a pidfd may ask",
                "Linux 6.15 PIDFD_INFO_EXIT"},
               {kLegacyPid, "echild", kMust, "only the parent may wait", "wait(2)"}},
    .by_pidfd =
        [](Arena& arena) {
          const Ended ended = Make<ProcessState::kDead, End::kExits>(arena, true);
          ended_brother = &ended;
          Child question = arena.Spawn([](int) {
            return tested::GetInfo(ended_brother->pidfd.get(), abi::kInfoExit).info.exit_code >> 8;
          });
          return question.Reap().si_status == body::kGateStatus ? Outcome("exited") : "not_told";
        },
    .by_number =
        [](Arena& arena) {
          const Ended ended = Make<ProcessState::kZombie, End::kExits>(arena, false);
          ended_brother = &ended;
          Child question = arena.Spawn([](int) {
            return sys::Waitid(P_PID, ended_brother->number, WEXITED | WNOHANG | WNOWAIT).error();
          });
          return Outcome::Of(question.Reap().si_status);
        },
}};

const Registered<Scenario> kOthersGone{{
    .name = "info/exit_without_ids",
    .question = "What else is told of a process that is reaped, when its exit status is asked for?",
    .pidfd_needs = {"pidfd_open", "ioctl/info_exit"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "no_ids", kMust, "neither numbers nor users: they went with the process",
                "fs/pidfs.c pidfd_info"},
               {kLegacyPid, "enoent", kMust, "no process has this PID until it is reused",
                "proc(5)"}},
    .by_pidfd = [](Arena& arena) -> Outcome {
      const Ended ended = Make<ProcessState::kDead, End::kExits>(arena, true);
      const PidfdInfoReply told =
          tested::GetInfo(ended.pidfd.get(), abi::kInfoExit | abi::kInfoPid | abi::kInfoCreds);
      if (told.error != 0) return Outcome::Of(told.error);
      if (!told.Has(abi::kInfoExit)) return "not_told";
      return (told.info.mask & (abi::kInfoPid | abi::kInfoCreds)) == 0 ? "no_ids" : "ids";
    },
    .by_number = [](Arena& arena) -> Outcome {
      proc::ShowOwn();
      const Ended ended = Make<ProcessState::kDead, End::kExits>(arena, false);
      return Outcome::Of(proc::Read(ended.number, "status").error());
    },
}};

const Registered<Scenario> kAutoReaped{{
    .name = "info/exit_reaped_by_kernel",
    .question = "SIGCHLD is ignored: can the exit status of a child be had at all?",
    .pidfd_needs = {"pidfd_open", "poll/hup_on_reap", "ioctl/info_exit"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "exited", kMust, "POLLHUP tells that the status can be asked for",
                "Linux 6.15 PIDFD_INFO_EXIT", &eras::kInfoWhileReaped},
               {kPidfd,
                "esrch",
                kHazard,
                "asked while the kernel reaps, it may fail for a moment",
                "fs/pidfs.c pidfd_info",
                {},
                &eras::kInfoWhileReaped,
                "getinfo-spurious-esrch"},
               {kPidfd,
                "not_told",
                kHazard,
                "asked while the kernel reaps, it may tell nothing",
                "fs/pidfs.c pidfd_info",
                {},
                &eras::kInfoWhileReaped,
                "getinfo-empty-success"},
               {kLegacyPid, "echild", kMust, "the kernel has reaped it: nobody can wait for it",
                "wait(2) NOTES"}},
    .by_pidfd =
        [](Arena& arena) {
          SetSigchld(Sigchld::kIgnore);
          Child child = arena.Spawn(body::AtGate);
          const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
          child.Open();
          child.Disown();
          while (Require(tested::Poll(pidfd.get(), 0, -1)) == 0) {  // POLLHUP needs no asking for
          }
          return Word(tested::GetInfo(pidfd.get(), abi::kInfoExit));
        },
    .by_number =
        [](Arena& arena) {
          SetSigchld(Sigchld::kIgnore);
          Child child = arena.Spawn(body::AtGate);
          const pid_t number = child.pid();
          child.Open();
          child.Disown();
          return Outcome::Of(sys::Waitid(P_PID, number, WEXITED));
        },
}};

}  // namespace
}  // namespace pidproof
