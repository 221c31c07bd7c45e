// A worker's PID on record that a thread of another process has by now. Of processes that have it
// see pid_reuse/*; of another user's process and of the signalling process itself, new_owner.cc.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>

#include <filesystem>
#include <string>
#include <utility>

#include "probes/system/require.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/thread_with_pid.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::new_owner_thread {
namespace {

constexpr pid_t kPid = Arena::kFirstPid;  // on record, first the worker's

// What ask answers, given what was kept of a worker, when a thread has its PID; "hit_stranger"
// where ask has sent SIGUSR1 to the process of that thread.
template <typename Keep, typename Ask>
Outcome OnceThreadHasPid(Arena& arena, bool with_pidfd, Keep keep, Ask ask) {
  Arena::Stub worker = arena.SpawnWithPid(StubLife::kWaits, with_pidfd);
  const auto kept = keep(worker);
  arena.End(worker);
  ThreadWithPid stranger(arena);
  const Arena::Stub process = stranger.Spawn();
  const Outcome answer = ask(kept);
  return arena.End(process, SIGUSR2).si_status == SIGUSR1 ? "hit_stranger" : answer;
}

Outcome Send(const Handle& worker) { return Outcome::Of(worker.Signal(SIGUSR1)); }

// By what was kept of the worker while it lived.
template <typename Keep>
Outcome SignalKept(Arena& arena, bool with_pidfd, Keep keep) {
  return OnceThreadHasPid(arena, with_pidfd, keep, Send);
}

// By what is made of the PID on record, or of its name in /proc, only then.
template <typename Open>
Outcome SignalFound(Arena& arena, Open open) {
  return OnceThreadHasPid(
      arena, false, [](const Arena::Stub&) { return kPid; },
      [&](pid_t) {
        const Result<Handle> found = open();
        return found.ok() ? Send(*found) : Outcome::Of(found.error());
      });
}

Outcome SignalByPid(Arena& arena) {
  return SignalFound(arena, [] { return Handle::ToPid(kPid, kLegacyPid); });
}

std::string Directory() { return fmt::format("/proc/{}", kPid); }

Result<Handle> OpenDirectory(Path path) {
  Fd directory(open(Directory().c_str(), O_DIRECTORY | O_CLOEXEC));
  if (!directory) return Result<Handle>::Errno(errno);
  return Handle::From(kPid, std::move(directory), path);
}

Claim HitByPid() {
  return Hazard("hit_stranger", "kill(2) takes any thread's TID for its whole process",
                "kill(2), kernel/signal.c kill_proc_info");
}

const Registered<Conformance> kSignal{{
    .name = "new_owner/thread_signal",
    .question = "Which process is signalled when a worker's PID is reused for a thread of another?",
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"},
              .claims = {Must("esrch", "the worker is gone", "pidfd_send_signal(2)"),
                         Never("hit_stranger", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)")}},
    .legacy = {.claims = {HitByPid()}},
    .ask =
        [](Arena& arena, Path path) {
          return SignalKept(arena, Handle::NeedsPidfdAtSpawn(path),
                            [&](Arena::Stub& worker) { return Handle::Of(worker, path); });
        },
}};

const Registered<Conformance> kOpen{{
    .name = "new_owner/thread_open",
    .question = "Which process is signalled when pidfd_open is given a PID that a thread has?",
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("enoent", "the PID is in use, but not by a process",
                              "Linux 6.16 kernel/fork.c pidfd_prepare")
                             .Since(eras::kPidOfNoProcess),
                         May("einval", "a thread's TID was an invalid argument", "pidfd_open(2)")
                             .Until(eras::kPidOfNoProcess),
                         Never("hit_stranger", "pidfd_open takes the PIDs of processes only",
                               "pidfd_open(2)")},
              .ask =
                  [](Arena& arena) {
                    return SignalFound(arena, [] { return Handle::ToPid(kPid, kPidfd); });
                  }},
    .legacy = {.claims = {HitByPid()}, .ask = SignalByPid},
}};

const Registered<Conformance> kDirectory{{
    .name = "new_owner/thread_proc_directory",
    .question = "Which process is signalled by the open /proc directory of a worker whose PID is "
                "reused for a thread?",
    .pidfd = {.needs = {"pidfd_send_signal/proc_fd"},
              .claims = {Must("esrch", "the open directory stays that of the worker",
                              "pidfd_send_signal(2)"),
                         Never("hit_stranger", "the directory refers to a process, not to a PID",
                               "pidfd_send_signal(2), fs/proc/base.c tgid_pidfd_to_pid")}},
    .legacy = {.claims = {HitByPid()}},
    .ask =
        [](Arena& arena, Path path) {
          proc::ShowOwn();
          return SignalKept(arena, false,
                            [&](const Arena::Stub&) { return Require(OpenDirectory(path)); });
        },
}};

const Registered<Conformance> kLate{{
    .name = "new_owner/thread_proc_opened_late",
    .question =
        "Which process is signalled when /proc/PID is opened once the PID belongs to a thread?",
    .pidfd = {.needs = {"pidfd_send_signal/proc_fd"},
              .claims = {Hazard("hit_stranger", "a thread's directory there stands for its process",
                                "fs/proc/base.c proc_pid_lookup, tgid_pidfd_to_pid")}},
    .legacy = {.claims = {HitByPid()}},
    .ask =
        [](Arena& arena, Path path) {
          proc::ShowOwn();
          return SignalFound(arena, [&] { return OpenDirectory(path); });
        },
}};

bool IsListed() {
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    if (entry.path() == Directory()) return true;
  }
  return false;
}

const Registered<Conformance> kListed{{
    .name = "new_owner/thread_in_proc",
    .question = "Does /proc (fdinfo or the list) show a worker whose PID a thread has by now?",
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_getpid"},
              .claims = {Must("gone", "fdinfo shows -1", "kernel/fork.c pidfd_show_fdinfo")
                             .Since(eras::kFdinfoOfReaped),
                         Never("believed_stranger", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)")},
              .ask =
                  [](Arena& arena) {
                    return OnceThreadHasPid(
                        arena, true, [](Arena::Stub& worker) { return Handle::Of(worker, kPidfd); },
                        [](const Handle& worker) -> Outcome {
                          return Require(worker.HasPid()) ? "believed_stranger" : "gone";
                        });
                  }},
    .legacy = {.claims = {Hazard("unlisted",
                                 "a look at /proc/PID finds it, a list of /proc does not",
                                 "proc(5), fs/proc/base.c next_tgid")},
               .ask =
                   [](Arena& arena) {
                     proc::ShowOwn();
                     return OnceThreadHasPid(
                         arena, false, [](const Arena::Stub&) { return kPid; },
                         [](pid_t pid) -> Outcome {
                           if (!proc::StartTime(pid).ok()) return "gone";
                           return IsListed() ? "listed" : "unlisted";
                         });
                   }},
    .no_control = "the list and the look at /proc/PID disagree, which is a hazard of its own",
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::new_owner_thread
