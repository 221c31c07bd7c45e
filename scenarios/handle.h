#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "probes/system/child.h"
#include "probes/system/fd.h"
#include "probes/system/result.h"
#include "probes/system/sys.h"
#include "scenarios/arena/arena.h"
#include "scenarios/path.h"

namespace pidproof::scenarios {

// The arguments that name a child to waitid(2).
struct WaitId {
  int type;  // P_PIDFD or P_PID
  int id;    // the pidfd or PID
};

// What is known of a process by number.
struct ProcessIds {
  std::vector<std::int64_t> pids;  // of the thread, of the process, of the parent
  std::vector<std::int64_t> uids;  // real, effective, saved, of the filesystem
  std::vector<std::int64_t> gids;
};

// One process named through one path, and the verbs that both paths share. Scenarios whose calls
// differ more than by name have an `.ask` for each side.
class Handle {
 public:
  enum Mode { kBlocking, kNonblocking };

  // Names a child that is not reaped: by pidfd_open, or by keeping its PID. Throws Broken when
  // pidfd_open fails, which a scenario's needs should rule out.
  static Handle To(const Child& child, Path path, Mode mode = kBlocking);
  // The same for the process that has this PID now; the errno of pidfd_open if none has.
  static Result<Handle> ToPid(pid_t pid, Path path, Mode mode = kBlocking);
  // A thread that is not the first of its process: pidfd_open with PIDFD_THREAD, or its TID. Throws
  // Broken as To does.
  static Handle ToThread(pid_t tid, Path path);
  // Whether a process must be made with a pidfd (CLONE_PIDFD) to be named through this path.
  static bool NeedsPidfdAtSpawn(Path path);
  // Takes over that pidfd, if there is one. pid: 0 where it is not known.
  static Handle From(pid_t pid, Fd pidfd, Path path);
  static Handle Of(Arena::Stub& stub, Path path);
  // Makes /proc show the processes that are made from now on, if this path reads it. Throws
  // Unsupported where that is refused.
  static void PrepareProc(Path path);

  // pidfd_send_signal / kill. Signal 0 only checks.
  sys::Status Signal(int signal) const;
  // The same with a siginfo_t: pidfd_send_signal / rt_sigqueueinfo.
  sys::Status Queue(int signal, siginfo_t* info) const;
  // To the process group that the process leads, or led: PIDFD_SIGNAL_PROCESS_GROUP / kill(-pid).
  sys::Status SignalGroup(int signal) const;
  // waitid(P_PIDFD) / waitid(P_PID). For kNonblocking the legacy path adds WNOHANG, its own way not
  // to block.
  Result<siginfo_t> Wait(int options = WEXITED) const;
  WaitId wait_id() const;
  // Whether the process has exited, without reaping it: poll / whether kill(pid, 0) fails with
  // ESRCH.
  Result<bool> Ended() const;
  // Blocks until it has exited, without reaping it: poll / waitid with WNOWAIT, which only the
  // parent can use. false: returned without an event.
  Result<bool> AwaitEnd() const;
  // Whether the process still has a PID: Pid: in fdinfo / getpgid.
  Result<bool> HasPid() const;
  // The numbers in the line "key:" of what /proc shows: of the pidfd's fdinfo / of the status file.
  Result<std::vector<std::int64_t>> NumbersInProc(std::string_view key) const;
  // PIDFD_GET_INFO / the status file. Throws Unsupported where /proc cannot show it.
  Result<ProcessIds> Ids() const;
  // Copies a descriptor of the process: pidfd_getfd / open of its link in /proc, where the PID must
  // be that of the mounted /proc; Unsupported is thrown for 0.
  Result<Fd> CopyFd(int descriptor) const;

 private:
  Handle(Path path, Mode mode, pid_t pid, Fd pidfd);
  Path path_;
  Mode mode_;
  pid_t pid_;
  Fd pidfd_;
};

}  // namespace pidproof::scenarios
