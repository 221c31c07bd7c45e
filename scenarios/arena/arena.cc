#include "scenarios/arena/arena.h"

#include <errno.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>

#include <utility>

#include "probes/system/errno_name.h"
#include "probes/system/processors.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::scenarios {

namespace {

// Whether another method may succeed after that errno.
bool IsRefusal(int error) {
  return error == EPERM || error == EINVAL || error == ENOSYS || error == E2BIG ||
         error == EOPNOTSUPP || error == EACCES;
}

}  // namespace

OnOneProcessor::OnOneProcessor() : before_(AllowedProcessors()) {
  const int processor = sched_getcpu();
  if (processor >= 0) AllowProcessors(Only(static_cast<std::size_t>(processor)));
}

OnOneProcessor::~OnOneProcessor() { AllowProcessors(before_); }

Arena::Arena(Isolation isolation, HostPidShare host_pids, PidRules rules)
    : isolation_(isolation),
      host_pids_(std::move(host_pids)),
      rules_(rules),
      method_(rules.first) {}

Child Arena::Spawn(Child::Body body, const SpawnOptions& options) {
  ++host_pids_used_;
  Result<Child> child = Child::Make(body, options);
  const bool plain =
      options.how == SpawnOptions::kFork && options.flags == 0 && options.exit_signal == SIGCHLD;
  if (!child.ok() && !plain) {
    // Some emulators can make children by plain fork only.
    throw Unsupported(fmt::format("no child of that kind can be cloned here (exit signal {}: {})",
                                  options.exit_signal, ErrnoName(child.error())));
  }
  return Require(std::move(child));
}

Child Arena::SpawnWithPid(Child::Body body, pid_t slot) {
  const auto place = static_cast<std::size_t>(slot);
  const pid_t pids[2] = {kFirstPid + slot,
                         place < host_pids_.placed.size() ? host_pids_.placed[place] : 0};
  if (pids[1] == 0 || method_ != PidMethod::kSetTid) return Spawn(body);
  Result<Child> child = Child::Make(body, {.how = SpawnOptions::kClone3, .set_tid = pids});
  return child.ok() ? std::move(*child) : Spawn(body);
}

// set_tid takes one PID per namespace level, innermost first; levels left out get the next free
// PID.
Result<pid_t> Arena::SetTid(const StubOptions& options, StubLife life, pid_t slot) {
  const auto place = static_cast<std::size_t>(slot);
  StubOptions chosen = options;
  pid_t pids[2] = {kFirstPid + slot, 0};
  while (place < host_pids_.placed.size()) {
    pids[1] = host_pids_.placed[place];
    chosen.set_tid = pids;
    const Result<pid_t> made = SpawnStub(chosen, life);
    if (made.ok() || (made.error() != EEXIST && made.error() != EPERM)) return made;
    // In use outside, or not permitted: give that host PID up.
    host_pids_.placed[place] = host_pids_.placed.back();
    host_pids_.placed.pop_back();
  }
  chosen.set_tid = std::span(pids, 1);
  ++host_pids_used_;
  return SpawnStub(chosen, life);
}

Arena::Stub Arena::SpawnWithPid(StubLife life, bool with_pidfd, pid_t slot, std::uint64_t sharing) {
  if (!own_namespace()) throw Unsupported("PIDs can be chosen only in a PID namespace of our own");
  int pidfd = -1;
  const StubOptions options{.flags = sharing | (with_pidfd ? abi::kClonePidfd : 0),
                            .pidfd = with_pidfd ? &pidfd : nullptr};
  int error = 0;
  for (; method_ != PidMethod::kNoMethod;
       method_ = static_cast<PidMethod>(static_cast<int>(method_) + 1)) {
    if (method_ == PidMethod::kPidMax && (!rules_.own_pid_max || slot != 0)) continue;
    if (method_ == PidMethod::kWrap && !rules_.may_walk) continue;
    const bool plain = method_ != PidMethod::kSetTid;
    if (plain && !placer_.Prepare(method_, kFirstPid + slot, host_pids_used_)) continue;
    host_pids_used_ += plain ? 1 : 0;
    const Result<pid_t> made = plain ? SpawnStub(options, life) : SetTid(options, life, slot);
    if (made.ok() && *made == kFirstPid + slot) {
      places_pids_ = true;
      return {*made, Fd(pidfd)};
    }
    // Another process took the PID first, or the method does not work here.
    if (made.ok()) End({*made, Fd(pidfd)});
    error = made.error();
    if (!made.ok() && !IsRefusal(error)) break;
  }
  throw Unsupported(
      fmt::format("no process with a chosen PID can be made here ({})",
                  error == 0 ? "none of the permitted methods works" : ErrnoName(error)));
}

Arena::ChosenPids Arena::PidsFor(pid_t slot) const {
  const auto place = static_cast<std::size_t>(slot);
  if (!own_namespace() || method_ != PidMethod::kSetTid) return {};
  if (place >= host_pids_.placed.size()) return {{kFirstPid + slot, 0}, 1};
  return {{kFirstPid + slot, host_pids_.placed[place]}, 2};
}

siginfo_t Arena::End(const Stub& stub, int signal) {
  Require(sys::Kill(stub.pid, signal));
  return Require(sys::Waitid(P_PID, stub.pid, WEXITED));
}

}  // namespace pidproof::scenarios
