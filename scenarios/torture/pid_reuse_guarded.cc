// What people do against the reuse of numbers, or believe that it does: compare start times, keep
// the number in a file and check it, hold a pidfd, but by its number only.
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <utility>

#include "probes/system/require.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/tested.h"
#include "scenarios/torture.h"
#include "scenarios/torture/chain.h"

namespace pidproof {
namespace {

struct Started {
  Handle handle;
  std::uint64_t ticks;
};

// The tick is 10 ms (CLK_TCK is 100 everywhere): two processes of one number that live within one
// cannot be told apart.
void CompareStartTimes(Arena& arena, Path path, TrialLoop& trials) {
  proc::ShowOwn();
  const ByHandle by_handle{path};
  Chain(
      arena, path, trials,
      [&](Arena::Stub& stub) {
        return Started{by_handle(stub), Require(proc::StartTime(stub.pid))};
      },
      [&](const Started& worker, const Arena::Stub& stranger) {
        const bool looks_the_same = Require(proc::StartTime(stranger.pid)) == worker.ticks;
        const sys::Status sent = looks_the_same ? worker.handle.Signal(SIGUSR1) : sys::Status(0);
        trials.Note("compare, signal", sent);
        const bool hit = WasHit(arena, stranger);
        if (!looks_the_same) return trials.Record("told_apart", Window::kClosed);
        trials.Record(hit ? "hit_stranger" : Outcome::Of(sent));
      });
}

const Registered<Torture> kStartTime{{
    .name = "pid_reuse/start_time",
    .question =
        "We signal only if the start time is still the same as well as the number: does that "
        "tell a worker from a stranger with its number?",
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"},
              .claims = {Must("esrch", "whatever the start times, the worker is gone",
                              "pidfd_send_signal(2)"),
                         May("told_apart", "a clock tick came between", "proc_pid_stat(5)"),
                         Never("hit_stranger", "a pidfd names a process, not a number",
                               "pidfd_open(2)")}},
    .legacy = {.claims = {May("told_apart", "a clock tick came between", "proc_pid_stat(5)"),
                          Hazard("hit_stranger", "both were started within one clock tick of 10 ms",
                                 "proc_pid_stat(5)")}},
    .loop = CompareStartTimes,
    .single_cpu = true,
    .faults = {"signal-stranger"},
}};

// A file that a worker's number stands in, and that nobody takes away when it ends.
class Pidfile {
 public:
  Pidfile() : file_(memfd_create("pidfile", MFD_CLOEXEC)) {
    if (!file_) throw Unsupported("no file can be made in memory here (memfd_create)");
  }
  void Write(pid_t number) const {
    char text[16] = {};
    *fmt::format_to_n(text, sizeof text - 1, "{}\n", number).out = '\0';
    Require(pwrite(file_.get(), text, sizeof text, 0) == sizeof text);
  }
  pid_t Read() const {
    char text[16] = {};
    Require(pread(file_.get(), text, sizeof text - 1, 0) > 0);
    return std::atoi(text);
  }

 private:
  Fd file_;
};

Outcome SignalChecked(Arena& arena, const Handle& named, const Arena::Stub& stranger,
                      TrialLoop& trials) {
  const sys::Status there = named.Signal(0);
  const sys::Status sent = there.ok() ? named.Signal(SIGUSR1) : there;
  trials.Note("signal 0, signal", sent);
  if (WasHit(arena, stranger)) return "hit_stranger";
  return there.ok() ? "seemed_alive" : Outcome::Of(there);
}

const Registered<Torture> kPidfile{{
    .name = "pid_reuse/pidfile",
    .question =
        "A worker left its number in a pidfile, and somebody else has that by now: does it help "
        "to check before we signal?",
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"},
              .claims = {Must("esrch", "a pidfd that was kept beside the file says that it is gone",
                              "pidfd_send_signal(2)"),
                         Never("hit_stranger", "a pidfd names a process, not a number",
                               "pidfd_open(2)"),
                         Never("seemed_alive", "signal 0 has nobody to go to either",
                               "pidfd_send_signal(2)")}},
    .legacy = {.claims = {Hazard("hit_stranger",
                                 "the check finds the stranger, and so does the signal",
                                 "kill(2)")}},
    .no_control = "by number, who seems alive is the stranger, and is hit",
    .loop =
        [](Arena& arena, Path path, TrialLoop& trials) {
          const Pidfile file;
          Chain(
              arena, path, trials,
              [&](Arena::Stub& stub) {
                file.Write(stub.pid);
                return std::move(stub.pidfd);
              },
              [&](Fd& kept, const Arena::Stub& stranger) {
                const Handle named = Handle::From(file.Read(), std::move(kept), path);
                trials.Record(SignalChecked(arena, named, stranger, trials));
              });
        },
    .single_cpu = true,
    .faults = {"signal-stranger"},
}};

// A pidfd is closed, the next one that is made is given its number.
void UseAfterClose(Arena& arena, Path path, TrialLoop& trials) {
  Chain(
      arena, path, trials, [](const Arena::Stub& stub) { return stub.pidfd.get(); },
      [&](int closed, const Arena::Stub& stranger) {
        const sys::Status sent = tested::PidfdSendSignal(closed, SIGUSR1, nullptr, 0);
        trials.Note("pidfd_send_signal", sent);
        const bool hit = WasHit(arena, stranger);
        trials.Record(hit ? "hit_stranger" : Outcome::Of(sent),
                      closed == stranger.pidfd.get() ? Window::kOpen : Window::kClosed);
      });
}

const Registered<Torture> kFdNumber{{
    .name = "pid_reuse/fd_number",
    .question =
        "A pidfd is used after it was closed, and its own number is another pidfd's by now: who "
        "is hit?",
    .pidfd =
        {.needs = {"clone3/pidfd", "pidfd_send_signal"},
         .claims =
             {Hazard(
                  "hit_stranger",
                  "the lowest free descriptor is given out next: its number names no process for "
                  "longer than it is open",
                  "open(2)"),
              May("ebadf", "nobody has taken that number", "pidfd_send_signal(2)")}},
    .legacy = NotPossible("a PID is no descriptor that could be closed"),
    .loop = UseAfterClose,
    .single_cpu = true,
}};

}  // namespace
}  // namespace pidproof
