// The identity of one process, seen from two time namespaces.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "probes/system/abi.h"
#include "probes/system/require.h"
#include "probes/system/unshare.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/process_record.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::identity_time {
namespace {

// What is compared: 0 where it cannot be read.
using Look = std::int64_t (*)(pid_t);

std::int64_t Inode(pid_t pid) {
  const Result<Fd> opened = tested::PidfdOpen(pid, 0);
  return opened.ok() ? static_cast<std::int64_t>(InodeOf(*opened)) : 0;
}

std::int64_t Ticks(pid_t pid) {
  const Result<std::uint64_t> ticks = proc::StartTime(pid);
  return ticks.ok() ? static_cast<std::int64_t>(*ticks) : 0;
}

// Handed to the child by fork. A trial has a process of its own.
Look look = nullptr;
pid_t looked_at = 0;

// A time namespace whose boot-time clock is ahead, for the children made from now on. False where
// there are none.
bool SetChildrensClockAhead() {
  constexpr std::string_view kAhead = "boottime 1000 0\n";
  if (!sys::Unshare(abi::kCloneNewtime).ok()) return false;
  const Fd offsets(open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC));
  return offsets &&
         write(offsets.get(), kAhead.data(), kAhead.size()) == static_cast<ssize_t>(kAhead.size());
}

int LooksFromAhead(int) {
  if (!SetChildrensClockAhead()) return 1;
  const Result<pid_t> inside = sys::Fork();
  if (!inside.ok()) return 1;
  if (*inside == 0) {
    report::Send(look(looked_at));
    _exit(0);
  }
  return sys::Waitid(P_PID, *inside, WEXITED).ok() ? 0 : 1;
}

Outcome CompareLooks(Arena& arena, Look at) {
  proc::ShowOwn();
  const Child child = arena.Spawn(body::Lingers);
  look = at;
  looked_at = child.pid();
  report::Open();
  const Child ahead = arena.Spawn(LooksFromAhead);
  const std::optional<std::int64_t> seen = report::Receive();
  if (!seen) throw Unsupported("no time namespace with another clock can be made here");
  const std::int64_t here = at(child.pid());
  Require(here != 0 && *seen != 0);
  return *seen == here ? "same" : "different";
}

const Registered<Conformance> kTime{{
    .name = "identity/two_time_namespaces",
    .question = "Can a process be recognised as the same from two time namespaces?",
    .pidfd = {.needs = {"pidfd_open", "fstat/inode"},
              .claims = {Must("same", "an inode number does not depend on any clock",
                              "Linux 6.9 fs/pidfs.c"),
                         Never("different", "a process has one inode number",
                               "Linux 6.9 kernel/pid.c alloc_pid")},
              .ask = [](Arena& arena) { return CompareLooks(arena, Inode); }},
    .legacy = {.claims = {Hazard("different", "its start time is shown by the clock of the reader",
                                 "fs/proc/array.c do_task_stat")
                              .Since(eras::kStartTimeOfReader),
                          May("same", "the start time was that of the initial time namespace",
                              "fs/proc/array.c do_task_stat")
                              .Until(eras::kStartTimeOfReader)},
               .ask = [](Arena& arena) { return CompareLooks(arena, Ticks); }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::identity_time
