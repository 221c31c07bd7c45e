// The worker is reaped, its PID reused, and then we ask about the worker. No process is hit, but
// the answer describes the stranger.
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <string>

#include "probes/system/require.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/torture.h"
#include "scenarios/torture/chain.h"

namespace pidproof::scenarios::torture::pid_reuse_look {
namespace {

const Registered<Torture> kPoll{{
    .name = "pid_reuse/poll",
    .question = "Is the end of a worker still reported after it is reaped and its PID reused?",
    .pidfd = {.needs = {"clone3/pidfd", "poll"},
              .claims = {Must("ended", "a pidfd stays readable forever once the process has ended",
                              "pidfd_open(2)"),
                         Never("not_ended", "the end of a process cannot be undone",
                               "pidfd_open(2)")}},
    .legacy = {.claims = {Hazard("not_ended",
                                 "signal 0 only checks whether any process has the PID",
                                 "kill(2)")}},
    .loop =
        [](Arena& arena, Path path, TrialLoop& trials) {
          Chain(arena, path, trials, ByHandle{path},
                [&](const Handle& stale, const Arena::Stub& stranger) {
                  const Result<bool> ended = stale.Ended();
                  trials.Note("ended?", ended.ok() ? CallResult(*ended) : CallResult(ended));
                  arena.End(stranger);
                  if (!ended.ok()) return trials.Record(Outcome::Of(ended.error()));
                  trials.Record(*ended ? "ended" : "not_ended");
                });
        },
    .single_cpu = true,
    .faults = {"lost-wakeup"},
}};

std::string Directory() { return "/proc/" + std::to_string(Arena::kFirstPid); }

// The first bytes of the file.
Result<std::size_t> ReadStart(const std::string& file, std::array<char, 256>& start) {
  const Fd opened(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  const ssize_t length = opened ? read(opened.get(), start.data(), start.size()) : -1;
  return length < 0 ? Result<std::size_t>::Errno(errno) : static_cast<std::size_t>(length);
}

// As libraries do that use both: /proc is read by PID, and then the handle is asked whether the
// process existed all the time.
void ReadAndCheck(Arena& arena, Path path, TrialLoop& trials) {
  proc::ShowOwn();
  const std::string file = Directory() + "/stat";
  std::array<char, 256> start{};
  Chain(arena, path, trials, ByHandle{path}, [&](const Handle& stale, const Arena::Stub& stranger) {
    Require(ReadStart(file, start));
    const sys::Status there = stale.Signal(0);
    trials.Note("read stat, signal 0", there);
    arena.End(stranger);
    trials.Record(there.ok() ? "believed_stranger" : Outcome::Of(there));
  });
}

const Registered<Torture> kProc{{
    .name = "pid_reuse/proc",
    .question = "Does signal 0 validate what was read in /proc after a worker's PID is reused?",
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"},
              .claims = {Must("esrch", "the check fails: what was read belongs to another process",
                              "pidfd_send_signal(2)"),
                         Never("believed_stranger", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)")}},
    .legacy = {.claims = {Hazard("believed_stranger", "the check by PID finds the new owner too",
                                 "proc(5), kill(2)")}},
    .loop = ReadAndCheck,
    .single_cpu = true,
    .faults = {"signal-stranger"},
}};

// An open /proc/PID directory in place of a pidfd.
struct ByDirectory {
  Path path;
  std::string name = Directory();
  Handle operator()(const Arena::Stub& stub) const {
    const int directory = open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    Require(directory >= 0);
    return Handle::From(stub.pid, Fd(directory), path);
  }
};

const Registered<Torture> kDirectory{{
    .name = "pid_reuse/proc_directory",
    .question =
        "Which process is signalled by the open /proc directory of a worker whose PID is reused?",
    .pidfd = {.needs = {"pidfd_send_signal/proc_fd"},
              .claims = {Must("esrch", "the open directory stays that of the worker",
                              "pidfd_send_signal(2)"),
                         Never("hit_stranger", "the directory refers to a process, not to a PID",
                               "pidfd_send_signal(2), fs/proc/base.c tgid_pidfd_to_pid")}},
    .legacy = {.claims = {Hazard("hit_stranger", "kill(2) looks up the PID on each use",
                                 "kill(2)")}},
    .loop =
        [](Arena& arena, Path path, TrialLoop& trials) {
          proc::ShowOwn();
          Chain(arena, path, trials, ByDirectory{path},
                [&](const Handle& stale, const Arena::Stub& stranger) {
                  trials.Record(SignalStale(arena, stale, stranger, trials));
                });
        },
    .single_cpu = true,
    .faults = {"signal-stranger"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::pid_reuse_look
