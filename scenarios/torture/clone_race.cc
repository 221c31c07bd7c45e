// clone stores the new process's pidfd, or its PID, in memory that other threads can read. They
// signal whatever they find there while the call still runs: the number of a pidfd is stored before
// its file is installed, and the process does not run yet.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <span>
#include <utility>
#include <vector>

#include "probes/system/require.h"
#include "scenarios/fixtures/referee.h"
#include "scenarios/handle.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/tested.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::clone_race {
namespace {

constexpr int kNothing = -1;
// What the child ends by: of two fatal signals the first, whoever traces it.
constexpr int kSignal = SIGKILL;
constexpr int kAfterwards = SIGTERM;
constexpr pid_t kStrangersSlot = 1;

// What a path has stored, and how what is found there is signalled.
struct Way {
  std::uint64_t stores;  // the clone flag
  sys::Status (*signal)(int found);
};
constexpr Way kWays[] = {
    /* by pidfd */ {abi::kClonePidfd,
                    [](int found) { return tested::PidfdSendSignal(found, kSignal, nullptr, 0); }},
    /* by PID */ {CLONE_PARENT_SETTID, [](int found) { return sys::Kill(found, kSignal); }},
};

// What one thread got that signalled the number it found, again and again while that was no pidfd
// yet.
struct Shots {
  bool early = false;  // the first was fired before the clone had returned
  int first = 0;       // its errno
  int last = 0;
};

// The place, and what is done with it in one trial.
class Place {
 public:
  explicit Place(const Way& way) : way_(way) {}

  // Act: the clone. The child waits to be signalled.
  CallResult Make(Arena& arena) {
    const Arena::ChosenPids pids = arena.PidsFor(0);
    StubOptions options{.flags = Arena::kShareAll | way_.stores,
                        .pidfd = &number_,
                        .set_tid = std::span(pids.values).first(pids.count)};
    made_ = tested::SpawnStub(options, StubLife::kWaits);
    if (made_.error() == EEXIST || made_.error() == EPERM) {  // the host PID is in use
      options.set_tid = {};
      made_ = tested::SpawnStub(options, StubLife::kWaits);
    }
    if (pids.count != 2 || options.set_tid.empty()) arena.CountHostPid();
    returned_ = true;
    return made_.ok() ? CallResult(*made_) : CallResult(made_);
  }

  // Act: one of the threads that look.
  CallResult Shoot(Shots& shots) const {
    shots = {};
    while (Found() == kNothing && !returned_) sched_yield();
    if (Found() == kNothing) return 0;  // nothing was cloned, which Take reports
    shots.early = !returned_;
    shots.first = way_.signal(Found()).error();
    shots.last = shots.first;
    while (shots.last == EBADF) {
      const bool returned = returned_;
      shots.last = way_.signal(Found()).error();
      if (returned) break;
    }
    return -shots.first;
  }

  // Once all acts are over: the child. Takes over its pidfd, and clears the place for the next.
  Arena::Stub Take(Path path) {
    const int number = std::exchange(number_, kNothing);
    returned_ = false;
    const pid_t child = Require(made_);
    return {child, Fd(Handle::NeedsPidfdAtSpawn(path) ? number : -1)};
  }

 private:
  int Found() const { return std::atomic_ref<int>(number_).load(); }

  const Way& way_;
  alignas(64) mutable int number_ = kNothing;
  alignas(64) std::atomic<bool> returned_ = false;
  Result<pid_t> made_ = Result<pid_t>::Errno(ECHILD);
};

// A process beside the child, whose pidfd had the number that the child's gets: nothing may hit it.
class Stranger {
 public:
  Stranger(Arena& arena, Path path)
      : stub_(arena.SpawnWithPid(StubLife::kWaits, Handle::NeedsPidfdAtSpawn(path),
                                 kStrangersSlot)) {}
  void LendNumber() const { Fd(fcntl(stub_.pidfd.get(), F_DUPFD_CLOEXEC, 0)); }
  bool IsHit() const { return referee::StateOf(stub_.pid) != ProcessState::kAlive; }

 private:
  Arena::Stub stub_;
};

// How the child ended that all had signalled before another signal was sent.
Outcome Word(const std::array<Shots, 2>& all, int end) {
  bool early = false;
  for (const Shots& shots : all) {
    if (shots.last == EBADF) return "not_installed";
    if (shots.last != 0) return Outcome::Of(shots.last);
    if (shots.first != 0) early = true;
  }
  if (end != kSignal) return "lost";
  return early ? "not_yet" : "hit";
}

void SignalWhatIsStored(Arena& arena, Path path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  const Stranger stranger(arena, path);
  Place place(kWays[static_cast<std::size_t>(path)]);
  std::array<Shots, 2> shots;
  const auto shoots = [&](std::size_t thread) -> Race::Act {
    return {"signals what is stored", [&, thread] { return place.Shoot(shots[thread]); }};
  };
  Race race(trials, {{"clone", [&] { return place.Make(arena); }}, shoots(0), shoots(1)});
  while (trials.Next()) {
    stranger.LendNumber();
    race.Run();
    const Arena::Stub child = place.Take(path);
    const Outcome saw = Word(shots, arena.End(child, kAfterwards).si_status);
    const bool early = shots[0].early || shots[1].early;
    trials.Record(stranger.IsHit() ? "hit_stranger" : saw, early ? Window::kOpen : Window::kClosed);
  }
}

constexpr char kSource[] = "kernel/fork.c copy_process, kernel_clone";

const std::vector<Claim> kClaims = {
    Must("hit", "the process exists once its name is stored, and is signalled before it runs",
         kSource),
    Never("hit_stranger", "the name belongs to no other process", kSource),
    Never("lost", "the signal was sent, but the process ended by another", kSource),
    Never("esrch", "the process was not reaped", kSource)};

const Registered<Torture> kPlace{{
    .name = "clone_race/signal_stored",
    .question = "Does a signal by what clone has stored, sent while the call still runs, hit the "
                "child or nothing?",
    .claims = kClaims,
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"},
              .claims = {May("not_yet",
                             "EBADF at first: the number is stored before its file is installed",
                             "kernel/fork.c copy_process"),
                         Never("not_installed", "EBADF although the clone had returned",
                               "clone(2) CLONE_PIDFD")}},
    .no_control = "a PID is stored once its process exists, and not reused before it is reaped",
    .loop = SignalWhatIsStored,
    .pids = 2,
    .faults = {"signal-lost"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::clone_race
