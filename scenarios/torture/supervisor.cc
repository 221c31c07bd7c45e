// The event loop of a supervisor: it makes workers, stops some, is notified of their exits, fetches
// the statuses, and replaces the dead workers. Workers are stopped at random, a few at once; every
// exit must be reported once, for the right worker, with the right status. With pidfds a worker is
// named by its pidfd from clone3 to waitid, and epoll names the one that has exited; by PID,
// SIGCHLD only says that some have, and all must be swept.
#include <fmt/format.h>
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <deque>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "probes/system/memory.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/handle.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/torture.h"
#include "scenarios/torture/exit_watch.h"

namespace pidproof::scenarios::torture::supervisor {
namespace {

// These throw Unsupported where there is no room for so many workers.
void RequirePids(const Arena& arena, Slot workers) {
  const bool enough_slots = static_cast<Slot>(arena.slots()) >= workers;
  if (enough_slots || arena.host_pids_left() >= 2 * workers) return;
  throw Unsupported(
      fmt::format("{} workers would need more host PIDs than the {} left to this trial", workers,
                  arena.host_pids_left()));
}

void RequireDescriptors(Slot workers) {
  constexpr rlim_t kOthers = 64;
  rlimit files{};
  Require(getrlimit(RLIMIT_NOFILE, &files) == 0);
  if (files.rlim_cur >= workers + kOthers) return;
  files.rlim_cur = files.rlim_max;
  if (files.rlim_max >= workers + kOthers && setrlimit(RLIMIT_NOFILE, &files) == 0) return;
  throw Unsupported(
      fmt::format("no more than {} descriptors may be open (RLIMIT_NOFILE)", files.rlim_max));
}

void RequireMemory(Slot workers) {
  constexpr std::uint64_t kBytesEach = 48 << 10;  // task, stack, PID, inode of the pidfd
  const std::optional<std::uint64_t> available = AvailableMemory();
  if (!available || *available / 2 >= workers * kBytesEach) return;
  throw Unsupported(
      fmt::format("{} kB of memory are not enough for {} workers", *available >> 10, workers));
}

// The first fatal signal decides how a process ends; where a tracer delivers signals one by one,
// the lower number comes first. So the supervisor's signal is the lower one. The referee's ends a
// worker even where that one is lost.
constexpr int kTested = SIGUSR1;
constexpr int kEnding = SIGUSR2;

template <typename Loop>
class Supervisor {
 public:
  Supervisor(Arena& arena, TrialLoop& trials, Slot workers, bool with_pidfd)
      : arena_(arena), trials_(trials), with_pidfd_(with_pidfd), workers_(workers) {
    for (Slot slot = 1; slot < workers; ++slot) Start(slot);
    MeasureBaseline(arena, trials, with_pidfd);  // in slot 0, beside all the others
    Start(0);
  }

  void Run() {
    while (trials_.Next()) {
      if (reports_.empty()) Await();
      if (!failure_.word.empty()) return trials_.Record(failure_);
      const Report report = reports_.front();
      reports_.pop_front();
      const Outcome word = Judge(report);
      trials_.Note("event, waitid", report.status);
      // Whatever was reported: here the old worker is gone, and its PID free.
      Worker& worker = workers_[report.slot];
      if (!worker.killed) static_cast<void>(sys::Kill(worker.stub.pid, SIGKILL));
      if (word.word != "restarted") {
        static_cast<void>(sys::Waitid(P_PID, worker.stub.pid, WEXITED));
      }
      Start(report.slot);
      trials_.Record(word);
    }
  }

  // Ends all workers; returns whether there were no others.
  bool Finish() {
    for (const Report& report : reports_) {
      if (report.status.ok()) workers_[report.slot].stub.pid = 0;  // reaped
    }
    for (const Worker& worker : workers_) {
      if (worker.stub.pid != 0) Require(sys::Kill(worker.stub.pid, SIGKILL));
    }
    for (const Worker& worker : workers_) {
      if (worker.stub.pid != 0) Require(sys::Waitid(P_PID, worker.stub.pid, WEXITED));
    }
    return sys::Waitid(P_ALL, 0, WEXITED | WNOHANG).error() == ECHILD;
  }

 private:
  void Start(Slot slot) {
    Worker& worker = workers_[slot];
    worker.stub.pidfd = Fd();  // ends its watch
    worker.stub = arena_.SpawnWithPid(StubLife::kWaits, with_pidfd_, static_cast<pid_t>(slot));
    worker.killed = false;
    loop_.Watch(worker, slot);
  }

  // Until some exits have been reported: of workers that were killed before, or are killed now.
  void Await() {
    std::erase_if(victims_, [&](Slot slot) { return !workers_[slot].killed; });
    const bool again = !victims_.empty();
    if (!again) KillSome();
    // Blocks, or polls once all of them must be seen to have exited.
    const bool asleep = !again && trials_.chance()() % 2 == 0;
    if (!asleep) AwaitZombies();
    const int error = loop_.Look(asleep ? -1 : 0, workers_, reports_);
    if (error != 0) failure_ = Outcome::Of(error);
    if (asleep && !reports_.empty()) return;
    if (asleep) AwaitZombies();
    for (const Slot victim : victims_) {
      const bool seen = std::ranges::any_of(
          reports_, [&](const Report& report) { return report.slot == victim; });
      if (!seen) reports_.push_back({victim, Result<siginfo_t>::Errno(kNotReported)});
    }
  }

