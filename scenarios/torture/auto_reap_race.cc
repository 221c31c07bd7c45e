// A parent that ignores SIGCHLD never has a zombie to wait for: its children vanish as they exit,
// and their PIDs are free. What wait, poll and signal report when they race with such an exit, or
// when the parent changes the disposition of SIGCHLD meanwhile.
#include <poll.h>
#include <signal.h>

#include <cerrno>
#include <optional>
#include <random>
#include <utility>

#include "probes/system/require.h"
#include "scenarios/fixtures/auto_reaped.h"
#include "scenarios/handle.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/tested.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::auto_reap_race {
namespace {

CallResult End(const Arena::Stub& child) { return sys::Kill(child.pid, SIGKILL); }

// What was reported of the child, which has exited and may be a zombie of ours. It is reaped
// afterwards.
Outcome ReportedOf(const Result<siginfo_t>& waited, const Handle& handle, const Arena& arena,
                   pid_t pid) {
  const Result<siginfo_t> left = sys::Waitid(P_PID, pid, WEXITED | WNOHANG);
  if (left.error() == ECHILD) AwaitFree(arena, 0, pid);
  if (!Require(handle.Ended())) return "not_reported";
  if (left.ok()) return waited.ok() ? "twice" : "too_late";
  if (!waited.ok()) return Outcome::Of(waited);
  const bool right = waited->si_pid == pid && waited->si_status == SIGKILL;
  return right ? Outcome::Of(waited) : Outcome("wrong_status");
}

std::vector<Claim> ClaimsWith(const Claim& killed) {
  return {Must("echild", "the wait lasts until the child is gone, with no status", "wait(2) NOTES"),
          killed,
          Never("not_reported", "the end was not reported", "pidfd_open(2), kill(2)"),
          Never("too_late", "ECHILD for a child that can still be waited for", "wait(2)"),
          Never("twice", "a status was handed out twice", "wait(2)"),
          Never("wrong_status", "not the status of the child", "wait(2)")};
}

constexpr std::string_view kNotReissued =
    "a PID gives the same results until it is reused: see auto_reap_race/reissued";

// One thread waits as the child exits, and a third changes the disposition of SIGCHLD.
template <typename Draw>
void Wait(Arena& arena, Path path, TrialLoop& trials, Draw draw, bool flips) {
  MeasureBaseline(arena, trials);
  Arena::Stub child;
  std::optional<Handle> handle;
  auto waited = Result<siginfo_t>::Errno(0);
  std::pair<Sigchld, Sigchld> disposition;
  std::vector<Race::Act> acts{{"the child ends", [&] { return End(child); }},
                              {"waitid", [&]() -> CallResult {
                                 waited = handle->Wait();
                                 return waited;
                               }}};
  if (flips) {
    acts[0] = {"the child ends, waitid", [&]() -> CallResult {
                 End(child);
                 waited = handle->Wait();
                 return waited;
               }};
    acts[1] = {"sigaction(SIGCHLD)", [&]() -> CallResult {
                 SetSigchld(disposition.second);
                 return 0;
               }};
  }
  Race race(trials, std::move(acts));
  while (trials.Next()) {
    child = arena.SpawnWithPid(StubLife::kWaits, Handle::NeedsPidfdAtSpawn(path));
    handle.emplace(Handle::Of(child, path));
    disposition = draw(trials);
    SetSigchld(disposition.first);
    race.Run();
    trials.Record(ReportedOf(waited, *handle, arena, child.pid), race.window());
    SetSigchld(Sigchld::kDefault);
  }
}

template <Sigchld kWhat>
void WaitUnder(Arena& arena, Path path, TrialLoop& trials) {
  Wait(
      arena, path, trials, [](TrialLoop&) { return std::pair(kWhat, kWhat); }, false);
}

const Claim kNoStatus =
    Never("killed", "a status that the kernel should have discarded", "wait(2) NOTES");

const Registered<Torture> kIgnored{{
    .name = "auto_reap_race/sig_ign",
    .question =
        "What does waitid return when SIGCHLD is ignored and the child ends as it is waited for?",
    .claims = ClaimsWith(kNoStatus),
    .pidfd = {.needs = {"clone3/pidfd", "poll", "waitid/p_pidfd"}},
    .no_control = kNotReissued,
    .loop = WaitUnder<Sigchld::kIgnore>,
    .faults = {"lost-wakeup", "status-twice"},
}};

const Registered<Torture> kNoCldwait{{
    .name = "auto_reap_race/sa_nocldwait",
    .question =
        "What does waitid return when SA_NOCLDWAIT is set and the child ends as it is waited for?",
    .claims = ClaimsWith(kNoStatus),
    .pidfd = {.needs = {"clone3/pidfd", "poll", "waitid/p_pidfd"}},
    .no_control = kNotReissued,
    .loop = WaitUnder<Sigchld::kNoChildWait>,
    .faults = {"lost-wakeup"},
}};

const Registered<Torture> kFlips{{
    .name = "auto_reap_race/flip",
    .question =
        "Is there either a status or none if the child ends as SIGCHLD's disposition changes?",
    .claims = ClaimsWith(
        Must("killed", "the child ended while SIGCHLD was not ignored", "wait(2) NOTES")),
    .pidfd = {.needs = {"clone3/pidfd", "poll", "waitid/p_pidfd"}},
    .no_control = kNotReissued,
    .loop =
        [](Arena& arena, Path path, TrialLoop& trials) {
          const auto draw = [](TrialLoop& from) {
            constexpr std::pair<Sigchld, Sigchld> kChanges[] = {
                {Sigchld::kDefault, Sigchld::kIgnore},
                {Sigchld::kIgnore, Sigchld::kDefault},
                {Sigchld::kDefault, Sigchld::kNoChildWait},
                {Sigchld::kNoChildWait, Sigchld::kDefault}};
            return kChanges[std::uniform_int_distribution<int>(0, 3)(from.chance())];
          };
          Wait(arena, path, trials, draw, true);
        },
    .faults = {"lost-wakeup", "status-wrong"},
}};

void Sleep(Arena& arena, Path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  Arena::Stub child;
  Result<short> ready = static_cast<short>(0);
  Race race(trials, {{"the child ends", [&] { return End(child); }},
                     {"poll", [&]() -> CallResult {
                        ready = tested::Poll(child.pidfd.get(), POLLIN, -1);
                        return ready.ok() ? CallResult(*ready) : CallResult(ready);
                      }}});
  while (trials.Next()) {
    child = arena.SpawnWithPid(StubLife::kWaits, true);
    SetSigchld(Sigchld::kIgnore);
    race.Run();
    AwaitFree(arena, 0, child.pid);
    SetSigchld(Sigchld::kDefault);
    const short still = Require(tested::Poll(child.pidfd.get(), POLLIN, 0));
    const bool reported = ready.ok() && (*ready & still & POLLIN) != 0;
    trials.Record(
        ready.ok() ? (reported ? "reported" : "not_reported") : Outcome::Of(ready.error()),
        race.window());
  }
}

const Registered<Torture> kPoll{{
    .name = "auto_reap_race/poll",
    .question = "Does the end of a child wake poll when SIGCHLD is ignored?",
    .pidfd = {.needs = {"clone3/pidfd", "poll"},
              .claims = {Must("reported", "an end is reported to all pollers, whoever reaps",
                              "pidfd_open(2)"),
                         Never("not_reported", "the end was not reported", "pidfd_open(2)")}},
    .legacy = NotPossible("no call blocks until a PID is free"),
    .no_control = "not possible by PID",
    .loop = Sleep,
    .faults = {"lost-wakeup"},
}};

void Reissue(Arena& arena, Path path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  Arena::Stub child;
  Arena::Stub stranger;
  std::optional<Handle> handle;
  auto sent = sys::Status::Errno(0);
  Race race(trials, {{"the child ends and its PID is reused",
                      [&]() -> CallResult {
                        End(child);
                        AwaitFree(arena, 0, child.pid);
                        SetSigchld(Sigchld::kDefault);
                        // The PID has become free without a wait; from here on it is the
                        // stranger's.
                        stranger = arena.SpawnWithPid(StubLife::kWaits, false);
                        return stranger.pid;
                      }},
                     {"signals", [&]() -> CallResult {
                        sent = handle->Signal(SIGUSR1);
                        return sent;
                      }}});
  while (trials.Next()) {
    child = arena.SpawnWithPid(StubLife::kWaits, Handle::NeedsPidfdAtSpawn(path));
    handle.emplace(Handle::Of(child, path));
    SetSigchld(Sigchld::kIgnore);
    race.Run();
    const siginfo_t ended = arena.End(stranger, SIGUSR2);
    const bool hit = ended.si_status == SIGUSR1;
    trials.Record(hit ? Outcome("hit_stranger") : Outcome::Of(sent), race.window());
  }
}

const Registered<Torture> kReissued{{
    .name = "auto_reap_race/reissued",
    .question = "Which process is signalled when an automatically reaped child's PID is reused at "
                "that moment?",
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"},
              .claims = {May("ok", "the signal came first", "pidfd_send_signal(2)"),
                         May("esrch", "the child is gone", "pidfd_send_signal(2)"),
                         Never("hit_stranger", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)")}},
    .legacy = {.claims = {May("ok", "the signal came first", "kill(2)"),
                          May("esrch", "no process has this PID", "kill(2)"),
                          Hazard(
                              "hit_stranger",
                              "the PID is free as soon as the child ends, without a notification",
                              "kill(2)")}},
    .loop = Reissue,
    .faults = {"signal-stranger"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::auto_reap_race
