#pragma once

#include <sys/types.h>

#include <cstdint>

#include "probes/system/child.h"
#include "probes/system/fd.h"
#include "probes/system/result.h"
#include "probes/system/sys.h"
#include "scenarios/path.h"

namespace pidproof {

// One process named through one path, and the verbs that both paths share. This is the comparison:
// nothing else in the scenarios asks which path it is on.
class Handle {
 public:
  enum Mode { kBlocking, kNonblocking };

  // Names a living or unreaped child: by pidfd_open, or by remembering its number. Throws Broken
  // when pidfd_open fails, which needs are there to prevent.
  static Handle To(const Child& child, Path path, Mode mode = kBlocking);
  // The same for whoever has that number now, or the errno that says nobody has.
  static Result<Handle> ToNumber(pid_t number, Path path, Mode mode = kBlocking);
  // Whether a process must be made with a pidfd (CLONE_PIDFD) to be named through this path.
  static bool NeedsPidfdAtSpawn(Path path);
  // Takes over that pidfd, if there is one. pid: 0 where it is not known.
  static Handle From(pid_t pid, Fd pidfd, Path path);

  // pidfd_send_signal / kill. 0: exists and may be signalled.
  sys::Status Signal(int signal) const;
  // The same with a siginfo_t: pidfd_send_signal / rt_sigqueueinfo.
  sys::Status Queue(int signal, siginfo_t* info) const;
  // To the process group that the process leads, or led: PIDFD_SIGNAL_PROCESS_GROUP / kill(-pid).
  sys::Status SignalGroup(int signal) const;
  // waitid(P_PIDFD) / waitid(P_PID); where Mode is kNonblocking the legacy path adds WNOHANG, its
  // own way not to sleep.
  Result<siginfo_t> Wait(int options = WEXITED) const;
  // Whether the process has ended, without reaping: poll / kill(pid, 0) failing. true: ended.
  Result<bool> Ended() const;
  // Sleeps until it has ended, without reaping: poll / waitid with WNOWAIT, which only the parent
  // can. false: woken, and nothing was told.
  Result<bool> AwaitEnd() const;
  // Whether the process still has a number: Pid: in fdinfo / getpgid.
  Result<bool> HasNumber() const;

 private:
  Handle(Path path, Mode mode, pid_t pid, Fd pidfd);
  Path path_;
  Mode mode_;
  pid_t pid_;
  Fd pidfd_;
};

}  // namespace pidproof
