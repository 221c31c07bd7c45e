// One asks how a process ended (PIDFD_GET_INFO with PIDFD_INFO_EXIT) while another reaps it. Until
// it is reaped it has its ids and no exit status, from then on the other way round; whoever asks
// for both must be told one of them. From 6.15 on, the kernel took the ids away before it had the
// status in place: who asked in between was told that there was no such process (ESRCH), or, with
// success, nothing at all. 7.3.4 mended both.
#include <signal.h>
#include <sys/wait.h>

#include <utility>

#include "probes/info.h"
#include "probes/require.h"
#include "probes/sys.h"
#include "scenarios/floor.h"
#include "scenarios/props/alike.h"
#include "scenarios/race.h"
#include "scenarios/scenario.h"

namespace pidproof {
namespace {

constexpr std::string_view kExit = "told_exit";

// What one answer says.
Outcome Read(const Told& told) {
  if (told.error != 0) return Outcome::Of(told.error);
  if (told.Has(abi::kInfoExit)) {
    const int status = told.info.exit_code;
    const bool right = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    return right ? Outcome(kExit) : "wrong_status";
  }
  return told.Has(abi::kInfoPid) ? "told_ids" : "told_nothing";
}

// Asks until it hears how the process ended, or something strange; so often at the most, as the
// other may be off the processor. What it heard last.
Outcome AskOften(int pidfd) {
  constexpr int kMost = 64;
  Outcome heard = "told_ids";
  for (int i = 0; i < kMost && heard.word == "told_ids"; ++i) {
    heard = Read(AskInfo(pidfd, abi::kInfoPid | abi::kInfoExit));
  }
  return heard;
}

// Once it is reaped there is nothing left to wait for: how it ended must be told.
Outcome Sum(Outcome heard, Outcome at_last) {
  if (at_last.word == "wrong_status" || heard.word == "wrong_status") return "wrong_status";
  if (at_last.word != kExit) return "exit_lost";
  return heard.word == "told_ids" ? Outcome(kExit) : heard;
}

// zombie: the process has ended before the race begins; else it ends in it.
void RaceForInfo(Arena& arena, Scribe& scribe, bool zombie) {
  MeasureFloor(arena, scribe, true);
  Arena::Stub child;
  Outcome heard = "";
  Race race(scribe, {{zombie ? "waitid" : "kill, waitid",
                      [&]() -> Saw {
                        if (!zombie) Require(sys::Kill(child.pid, SIGKILL));
                        return Require(sys::Waitid(P_PID, child.pid, WEXITED)).si_status;
                      }},
                     {"PIDFD_GET_INFO", [&]() -> Saw {
                        heard = AskOften(child.pidfd.get());
                        return static_cast<long>(heard.word == kExit);
                      }}});
  while (scribe.More()) {
    child = arena.SpawnDealt(StubLife::kWaits, true);
    if (zombie) {
      Require(sys::Kill(child.pid, SIGKILL));
      Require(sys::Waitid(P_PID, child.pid, WEXITED | WNOWAIT));
    }
    race.Run();
    const Outcome at_last = Read(AskInfo(child.pidfd.get(), abi::kInfoPid | abi::kInfoExit));
    scribe.Add(Sum(heard, at_last), race.window());
  }
}

const std::vector<Claim> kClaims = {
    {kPidfd, kExit, kMust, "ids while it is not reaped, the exit status from then on",
     "Linux 6.15 PIDFD_INFO_EXIT"},
    {.path = kPidfd,
     .outcome = "esrch",
     .mood = kHazard,
     .because = "the process is no more, and its exit status is not in place yet",
     .source = "fs/pidfs.c pidfd_info",
     .until = &eras::kInfoWhileReaped,
     .bug = "getinfo-spurious-esrch"},
    {.path = kPidfd,
     .outcome = "told_nothing",
     .mood = kHazard,
     .because = "success, with neither ids nor an exit status",
     .source = "fs/pidfs.c pidfd_info",
     .until = &eras::kInfoWhileReaped,
     .bug = "getinfo-empty-success"},
    {kPidfd, "wrong_status", kNever, "it was killed by SIGKILL", "Linux 6.15 PIDFD_INFO_EXIT"},
    {kPidfd, "exit_lost", kNever, "who asks after the reaping is told",
     "Linux 6.15 PIDFD_INFO_EXIT"}};
constexpr std::string_view kNoNumber =
    "by its number nobody can ask how a process ended once it is reaped";

const Registered<Scenario> kReaped{{
    .name = "info_race/get_info",
    .asks = "We ask how a process ended while its parent reaps it: are we told one thing or the "
            "other?",
    .kind = Scenario::kTorture,
    .pidfd_needs = {"clone3/pidfd", "ioctl/info_exit"},
    .claims = kClaims,
    .no_control = kNoNumber,
    .no_legacy = kNoNumber,
    .torture = [](Arena& arena, Path, Scribe& scribe) { RaceForInfo(arena, scribe, true); },
    .catches = {"info-wrong", "info-esrch", "info-empty"},
}};

const Registered<Scenario> kEnded{{
    .name = "info_race/get_info_as_it_ends",
    .asks = "We ask how a process ended while it ends, and its parent reaps it: are we told one "
            "thing or the other?",
    .kind = Scenario::kTorture,
    .pidfd_needs = {"clone3/pidfd", "ioctl/info_exit"},
    .claims = kClaims,
    .no_control = kNoNumber,
    .no_legacy = kNoNumber,
    .torture = [](Arena& arena, Path, Scribe& scribe) { RaceForInfo(arena, scribe, false); },
    .catches = {"info-wrong", "info-esrch", "info-empty"},
}};

}  // namespace
}  // namespace pidproof