  void KillSome() {
    std::uniform_int_distribution<Slot> many(1, std::min(kMostAtOnce, workers_.size()));
    std::uniform_int_distribution<Slot> any(0, workers_.size() - 1);
    for (Slot left = many(trials_.chance()); left > 0; --left) {
      const Slot slot = any(trials_.chance());
      if (workers_[slot].killed) continue;
      workers_[slot].killed = true;
      victims_.push_back(slot);
    }
    for (const Slot slot : victims_) {
      const sys::Status sent = loop_.Signal(workers_[slot], kTested);
      if (!sent.ok()) failure_ = Outcome::Of(sent);
      Require(sys::Kill(workers_[slot].stub.pid, kEnding));
    }
  }

  void AwaitZombies() {
    for (const Slot slot : victims_) {
      Require(sys::Waitid(P_PID, workers_[slot].stub.pid, WEXITED | WNOWAIT));
    }
  }

  Outcome Judge(const Report& report) const {
    const Worker& worker = workers_[report.slot];
    if (report.status.error() == kNotReported) return "lost_wakeup";
    if (report.status.error() == ECHILD) return "status_lost";
    if (!report.status.ok()) return Outcome::Of(report.status.error());
    if (!worker.killed) return "reported_live";
    if (report.status->si_pid == 0) return "reported_early";
    if (report.status->si_pid != worker.stub.pid) return "wrong_status";
    if (report.status->si_status == kEnding) return "signal_lost";
    return report.status->si_status == kTested ? "restarted" : "wrong_status";
  }

  static constexpr int kNotReported = ENOMSG;
  Arena& arena_;
  TrialLoop& trials_;
  bool with_pidfd_;
  Loop loop_;
  std::vector<Worker> workers_;
  std::vector<Slot> victims_;
  std::deque<Report> reports_;
  Outcome failure_ = "";
};

template <typename Loop>
void Supervise(Arena& arena, TrialLoop& trials, Slot workers, bool with_pidfd) {
  RequirePids(arena, workers);
  RequireMemory(workers);
  if (with_pidfd) RequireDescriptors(workers);
  Supervisor<Loop> supervisor(arena, trials, workers, with_pidfd);
  trials.OpenedBy("killed at random");
  supervisor.Run();
  if (!supervisor.Finish()) trials.Record("child_left", Window::kClosed);
}

template <pid_t kWorkers>
void Supervise(Arena& arena, Path path, TrialLoop& trials) {
  if (Handle::NeedsPidfdAtSpawn(path)) return Supervise<PidfdWatch>(arena, trials, kWorkers, true);
  Supervise<SigchldWatch>(arena, trials, kWorkers, false);
}

template <pid_t kWorkers>
Torture Question(std::string_view name, std::string_view question,
                 std::string_view on_request = {}) {
  return {
      .name = name,
      .question = question,
      .claims = {Must("restarted", "each end was reported with its status",
                      "pidfd_open(2), waitid(2), signalfd(2)"),
                 Never("lost_wakeup", "an end was not reported", "pidfd_open(2), signal(7)"),
                 Never("status_lost", "an end was reported, but there was no status", "waitid(2)"),
                 Never("wrong_status", "not the status of a killed worker", "waitid(2)"),
                 Never("signal_lost", "sent before another signal, but without effect",
                       "kernel/signal.c complete_signal"),
                 Never("reported_early", "an end was reported before it came", "pidfd_open(2)"),
                 Never("reported_live", "the end of a live worker was reported", "pidfd_open(2)"),
                 Never("child_left", "a child that was never made", "waitid(2)")},
      .pidfd = {.needs = {"clone3/pidfd", "epoll", "pidfd_send_signal", "waitid/p_pidfd"}},
      .no_control = "SIGCHLD and a scan of all children give the same guarantee, but slower",
      .loop = Supervise<kWorkers>,
      .pids = kWorkers,
      .faults = {"lost-wakeup", "signal-lost", "status-lost", "status-wrong"},
      .on_request = on_request,
  };
}

const Registered<Torture> kOne(Question<1>(
    "supervisor/one",
    "Does an event loop get each end of one worker that is killed repeatedly, with its status?"));
const Registered<Torture> kHundred(
    Question<100>("supervisor/hundred",
                  "Does a supervisor of 100 workers that are killed at random get each end once?"));
const Registered<Torture> kThousand(Question<1000>(
    "supervisor/thousand",
    "Does a supervisor of 1,000 workers that are killed at random get each end once?"));
const Registered<Torture> kTenThousand(Question<10'000>(
    "supervisor/ten_thousand",
    "Does a supervisor of 10,000 workers that are killed at random get each end once?",
    "makes 10,000 processes"));

}  // namespace
}  // namespace pidproof::scenarios::torture::supervisor
