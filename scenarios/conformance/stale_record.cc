// A stop that has only what was written down about a process by now reaped, whose PID is reused.
// Of PIDs alone see pid_reuse/pidfile and pid_reuse/open; of stops that begin while the process is
// reaped, signal_race/record_inode.
#include <errno.h>
#include <signal.h>

#include "probes/system/require.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/process_record.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::stale_record {
namespace {

// What is left of any record where no pidfd can be made.
struct PidRecord {
  pid_t pid;
  static PidRecord Of(pid_t pid) { return {pid}; }
};

// stop: by a record of a worker, when a stranger has its PID.
template <typename Record, typename Stop>
Outcome StopStranger(Arena& arena, Stop stop) {
  const Arena::Stub worker = arena.SpawnWithPid(StubLife::kWaits, false);
  const Record record = Record::Of(worker.pid);
  arena.End(worker);
  const Arena::Stub stranger = arena.SpawnWithPid(StubLife::kWaits, false);
  const sys::Status sent = stop(record);
  const bool hit = arena.End(stranger, SIGUSR2).si_status == SIGUSR1;
  return hit ? Outcome("hit_stranger") : OfStop(sent);
}

template <typename Record>
sys::Status StopByPidfd(const Record& record) {
  const Result<Handle> same = Compare(record, kPidfd);
  return same.ok() ? same->Signal(SIGUSR1) : sys::Status::Errno(same.error());
}

Outcome StopByPidAlone(Arena& arena) {
  return StopStranger<PidRecord>(
      arena, [](const PidRecord& record) { return sys::Kill(record.pid, SIGUSR1); });
}

// Both start within one clock tick of 10 ms, or not: the first stop that is not denied decides.
template <typename Stop>
Outcome StopByStartTime(Arena& arena, Stop stop) {
  proc::ShowOwn();
  constexpr int kTries = 20;
  Outcome answer = "denied";
  for (int tries = 0; tries < kTries && answer == Outcome("denied"); ++tries) {
    answer = StopStranger<StartTimeRecord>(arena, stop);
  }
  return answer;
}

const Registered<Conformance> kStartTime{{
    .name = "stale_record/start_time",
    .question = "Is a stop denied that has a stale record of a PID and a start time?",
    .claims = {May("denied", "a clock tick lies between the two starts", "proc_pid_stat(5)"),
               Hazard("hit_stranger", "both started within one clock tick of 10 ms",
                      "proc_pid_stat(5)")},
    .pidfd =
        {.needs = {"pidfd_open", "pidfd_send_signal"},
         .ask = [](Arena& arena) { return StopByStartTime(arena, StopByPidfd<StartTimeRecord>); }},
    .legacy = {.ask =
                   [](Arena& arena) {
                     return StopByStartTime(arena, [](const StartTimeRecord& record) {
                       return record.Fits() ? sys::Kill(record.pid, SIGUSR1)
                                            : sys::Status::Errno(ESTALE);
                     });
                   }},
}};

const Registered<Conformance> kInode{{
    .name = "stale_record/inode",
    .question =
        "Is a stop denied that has a stale record of a PID and the inode number of a pidfd?",
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal", "fstat/inode"},
              .claims = {Must("denied", "the new owner of the PID has another inode number",
                              "Linux 6.9 kernel/pid.c alloc_pid"),
                         Never("hit_stranger", "an inode number is not reused before the next boot",
                               "Linux 6.9 kernel/pid.c alloc_pid")},
              .ask =
                  [](Arena& arena) {
                    return StopStranger<InodeRecord>(arena, StopByPidfd<InodeRecord>);
                  }},
    .legacy = {.claims = {Hazard("hit_stranger", "without pidfds, only the PID on record is of use",
                                 "kill(2)")},
               .ask = StopByPidAlone},
}};

const Registered<Conformance> kFileHandle{{
    .name = "stale_record/file_handle",
    .question = "Is a stop denied that has a stale record of a pidfd's file handle?",
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal", "name_to_handle_at",
                        "open_by_handle_at"},
              .claims = {Must("denied", "no process has that handle any more (ESTALE)",
                              "open_by_handle_at(2)"),
                         Never("hit_stranger", "the handle is an inode number, which is not reused",
                               "fs/pidfs.c pidfs_encode_fh")},
              .ask =
                  [](Arena& arena) {
                    return StopStranger<FileHandleRecord>(arena, StopByPidfd<FileHandleRecord>);
                  }},
    .legacy = {.claims = {Hazard("hit_stranger", "without pidfds, only the PID on record is of use",
                                 "kill(2)")},
               .ask = StopByPidAlone},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::stale_record
