// One thread asks how a process exited (PIDFD_GET_INFO with PIDFD_INFO_EXIT) while another reaps
// it. Until it is reaped it has IDs and no exit status, afterwards the reverse; a request for both
// must get one of them. From 6.15 on, the kernel took the IDs away before it stored the status: a
// request in between failed with ESRCH, or succeeded with an empty mask. 7.3.4 fixed both. A pidfd
// that is opened at that moment must get the status as those opened before do.
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include <utility>

#include "probes/system/pidfd_info.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/tested.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::info_race {
namespace {

constexpr std::string_view kExit = "reported_exit";
constexpr std::string_view kNoneOpened = "none_opened";

// What one reply says.
Outcome Read(const PidfdInfoReply& reply) {
  if (reply.error != 0) return Outcome::Of(reply.error);
  if (reply.Has(abi::kInfoExit)) {
    const int status = reply.info.exit_code;
    const bool right = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    return right ? Outcome(kExit) : "wrong_status";
  }
  return reply.Has(abi::kInfoPid) ? "reported_ids" : "reported_nothing";
}

// Asks until the exit status is reported, or something unexpected; returns the last outcome.
// Bounded, since the other thread may not be running.
Outcome AskOften(int pidfd) {
  constexpr int kMost = 64;
  Outcome seen = "reported_ids";
  for (int i = 0; i < kMost && seen.word == "reported_ids"; ++i) {
    seen = Read(tested::GetInfo(pidfd, abi::kInfoPid | abi::kInfoExit));
  }
  return seen;
}

// Once the process is reaped, its exit status must be reported.
Outcome Sum(Outcome seen, Outcome at_last) {
  if (at_last.word == "wrong_status" || seen.word == "wrong_status") return "wrong_status";
  if (at_last.word != kExit) return "exit_lost";
  return seen.word == "reported_ids" ? Outcome(kExit) : seen;
}

// zombie: whether the process has exited before the race begins, or exits in it.
void RaceForInfo(Arena& arena, TrialLoop& trials, bool zombie) {
  MeasureBaseline(arena, trials, true);
  Arena::Stub child;
  Outcome seen = "";
  Race race(trials, {{zombie ? "waitid" : "kill, waitid",
                      [&]() -> CallResult {
                        if (!zombie) Require(sys::Kill(child.pid, SIGKILL));
                        return Require(sys::Waitid(P_PID, child.pid, WEXITED)).si_status;
                      }},
                     {"PIDFD_GET_INFO", [&]() -> CallResult {
                        seen = AskOften(child.pidfd.get());
                        return static_cast<long>(seen.word == kExit);
                      }}});
  while (trials.Next()) {
    child = arena.SpawnWithPid(StubLife::kWaits, true);
    if (zombie) {
      Require(sys::Kill(child.pid, SIGKILL));
      Require(sys::Waitid(P_PID, child.pid, WEXITED | WNOWAIT));
    }
    race.Run();
    const Outcome at_last =
        Read(tested::GetInfo(child.pidfd.get(), abi::kInfoPid | abi::kInfoExit));
    trials.Record(Sum(seen, at_last), race.window());
  }
}

const std::vector<Claim> kClaims = {
    Must(kExit, "IDs until the process is reaped, the exit status from then on",
         "Linux 6.15 PIDFD_INFO_EXIT"),
    Hazard("esrch", "the process is gone, but its exit status is not stored yet",
           "fs/pidfs.c pidfd_info")
        .Until(eras::kInfoWhileReaped)
        .Bug("getinfo-spurious-esrch"),
    Hazard("reported_nothing", "it succeeded with neither IDs nor an exit status",
           "fs/pidfs.c pidfd_info")
        .Until(eras::kInfoWhileReaped)
        .Bug("getinfo-empty-success"),
    Never("wrong_status", "not the status of a process killed by SIGKILL",
          "Linux 6.15 PIDFD_INFO_EXIT"),
    Never("exit_lost", "a request after the reaping gets the exit status",
          "Linux 6.15 PIDFD_INFO_EXIT")};
constexpr std::string_view kNoPidAnswer =
    "by PID, no call reports how a process ended once it is reaped";

const Registered<Torture> kReaped{{
    .name = "info_race/get_info",
    .question =
        "Does PIDFD_GET_INFO return either IDs or the exit status while the process is reaped?",
    .pidfd = {.needs = {"clone3/pidfd", "ioctl/info_exit"}, .claims = kClaims},
    .legacy = NotPossible(kNoPidAnswer),
    .no_control = kNoPidAnswer,
    .loop = [](Arena& arena, Path, TrialLoop& trials) { RaceForInfo(arena, trials, true); },
    .faults = {"info-wrong", "info-esrch", "info-empty"},
}};

const Registered<Torture> kEnded{{
    .name = "info_race/get_info_as_it_ends",
    .question = "Does PIDFD_GET_INFO return either IDs or the exit status while the process ends "
                "and is reaped?",
    .pidfd = {.needs = {"clone3/pidfd", "ioctl/info_exit"}, .claims = kClaims},
    .legacy = NotPossible(kNoPidAnswer),
    .no_control = kNoPidAnswer,
    .loop = [](Arena& arena, Path, TrialLoop& trials) { RaceForInfo(arena, trials, false); },
    .faults = {"info-wrong", "info-esrch", "info-empty"},
}};

// Opens pidfds until there is no such process any more. Only the last one stays open: the others
// must not keep what the kernel notes for it. Bounded, since the other thread may not be running.
struct Opened {
  Fd last;
  int error = 0;
};

Opened OpenOften(pid_t pid) {
  constexpr int kMost = 64;
  Opened opened;
  for (int i = 0; i < kMost && opened.error == 0; ++i) {
    Result<Fd> pidfd = tested::PidfdOpen(pid, 0);
    opened.error = pidfd.error();
    if (pidfd.ok()) opened.last = std::move(*pidfd);
  }
  return opened;
}

// Once the process is reaped.
Outcome StatusBy(const Opened& opened) {
  // EINVAL: before 6.16, as for any PID that is in use by no process.
  const bool refused = opened.error == ESRCH || opened.error == EINVAL;
  if (opened.error != 0 && !refused) return Outcome::Of(opened.error);
  if (!opened.last) return Outcome(kNoneOpened);
  const Outcome at_last = Read(tested::GetInfo(opened.last.get(), abi::kInfoPid | abi::kInfoExit));
  return Sum(Outcome(kExit), at_last);
}

// No pidfd is there before the race, so that the kernel begins to note things for one in it.
void RaceToOpen(Arena& arena, TrialLoop& trials) {
  MeasureBaseline(arena, trials, false);
  Arena::Stub child;
  Opened opened;
  Race race(
      trials,
      {{"waitid",
        [&]() -> CallResult { return Require(sys::Waitid(P_PID, child.pid, WEXITED)).si_status; }},
       {"pidfd_open", [&]() -> CallResult {
          opened = OpenOften(child.pid);
          return opened.error;
        }}});
  while (trials.Next()) {
    child = arena.SpawnWithPid(StubLife::kWaits, false);
    Require(sys::Kill(child.pid, SIGKILL));
    Require(sys::Waitid(P_PID, child.pid, WEXITED | WNOWAIT));
    race.Run();
    trials.Record(StatusBy(opened), race.window());
  }
}

const Registered<Torture> kOpened{{
    .name = "info_race/opened_as_reaped",
    .question = "Does a pidfd that is opened while its process is reaped keep the exit status?",
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_exit"},
              .claims = {Must(kExit, "whoever still gets a pidfd gets the status by it",
                              "Linux 6.15 fs/pidfs.c pidfs_exit"),
                         May(kNoneOpened, "the process was reaped before the first pidfd_open",
                             "pidfd_open(2) ERRORS"),
                         Never("wrong_status", "not the status of a process killed by SIGKILL",
                               "Linux 6.15 PIDFD_INFO_EXIT"),
                         Hazard("exit_lost",
                                "the status was noted for pidfds that were there, and this one "
                                "was opened after that and before the PID was given back",
                                "Linux 6.15 fs/pidfs.c pidfs_exit")
                             .Until(eras::kInfoPersists)
                             .Bug("info-exit-lost")}},
    .legacy = NotPossible(kNoPidAnswer),
    .no_control = kNoPidAnswer,
    .loop = [](Arena& arena, Path, TrialLoop& trials) { RaceToOpen(arena, trials); },
    .faults = {"info-wrong"},  // others look like the kernel bug
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::info_race
