// Safeguards against PID reuse, some of them insufficient: compare start times, keep the PID in a
// file and check it, hold a pidfd by its descriptor number only.
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

namespace pidproof::scenarios::torture::pid_reuse_guarded {
namespace {

struct Started {
  Handle handle;
  std::uint64_t ticks;
};

// The tick is 10 ms (CLK_TCK is 100 everywhere): two processes with one PID that live within the
// same tick look alike.
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
        if (!looks_the_same) return trials.Record("distinguished", Window::kClosed);
        trials.Record(hit ? "hit_stranger" : Outcome::Of(sent));
      });
}

const Registered<Torture> kStartTime{{
    .name = "pid_reuse/start_time",
    .question = "Does comparing start times distinguish a worker from a new owner of its PID?",
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"},
              .claims = {Must("esrch", "the worker is gone, whatever the start times are",
                              "pidfd_send_signal(2)"),
                         May("distinguished", "a clock tick lies between the two starts",
                             "proc_pid_stat(5)"),
                         Never("hit_stranger", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)")}},
    .legacy = {.claims = {May("distinguished", "a clock tick lies between the two starts",
                              "proc_pid_stat(5)"),
                          Hazard("hit_stranger", "both started within one clock tick of 10 ms",
                                 "proc_pid_stat(5)")}},
    .loop = CompareStartTimes,
    .single_cpu = true,
    .faults = {"signal-stranger"},
}};

// A file with a worker's PID, which is not removed when the worker exits.
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
        "Does a check by signal 0 protect from signalling the new owner of a PID in a pidfile?",
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"},
              .claims = {Must("esrch",
                              "a pidfd kept beside the pidfile reports that the process is gone",
                              "pidfd_send_signal(2)"),
                         Never("hit_stranger", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)"),
                         Never("seemed_alive", "signal 0 finds no process either",
                               "pidfd_send_signal(2)")}},
    .legacy = {.claims = {Hazard("hit_stranger",
                                 "the check finds the new owner and so does the signal",
                                 "kill(2)")}},
    .no_control = "by PID, the process that seems alive is the new owner, which is signalled",
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

// A pidfd is closed, and the next one gets its number.
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
    .question = "Which process is signalled by a closed pidfd whose descriptor number is reused?",
    .pidfd =
        {.needs = {"clone3/pidfd", "pidfd_send_signal"},
         .claims =
             {Hazard(
                  "hit_stranger",
                  "the lowest free descriptor is reused: its number is valid only while it is open",
                  "open(2)"),
              May("ebadf", "the descriptor number is not in use again", "pidfd_send_signal(2)")}},
    .legacy = NotPossible("a PID is not a descriptor that could be closed"),
    .loop = UseAfterClose,
    .single_cpu = true,
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::pid_reuse_guarded
