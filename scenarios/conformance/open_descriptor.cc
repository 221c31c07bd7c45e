// The descriptor that pidfd_open returns: its flags, and what they belong to.
#include <fcntl.h>

#include "probes/system/require.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::open_descriptor {
namespace {

constexpr std::string_view kNoDescriptor = "a PID is not a descriptor and has no flags";

Fd Open(const Child& child, unsigned flags = 0) {
  return Require(tested::PidfdOpen(child.pid(), flags));
}

unsigned StatusFlags(const Fd& fd) {
  const int flags = fcntl(fd.get(), F_GETFL);
  Require(flags >= 0);
  return static_cast<unsigned>(flags);
}

void SetStatusFlags(const Fd& fd, unsigned flags) { Require(fcntl(fd.get(), F_SETFL, flags) == 0); }

// Whether F_GETFL shows read-write access, the flags, and nothing else.
template <unsigned kFlags>
Outcome OpensWith(Arena& arena) {
  const Child child = arena.Spawn(body::Lingers);
  const unsigned flags = StatusFlags(Open(child, kFlags));
  if (flags == (O_RDWR | kFlags)) return "as_asked";
  return (flags & kFlags) == kFlags ? "more_than_asked" : "less_than_asked";
}

const Registered<Conformance> kPlain{{
    .name = "open/status_flags",
    .question = "Which file status flags does a pidfd have that was opened without flags?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("as_asked", "O_RDWR only", "kernel/fork.c pidfd_prepare")},
              .ask = OpensWith<0>},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kNonblock{{
    .name = "open/status_flags_nonblock",
    .question = "Does F_GETFL show PIDFD_NONBLOCK?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/nonblock"},
              .claims = {Must("as_asked", "it is O_NONBLOCK of the open file", "pidfd_open(2)")},
              .ask = OpensWith<abi::kPidfdNonblock>},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kThread{{
    .name = "open/status_flags_thread",
    .question = "Does F_GETFL show PIDFD_THREAD?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread"},
              .claims = {Must("as_asked", "it is O_EXCL of the open file", "pidfd_open(2)")},
              .ask = OpensWith<abi::kPidfdThread>},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kBothFlags{{
    .name = "open/status_flags_both",
    .question = "Can PIDFD_NONBLOCK and PIDFD_THREAD be combined?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/nonblock", "pidfd_open/thread"},
              .claims = {Must("as_asked", "the two flags are independent", "pidfd_open(2)")},
              .ask = OpensWith<abi::kPidfdNonblock | abi::kPidfdThread>},
    .legacy = NotPossible(kNoDescriptor),
}};

// Opens a pidfd with some flags, sets its status flags to others, and asks whether it still names a
// thread.
template <unsigned kOpened, unsigned kSet>
Outcome ThreadAfterSetting(Arena& arena) {
  const Child child = arena.Spawn(body::Lingers);
  const Fd pidfd = Open(child, kOpened);
  SetStatusFlags(pidfd, kSet);
  return (StatusFlags(pidfd) & abi::kPidfdThread) != 0 ? "thread" : "process";
}

const Registered<Conformance> kThreadStays{{
    .name = "open/thread_flag_cleared",
    .question = "Can F_SETFL turn a thread's pidfd into one of its process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread"},
              .claims = {Must("thread", "F_SETFL does not change O_EXCL", "fcntl(2)")},
              .ask = ThreadAfterSetting<abi::kPidfdThread, 0>},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kProcessStays{{
    .name = "open/thread_flag_set",
    .question = "Can F_SETFL turn a process's pidfd into one of its first thread?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open/thread"},
              .claims = {Must("process", "F_SETFL does not change O_EXCL", "fcntl(2)")},
              .ask = ThreadAfterSetting<0, abi::kPidfdThread>},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kCloseOnExec{{
    .name = "open/close_on_exec",
    .question = "Is a new pidfd close-on-exec by default?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("close_on_exec", "the flag is set from the start", "pidfd_open(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                const int flags = fcntl(Open(child).get(), F_GETFD);
                Require(flags >= 0);
                return (flags & FD_CLOEXEC) != 0 ? "close_on_exec" : "survives_exec";
              }},
    .legacy = NotPossible(kNoDescriptor),
}};

// Sets O_NONBLOCK through one descriptor and reads it through the other.
Outcome SetsForBoth(const Fd& one, const Fd& other) {
  SetStatusFlags(one, O_NONBLOCK);
  return (StatusFlags(other) & O_NONBLOCK) != 0 ? "shared" : "apart";
}

const Registered<Conformance> kOpenedTwice{{
    .name = "open/twice",
    .question = "Do two pidfds from separate pidfd_open calls share their file status flags?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("apart", "each call makes an open file of its own", "open(2)")},
              .ask =
                  [](Arena& arena) {
                    const Child child = arena.Spawn(body::Lingers);
                    return SetsForBoth(Open(child), Open(child));
                  }},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kDuplicated{{
    .name = "open/duplicate",
    .question = "Do a pidfd and its duplicate share their file status flags?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("shared", "dup makes a second descriptor of one open file",
                              "dup(2)")},
              .ask =
                  [](Arena& arena) {
                    const Child child = arena.Spawn(body::Lingers);
                    const Fd one = Open(child);
                    const Fd other(dup(one.get()));
                    return SetsForBoth(one, other);
                  }},
    .legacy = NotPossible(kNoDescriptor),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::open_descriptor
