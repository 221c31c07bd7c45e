// A supervisor's table of its workers, from which an entry goes when its worker is reaped. A client
// keeps the key of a worker and asks for its stop later, when a new worker has the PID.
#include <signal.h>

#include <cstdint>
#include <map>
#include <utility>

#include "scenarios/fixtures/process_record.h"
#include "scenarios/torture.h"
#include "scenarios/torture/chain.h"

namespace pidproof::scenarios::torture::pid_reuse_table {
namespace {

using Key = std::uint64_t;

// The inode number of its pidfd, or its PID.
Key KeyOf(const Arena::Stub& worker, Path path) {
  return Handle::NeedsPidfdAtSpawn(path) ? InodeOf(worker.pidfd) : static_cast<Key>(worker.pid);
}

void StopByKey(Arena& arena, Path path, TrialLoop& trials) {
  std::map<Key, Handle> table;
  const auto enter = [&](Arena::Stub& worker) {
    table.clear();  // there is one worker at a time: the one before is reaped by now
    const Key key = KeyOf(worker, path);
    table.emplace(key, Handle::Of(worker, path));
    return key;
  };
  Chain(arena, path, trials, enter, [&](Key key, const Arena::Stub& stranger) {
    const auto found = table.find(key);
    const bool is_there = found != table.end();
    const sys::Status sent = is_there ? found->second.Signal(SIGUSR1) : sys::Status(0);
    trials.Note(is_there ? "signal" : "no entry", sent);
    const bool hit = WasHit(arena, stranger);
    if (!is_there) return trials.Record("gone");
    trials.Record(hit ? "hit_stranger" : Outcome::Of(sent));
  });
}

const Registered<Torture> kTable{{
    .name = "pid_reuse/table",
    .question = "Which worker does a supervisor stop that keeps its workers in a table by inode "
                "number or PID, once a new worker has the PID?",
    .pidfd = {.needs = {"clone3/pidfd", "fstat/inode", "pidfd_send_signal"},
              .claims = {Must("gone", "an inode number is not reused before the next boot",
                              "Linux 6.9 kernel/pid.c alloc_pid")}},
    .legacy = {.claims = {Hazard("hit_stranger", "the new worker's entry has the same key",
                                 "fork(2)")}},
    .loop = StopByKey,
    .single_cpu = true,
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::pid_reuse_table
