// One descriptor is left, and two threads want it: one makes a child with a pidfd or opens a pidfd,
// the other takes a descriptor. The call that fails must leave nothing behind: neither a child that
// the caller does not know of, nor a descriptor.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "probes/system/require.h"
#include "scenarios/fixtures/fd_table.h"
#include "scenarios/handle.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/tested.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::exhaustion {
namespace {

// The last free descriptor, and the other thread, which wants it. In some trials it is taken
// beforehand, in some not at all, so that every run observes both outcomes.
class Last {
 public:
  explicit Last(TrialLoop& trials)
      : trials_(trials), descriptor_(LowestFree()), full_(std::in_place, 1) {}

  void Set() {
    if (trials_.trial() % 8 == 0) TakeNow();
  }
  // Act: takes it.
  CallResult Take() {
    if (trials_.trial() % 8 > 1) TakeNow();
    return taken_.get();
  }
  bool taken() const { return static_cast<bool>(taken_); }
  // After all has been given back: whether the last descriptor is free again. The timer that
  // disturbs the race may have taken it; then another one is the last.
  bool IsBack() {
    taken_.reset();
    if (Fd(Duplicate()).get() == descriptor_) return true;
    itimerspec timer;
    const bool left = timerfd_gettime(descriptor_, &timer) != 0;
    if (left) close(descriptor_);
    full_.reset();
    descriptor_ = LowestFree();
    full_.emplace(1);
    return !left;
  }
  Window window(const Race& race) const {
    return trials_.trial() % 8 > 1 ? race.window() : Window::kClosed;
  }

 private:
  static Fd Duplicate() { return Fd(fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0)); }
  void TakeNow() { taken_ = Duplicate(); }

  TrialLoop& trials_;
  int descriptor_;
  std::optional<FullFdTable> full_;
  Fd taken_;
};

// Like SpawnWithPid, but returns the errno of a refusal.
Result<Arena::Stub> TrySpawn(Arena& arena, bool with_pidfd) {
  const Arena::ChosenPids pids = arena.PidsFor(0);
  int pidfd = -1;
  StubOptions options{.flags = Arena::kShareAll | (with_pidfd ? abi::kClonePidfd : 0),
                      .pidfd = with_pidfd ? &pidfd : nullptr,
                      .set_tid = std::span(pids.values).first(pids.count)};
  Result<pid_t> made = tested::SpawnStub(options, StubLife::kWaits);
  if (!made.ok() && made.error() != EMFILE) {  // the host PID is in use
    options.set_tid = {};
    made = tested::SpawnStub(options, StubLife::kWaits);
  }
  if (pids.count != 2 || options.set_tid.empty()) arena.CountHostPid();
  if (made.error() == EMFILE) return Result<Arena::Stub>::Errno(EMFILE);
  Require(made);  // any other failure is not under test
  return Arena::Stub{*made, Fd(pidfd)};
}

// Whether there is a child that the caller does not know of. It is reaped.
bool ChildLeft() {
  if (sys::Waitid(P_ALL, 0, WEXITED | WNOHANG | __WALL).error() == ECHILD) return false;
  // ESRCH: it has exited by itself
  static_cast<void>(sys::Kill(Arena::kFirstPid, SIGKILL));
  while (sys::Waitid(P_ALL, 0, WEXITED | __WALL).ok()) {
  }
  return true;
}

void Make(Arena& arena, Path path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  auto made = Result<Arena::Stub>::Errno(0);
  std::optional<Last> last;
  Race race(trials, {{"makes a child",
                      [&]() -> CallResult {
                        made = TrySpawn(arena, Handle::NeedsPidfdAtSpawn(path));
                        return made.ok() ? CallResult(made->pid) : CallResult(made);
                      }},
                     {"takes the last descriptor", [&] { return last->Take(); }}});
  last.emplace(trials);
  while (trials.Next()) {
    last->Set();
    race.Run();
    Outcome saw = made.ok() ? Outcome("made") : Outcome::Of(made.error());
    const bool both = made.ok() && made->pidfd && last->taken();
    if (made.ok()) arena.End(*made);
    made = Result<Arena::Stub>::Errno(0);
    if (both) saw = "two_last";
    if (ChildLeft()) saw = "child_left";
    const Window window = last->window(race);
    if (!last->IsBack()) saw = "file_left";
    trials.Record(saw, window);
  }
}

const Registered<Torture> kMake{{
    .name = "exhaustion/clone",
    .question =
        "Does clone3 with CLONE_PIDFD make a child only with a pidfd as descriptors run out?",
    .pidfd =
        {.needs = {"clone3/pidfd"},
         .claims =
             {Must("made", "the child's pidfd got the last descriptor", "clone(2)"),
              Must("emfile", "no descriptor was free, so no child was made", "clone(2) ERRORS"),
              Never("two_last", "RLIMIT_NOFILE was exceeded", "getrlimit(2) RLIMIT_NOFILE"),
              Never("child_left", "a child without a pidfd was left", "kernel/fork.c copy_process"),
              Never("file_left", "a descriptor was leaked", "kernel/fork.c copy_process")}},
    .legacy = {.claims = {Must("made", "a PID needs no descriptor", "fork(2)"),
                          Never("child_left", "an unknown child was left", "fork(2)"),
                          Never("file_left", "a descriptor was leaked", "fork(2)")}},
    .no_control = "a child that is named by its PID needs no descriptor",
    .loop = Make,
    .faults = {"child-left"},
}};

void Open(Arena& arena, Path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  const Arena::Stub child = arena.SpawnWithPid(StubLife::kExits, false);
  Require(sys::Waitid(P_PID, child.pid, WEXITED | WNOWAIT));
  auto opened = Result<Fd>::Errno(0);
  std::optional<Last> last;
  Race race(trials, {{"pidfd_open",
                      [&]() -> CallResult {
                        opened = tested::PidfdOpen(child.pid, 0);
                        return opened.ok() ? CallResult(opened->get()) : CallResult(opened);
                      }},
                     {"takes the last descriptor", [&] { return last->Take(); }}});
  last.emplace(trials);
  while (trials.Next()) {
    last->Set();
    race.Run();
    Outcome saw = opened.ok() ? Outcome("opened") : Outcome::Of(opened.error());
    if (opened.ok() && last->taken()) saw = "two_last";
    if (opened.ok() && Require(tested::Poll(opened->get(), POLLIN, 0)) == 0) saw = "no_handle";
    opened = Result<Fd>::Errno(0);
    const Window window = last->window(race);
    if (!last->IsBack()) saw = "file_left";
    trials.Record(saw, window);
  }
  Require(sys::Waitid(P_PID, child.pid, WEXITED));
}

const Registered<Torture> kOpen{{
    .name = "exhaustion/open",
    .question = "Does pidfd_open either fail or return a working pidfd as descriptors run out?",
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("opened", "the pidfd got the last descriptor", "pidfd_open(2)"),
                         Must("emfile", "no descriptor was free", "pidfd_open(2) ERRORS"),
                         Never("two_last", "RLIMIT_NOFILE was exceeded",
                               "getrlimit(2) RLIMIT_NOFILE"),
                         Never("no_handle", "the pidfd did not report the end of the child",
                               "pidfd_open(2)"),
                         Never("file_left", "a descriptor was leaked", "pidfd_open(2)")}},
    .legacy = NotPossible("a PID is not a descriptor"),
    .no_control = "not possible by PID",
    .loop = Open,
    .faults = {"lost-wakeup"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::exhaustion
