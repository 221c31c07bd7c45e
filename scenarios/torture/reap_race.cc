// Several threads wait for one child, and exactly one may get its status, as in a supervisor that
// waits for its workers and sweeps up orphans. The child is a zombie already, or exits while they
// wait; they all name it alike, or each in its own way.
#include <signal.h>

#include <array>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "probes/system/require.h"
#include "scenarios/handle.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/tested.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::reap_race {
namespace {

// How a waiter names the child. There is only one child, so "any" names it too.
enum By { kHandle, kPid, kAny };

constexpr std::size_t kMostWaiters = 16;
using Answers = std::array<Result<siginfo_t>, kMostWaiters>;

Answers NoAnswers() {
  return []<std::size_t... i>(std::index_sequence<i...>) {
    return Answers{((void)i, Result<siginfo_t>::Errno(0))...};
  }
  (std::make_index_sequence<kMostWaiters>());
}

struct Waited {
  pid_t pid = 0;
  std::optional<Handle> handle;
  Answers answers = NoAnswers();
};

Race::Act Waiter(Waited& child, By by, std::size_t place) {
  switch (by) {
    case kHandle:
      return {"waitid by handle", [&child, place]() -> CallResult {
                return child.answers[place] = child.handle->Wait();
              }};
    case kPid:
      return {"waitid(P_PID)", [&child, place]() -> CallResult {
                return child.answers[place] = tested::Waitid(P_PID, child.pid, WEXITED);
              }};
    case kAny:
      break;
  }
  return {"waitid(P_ALL)", [&child, place]() -> CallResult {
            return child.answers[place] = tested::Waitid(P_ALL, 0, WEXITED);
          }};
}

Outcome Winners(const Waited& child, std::size_t waiters, std::size_t first, TrialLoop& trials) {
  std::size_t winners = 0;
  for (std::size_t i = 0; i < waiters; ++i) {
    const Result<siginfo_t>& answer = child.answers[i];
    if (!answer.ok() && answer.error() != ECHILD) return Outcome::Of(answer.error());
    if (!answer.ok()) continue;
    ++winners;
    trials.Won(first + i);
    if (answer->si_pid != child.pid || answer->si_status != SIGKILL) return "wrong_status";
  }
  if (winners == 1) return "one_winner";
  return winners == 0 ? "no_winner" : "two_winners";
}

// The child is a zombie when the waiters start, and the first one reaps it; or an act among theirs
// kills it, so that most of them sleep by then.
enum class Exits { kZombie, kLater };

template <Exits kExits>
void RaceToReap(Arena& arena, Path path, TrialLoop& trials, const std::vector<By>& waiters) {
  MeasureBaseline(arena, trials, Handle::NeedsPidfdAtSpawn(path));
  Waited child;
  std::vector<Race::Act> acts;
  if (kExits == Exits::kLater) {
    acts.push_back({"kill", [&]() -> CallResult { return sys::Kill(child.pid, SIGKILL); }});
  }
  const std::size_t first = acts.size();
  for (std::size_t i = 0; i < waiters.size(); ++i) acts.push_back(Waiter(child, waiters[i], i));
  Race race(trials, std::move(acts));
  while (trials.Next()) {
    std::optional<OnOneProcessor> here(std::in_place);
    Arena::Stub stub = arena.SpawnWithPid(StubLife::kWaits, Handle::NeedsPidfdAtSpawn(path));
    child.pid = stub.pid;
    child.handle.emplace(Handle::Of(stub, path));
    if (kExits == Exits::kZombie) {
      Require(sys::Kill(child.pid, SIGKILL));
      Require(sys::Waitid(P_PID, child.pid, WEXITED | WNOWAIT));
    }
    here.reset();
    race.Run();
    const Outcome outcome = Winners(child, waiters.size(), first, trials);
    // A child that no waiter has reaped would keep its PID.
    if (outcome.word != "one_winner") {
      static_cast<void>(sys::Waitid(P_PID, child.pid, WEXITED | WNOHANG));
    }
    trials.Record(outcome, race.window());
  }
}

// kWaiters threads, all by handle or in alternating ways.
template <Exits kExits, std::size_t kWaiters, bool kMixed = false>
void Wait(Arena& arena, Path path, TrialLoop& trials) {
  std::vector<By> waiters;
  for (std::size_t i = 0; i < kWaiters; ++i) {
    waiters.push_back(kMixed ? static_cast<By>(i % 3) : kHandle);
  }
  RaceToReap<kExits>(arena, path, trials, waiters);
}

// One by handle, one in the other way.
template <By kOther>
void WaitUnlike(Arena& arena, Path path, TrialLoop& trials) {
  RaceToReap<Exits::kZombie>(arena, path, trials, {kHandle, kOther});
}

Torture Question(std::string_view name, std::string_view question,
                 void (*loop)(Arena&, Path, TrialLoop&)) {
  return {
      .name = name,
      .question = question,
      .claims = {Must("one_winner", "a status is handed out once", "wait(2)"),
                 Never("two_winners", "a status was handed out twice", "wait(2)"),
                 Never("no_winner", "the status was lost", "wait(2)"),
                 Never("wrong_status", "not the status of any child that existed", "wait(2)")},
      .pidfd = {.needs = {"clone3/pidfd", "waitid/p_pidfd"}},
      .no_control = "waiting by PID gives the same guarantee until the PID is reused",
      .loop = loop,
      .faults = {"status-twice", "status-lost", "status-wrong"},
  };
}

const Registered<Torture> kTwo(
    Question("reap_race/two_waiters", "Does exactly one of two waiters get the status of a zombie?",
             Wait<Exits::kZombie, 2>));
const Registered<Torture> kFour(Question(
    "reap_race/four_waiters", "Does exactly one of four waiters get the status of a zombie?",
    Wait<Exits::kZombie, 4>));
const Registered<Torture> kEight(Question(
    "reap_race/eight_waiters", "Does exactly one of eight waiters get the status of a zombie?",
    Wait<Exits::kZombie, 8>));
const Registered<Torture> kSixteen(Question(
    "reap_race/sixteen_waiters", "Does exactly one of sixteen waiters get the status of a zombie?",
    Wait<Exits::kZombie, 16>));
const Registered<Torture> kHandleAndPid(
    Question("reap_race/handle_and_pid",
             "Does exactly one of two waiters, by handle and by PID, get the status of a zombie?",
             WaitUnlike<kPid>));
const Registered<Torture> kHandleAndAny(Question(
    "reap_race/handle_and_any",
    "Does exactly one of two waiters, by handle and for any child, get the status of a zombie?",
    WaitUnlike<kAny>));
const Registered<Torture> kMixed(Question("reap_race/mixed_waiters",
                                          "Does exactly one of three waiters, by handle, by PID "
                                          "and for any child, get a zombie's status?",
                                          Wait<Exits::kZombie, 3, true>));
const Registered<Torture> kTwoAsleep(
    Question("reap_race/two_blocked",
             "Does exactly one of two blocked waiters get the status of a child that ends?",
             Wait<Exits::kLater, 2>));
const Registered<Torture> kEightAsleep(
    Question("reap_race/eight_blocked",
             "Does exactly one of eight blocked waiters get the status of a child that ends?",
             Wait<Exits::kLater, 8>));
const Registered<Torture> kSixteenAsleep(
    Question("reap_race/sixteen_blocked",
             "Does exactly one of sixteen blocked waiters get the status of a child that ends?",
             Wait<Exits::kLater, 16>));
const Registered<Torture> kMixedAsleep(Question(
    "reap_race/mixed_blocked",
    "Does exactly one of six blocked waiters, by handle, PID or for any child, get the status?",
    Wait<Exits::kLater, 6, true>));

}  // namespace
}  // namespace pidproof::scenarios::torture::reap_race
