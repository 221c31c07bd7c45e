// A stop has a record of its process (fixtures/process_record.h), compares it with the process that
// has the PID, and then signals: the pidfd that was compared, or the PID. Meanwhile the process is
// reaped and its PID reused. Records that were stale before are in conformance/stale_record.cc.
#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <utility>

#include "probes/system/require.h"
#include "scenarios/fixtures/process_record.h"
#include "scenarios/fixtures/referee.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::signal_race_record {
namespace {

// The first fatal signal decides how a process ends; where a tracer delivers signals one by one,
// the lower number comes first. So the tested signal is the lower one.
constexpr int kTested = SIGUSR1;
constexpr int kEnding = SIGUSR2;

// Nanoseconds: a reaping and a clone that took longer were disturbed.
constexpr std::int64_t kLongestReissue = 10'000'000;

// The stranger of one trial is the zombie of the next.
template <typename Record>
void StopAgainstReissue(Arena& arena, Path path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  Arena::Stub worker = arena.SpawnWithPid(StubLife::kWaits, false);
  Arena::Stub stranger;
  Record record{};
  std::int64_t reissue = 50'000;  // learnt: nanoseconds that the reaping and the clone take
  std::int64_t pause = 0;         // of the stop, between comparing and signalling
  sys::Status sent = 0;
  Race race(trials, {{"waitid, clone3(set_tid)",
                      [&]() -> CallResult {
                        const std::int64_t begun = ClockNow();
                        referee::Reap(worker.pid);
                        // The PID is free between these lines.
                        stranger = arena.SpawnWithPid(StubLife::kWaits, false);
                        const std::int64_t took = std::min(ClockNow() - begun, kLongestReissue);
                        reissue += (took - reissue) / 16;
                        return stranger.pid;
                      }},
                     {"compare, signal(SIGUSR1)", [&]() -> CallResult {
                        const Result<Handle> same = Compare(record, path);
                        SpinFor(pause);
                        sent = same.ok() ? same->Signal(kTested) : sys::Status::Errno(same.error());
                        return sent;
                      }}});
  referee::End(worker.pid);
  while (trials.Next()) {
    pause = std::uniform_int_distribution<std::int64_t>(0, 4 * reissue)(trials.chance());
    record = Record::Of(worker.pid);
    race.Run();
    const bool hit = referee::End(stranger.pid, kEnding).value == kTested;
    std::swap(worker, stranger);
    // A stop that begins after the reuse finds its record stale, by either path.
    trials.Record(hit ? Outcome("hit_stranger") : OfStop(sent), race.window());
  }
  referee::Reap(worker.pid);
}

const Registered<Torture> kInode{{
    .name = "signal_race/record_inode",
    .question = "Does comparing the inode number of a pidfd protect from signalling a new owner of "
                "the PID on record, at any moment?",
    .claims = {May("ok", "the signal came first: a zombie accepts it", "kill(2)"),
               May("esrch", "between the reaping and the reuse, or reaped after the comparison",
                   "pidfd_open(2), kill(2)"),
               Must("denied", "the new owner of the PID has another inode number",
                    "Linux 6.9 kernel/pid.c alloc_pid")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal", "fstat/inode"},
              .claims = {May("einval", "the PID is just being freed", "pidfd_open(2)")
                             .Until(eras::kPidOfNoProcess),
                         Never("hit_stranger", "the pidfd that was compared is the one signalled",
                               "pidfd_send_signal(2)")}},
    .legacy = {.needs = {"pidfd_open", "fstat/inode"},
               .claims = {May("einval", "the PID is just being freed", "pidfd_open(2)")
                              .Until(eras::kPidOfNoProcess),
                          Hazard("hit_stranger", "reused between the comparison and kill(2)",
                                 "kill(2)")}},
    .loop = StopAgainstReissue<InodeRecord>,
    .faults = {"signal-stranger"},
}};

const Registered<Torture> kFileHandle{{
    .name = "signal_race/record_file_handle",
    .question = "Does opening the file handle of a pidfd on record protect from signalling a new "
                "owner of the PID, at any moment?",
    .claims = {May("ok", "the signal came first: a zombie accepts it", "kill(2)"),
               May("esrch", "reaped after the file handle was opened", "kill(2)"),
               Must("denied", "the process on record is gone (ESTALE)", "open_by_handle_at(2)")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal", "name_to_handle_at",
                        "open_by_handle_at"},
              .claims = {Never("hit_stranger", "the pidfd that was opened is the one signalled",
                               "pidfd_send_signal(2)")}},
    .legacy = {.needs = {"pidfd_open", "name_to_handle_at", "open_by_handle_at"},
               .claims = {Hazard("hit_stranger", "reused between the opening and kill(2)",
                                 "kill(2)")}},
    .loop = StopAgainstReissue<FileHandleRecord>,
    .faults = {"signal-stranger"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::signal_race_record
