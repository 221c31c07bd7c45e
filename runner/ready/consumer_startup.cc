#include "runner/ready/consumer_startup.h"

#include <errno.h>
#include <fmt/format.h>
#include <limits.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <string_view>

#include "probes/system/deadline.h"
#include "probes/system/frame.h"
#include "probes/system/isolate.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::runner::ready {

namespace {

using reports::ready::Impact;

constexpr std::uint64_t kCloneClearSighand = 0x100000000;  // 5.5

// Names each call to the parent before it is made: a process that dies in a call has named it.
class Walk {
 public:
  static constexpr char kFeature = 'f';
  static constexpr char kImpact = 'i';

  explicit Walk(const FrameWriter& up) : up_(up) {}
  void Next(std::string_view feature) const { SendValues(up_, kFeature, feature); }
  void End(Impact impact) const { SendValues(up_, kImpact, impact); }

 private:
  const FrameWriter& up_;
};

int WaitThrough(int pidfd, int options) {
  for (;;) {
    const int error = sys::Waitid(abi::kIdPidfd, pidfd, options).error();
    if (error != EINTR) return error;
  }
}

// What a clone that should have made a child and its pidfd did. The child has ended when it
// returns. Unlike the originals it has a copy of the memory, so that it can return from the call:
// no filter is known to look at CLONE_VM.
struct Made {
  pid_t pid = 0;
  int error = 0;
  Fd pidfd;
};

Made MadeBy(const Result<pid_t>& made, const int& pidfd) {
  if (!made.ok()) return {0, made.error(), Fd()};
  if (*made == 0) _exit(0);
  return {*made, 0, Fd(pidfd)};
}

Made Clone(std::uint64_t flags) {
  int pidfd = -1;
  const Result<pid_t> made = sys::Clone(flags | abi::kClonePidfd, SIGCHLD, &pidfd);
  return MadeBy(made, pidfd);
}

Made Clone3() {
  int pidfd = -1;
  abi::CloneArgs args{};
  args.flags = CLONE_VFORK | abi::kClonePidfd | kCloneClearSighand;
  args.exit_signal = SIGCHLD;
  args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  const Result<pid_t> made = sys::Clone3(args, sizeof args);
  return MadeBy(made, pidfd);
}

void ReapByPid(const Made& made) {
  while (sys::Waitid(P_PID, made.pid, WEXITED | __WALL).error() == EINTR) {
  }
}

// src/os/pidfd_linux.go checkPidfd: a pidfd of itself, a wait that must answer ECHILD, signal 0.
bool GoCheckWithoutClone(const Walk& walk) {
  walk.Next("pidfd_open");
  const Result<Fd> self = sys::PidfdOpen(getpid(), 0);
  if (!self.ok()) return false;
  walk.Next("waitid/p_pidfd");
  if (WaitThrough(self->get(), WEXITED) != ECHILD) return false;
  walk.Next("pidfd_send_signal");
  return sys::PidfdSendSignal(self->get(), 0, nullptr, 0).ok();
}

// src/syscall/exec_linux.go os_checkClonePidfd: the descriptor must be written, and its child be
// waited for through it.
bool GoCheckClone(const Walk& walk) {
  walk.Next("clone/pidfd");
  const Made made = Clone(CLONE_VFORK);
  if (made.error != 0) return false;
  if (!made.pidfd) {
    ReapByPid(made);
    return false;
  }
  walk.Next("waitid/p_pidfd");
  return WaitThrough(made.pidfd.get(), WEXITED) == 0;
}

// 1.23.0 does not try clone before its first exec needs it.
void Go1230(const Walk& walk) {
  if (!GoCheckWithoutClone(walk)) return walk.End(Impact::kDegradedSilently);
  walk.End(GoCheckClone(walk) ? Impact::kWorks : Impact::kBrokenLate);
}

void Go124(const Walk& walk) {
  walk.End(GoCheckWithoutClone(walk) && GoCheckClone(walk) ? Impact::kWorks
                                                           : Impact::kDegradedSilently);
}

// clone-pidfd-support.c, then spawni.c: clone3, and clone where that is ENOSYS or EINVAL.
void GlibcPidfdSpawn(const Walk& walk) {
  walk.Next("waitid/p_pidfd");
  if (sys::Waitid(abi::kIdPidfd, INT_MAX, WEXITED | WNOHANG).error() != EBADF) {
    return walk.End(Impact::kBrokenAtStart);
  }
  walk.Next("clone3/pidfd");
  Made made = Clone3();
  if (made.error == ENOSYS || made.error == EINVAL) {
    walk.Next("clone/pidfd");
    made = Clone(CLONE_VFORK);
  }
  if (made.error != 0) return walk.End(Impact::kBrokenLate);
  ReapByPid(made);
  walk.End(made.pidfd ? Impact::kWorks : Impact::kBrokenLate);
}

// forkfd_linux.c: only EBADF means yes; then clone, poll and the wait that reaps.
void QtForkfd(const Walk& walk) {
  walk.Next("waitid/p_pidfd");
  if (sys::Waitid(abi::kIdPidfd, INT_MAX, WEXITED | WNOHANG).error() != EBADF) {
    return walk.End(Impact::kDegradedSilently);
  }
  walk.Next("clone/pidfd");
  const Made made = Clone(0);
  if (made.error != 0) return walk.End(Impact::kBrokenLate);
  if (!made.pidfd) {
    ReapByPid(made);
    return walk.End(Impact::kBrokenLate);
  }
  walk.Next("poll");
  if (!sys::Poll(made.pidfd.get(), POLLIN, -1).ok()) return walk.End(Impact::kBrokenLate);
  walk.Next("waitid/p_pidfd");
  walk.End(WaitThrough(made.pidfd.get(), WEXITED | WNOHANG) == 0 ? Impact::kWorks
                                                                 : Impact::kBrokenLate);
}

struct Script {
  std::string_view consumer;
  void (*start)(const Walk& walk);
};

constexpr Script kScripts[] = {
    {"go-1.23.0", Go1230},
    {"go-1.24", Go124},
    {"glibc-pidfd-spawn", GlibcPidfdSpawn},
    {"qt-forkfd", QtForkfd},
};

ConsumerStartup Start(const Script& script, std::chrono::milliseconds deadline) {
  ConsumerStartup startup{.consumer = std::string(script.consumer)};
  const auto ended = Isolate(
      Isolation::kChild, deadline, [&](const FrameWriter& up) { script.start(Walk(up)); },
      [&](const Frame& frame) {
        if (frame.kind == Walk::kFeature) startup.feature = ValueOf<std::string>(frame);
        if (frame.kind == Walk::kImpact) startup.impact = ValueOf<Impact>(frame);
      });
  if (ended.how == Ended::kSignalled) startup.impact = Impact::kCrash;
  if (startup.impact == Impact::kWorks) startup.feature.clear();
  return startup;
}

}  // namespace

std::vector<ConsumerStartup> StartAllConsumers(double slowdown) {
  const std::chrono::milliseconds deadline = DeadlineOn(slowdown, std::chrono::seconds(5));
  std::vector<ConsumerStartup> startups;
  for (const Script& script : kScripts) startups.push_back(Start(script, deadline));
  return startups;
}

}  // namespace pidproof::runner::ready
