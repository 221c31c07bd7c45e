// What is on record of a core dump: in PIDFD_GET_INFO, and in statuses.
#include <signal.h>
#include <sys/wait.h>

#include <utility>

#include "probes/system/pidfd_info.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/core_dump.h"
#include "scenarios/fixtures/core_record.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::core_dump_info {
namespace {

// A zombie that has dumped core, and a pidfd from before.
struct Fallen {
  static Fallen Make(Arena& arena, bool with_pidfd) {
    Crasher crasher = Crasher::Make(arena);
    Fd pidfd = with_pidfd ? Require(tested::PidfdOpen(crasher.child.pid(), 0)) : Fd();
    crasher.Fall();
    crasher.RequireCore();
    return {std::move(crasher.child), std::move(pidfd)};
  }
  Outcome Peek() const {
    return Outcome::Of(sys::Waitid(P_PID, child.pid(), WEXITED | WNOHANG | WNOWAIT));
  }

  Child child;
  Fd pidfd;
};

template <bool kReaped>
Outcome RecordOf(Arena& arena) {
  Fallen fallen = Fallen::Make(arena, true);
  if (kReaped) fallen.child.Reap();
  const std::uint64_t mask = abi::kInfoCoredump | (kReaped ? abi::kInfoExit : 0);
  return RecordOfCore(tested::GetInfo(fallen.pidfd.get(), mask, abi::kPidfdInfoSize616));
}

template <bool kReaped>
Side RecordSide() {
  return {.needs = {"pidfd_open", "ioctl/info_coredump"},
          .claims = {Hazard("not_recorded",
                            "only a dump to a socket, or to a program that gets a pidfd, is",
                            "fs/coredump.c, fs/pidfs.c pidfs_coredump"),
                     May("recorded", "PIDFD_COREDUMPED", "include/uapi/linux/pidfd.h")},
          .ask = RecordOf<kReaped>};
}

const Registered<Conformance> kZombie{{
    .name = "core_dump/info_zombie",
    .question = "Does PIDFD_GET_INFO report that a zombie has dumped core to a file?",
    .without_pid_namespace = kBothPaths,
    .pidfd = RecordSide<false>(),
    .legacy = {.claims = {Must("dumped", "CLD_DUMPED", "wait(2)")},
               .ask = [](Arena& arena) { return Fallen::Make(arena, false).Peek(); }},
}};

// What a status as of waitpid(2) says.
Outcome OfStatus(int status) {
  if (!WIFSIGNALED(status)) return "not_signalled";
  if (WTERMSIG(status) != SIGABRT) return "another_signal";
  return WCOREDUMP(status) ? "dumped" : "killed";
}

Outcome WaitAgain(Arena& arena) {
  Fallen fallen = Fallen::Make(arena, false);
  const pid_t pid = fallen.child.pid();
  fallen.child.Reap();
  return Outcome::Of(sys::Waitid(P_PID, pid, WEXITED | WNOHANG | WNOWAIT));
}

const Registered<Conformance> kDead{{
    .name = "core_dump/info_reaped",
    .question = "Does PIDFD_GET_INFO report that a reaped process has dumped core to a file?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = RecordSide<true>(),
    .legacy = {.claims = {Must("echild", "a status is handed out once", "wait(2)")},
               .ask = WaitAgain},
}};

const Registered<Conformance> kStatusWord{{
    .name = "core_dump/status_word",
    .question = "What says that core was dumped: the status of waitpid(2), or the code of waitid?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"},
              .claims = {Must("dumped", "waitid by pidfd has CLD_DUMPED, and no status word",
                              "wait(2)")},
              .ask =
                  [](Arena& arena) {
                    const Fallen fallen = Fallen::Make(arena, true);
                    return Outcome::Of(tested::Waitid(abi::kIdPidfd, fallen.pidfd.get(),
                                                      WEXITED | WNOHANG | WNOWAIT));
                  }},
    .legacy = {.claims = {Must("dumped", "WCOREDUMP holds", "wait(2)")},
               .ask = [](Arena& arena) -> Outcome {
                 Fallen fallen = Fallen::Make(arena, false);
                 int status = 0;
                 Require(waitpid(fallen.child.pid(), &status, 0) == fallen.child.pid());
                 fallen.child.Disown();
                 return OfStatus(status);
               }},
}};

const Registered<Conformance> kStatusOfDead{{
    .name = "core_dump/status_of_reaped",
    .question = "Does the exit status of a reaped process still say that it dumped core?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_exit"},
              .claims = {Must("dumped", "exit_code has the bit of WCOREDUMP",
                              "Linux 6.15 PIDFD_INFO_EXIT, wait(2)")},
              .ask = [](Arena& arena) -> Outcome {
                Fallen fallen = Fallen::Make(arena, true);
                fallen.child.Reap();
                const PidfdInfoReply reply = tested::GetInfo(fallen.pidfd.get(), abi::kInfoExit);
                if (reply.error != 0) return Outcome::Of(reply.error);
                if (!reply.Has(abi::kInfoExit)) return "not_reported";
                return OfStatus(reply.info.exit_code);
              }},
    .legacy = {.claims = {Must("echild", "a status is handed out once", "wait(2)")},
               .ask = WaitAgain},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::core_dump_info
