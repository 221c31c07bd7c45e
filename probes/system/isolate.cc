#include "probes/system/isolate.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <new>
#include <optional>
#include <system_error>
#include <utility>

#include "probes/system/errno_name.h"
#include "probes/system/frame.h"
#include "probes/system/listen.h"
#include "probes/system/raw_call.h"
#include "probes/system/refused.h"
#include "probes/system/sys.h"

namespace pidproof {

namespace {

// Kinds of Isolate's own frames; bodies use letters.
constexpr char kBodyReturned = '\1';
constexpr char kBodyThrew = '\2';
constexpr char kBodyUnsupported = '\3';
constexpr char kTrialEnded = '\4';  // from the warden: the wait status of the trial

void SendThrown(const FrameWriter& writer, int error, std::string_view text) {
  SendValues(writer, kBodyThrew, error, text);
}

// Sends the current exception, of whatever type.
void SendCurrentException(const FrameWriter& writer) {
  try {
    const std::exception_ptr thrown = std::current_exception();
    if (thrown == nullptr) return SendThrown(writer, 0, "the C++ library gave up");
    std::rethrow_exception(thrown);
  } catch (const Unsupported& unsupported) {
    writer.Send(kBodyUnsupported, unsupported.what());
  } catch (const Refused& refused) {
    SendThrown(writer, refused.error(), refused.what());
  } catch (const std::system_error& failed) {  // the library's own, as when no thread can be made
    SendThrown(writer, failed.code().value(), failed.what());
  } catch (const std::bad_alloc&) {
    SendThrown(writer, ENOMEM, "out of memory");
  } catch (const std::exception& broken) {
    SendThrown(writer, 0, broken.what());
  }
}

// A body that wants a core dump of a child raises the limit again there.
void LeaveNoCore() {
  rlimit core{};
  if (getrlimit(RLIMIT_CORE, &core) != 0) return;
  core.rlim_cur = 0;
  setrlimit(RLIMIT_CORE, &core);
}

// In the child. parent: its PID here, 0 where it has none. Never returns.
[[noreturn]] void RunBody(const FrameWriter& writer,
                          const std::function<void(const FrameWriter&)>& body) {
  LeaveNoCore();
  // Handlers of the runner, for signals and for lack of memory, must not run in the body.
  std::set_new_handler(nullptr);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPROF}) signal(number, SIG_DFL);
  static const FrameWriter* up;
  up = &writer;
  // An exception on a thread, or where none may be thrown, is reported like the body's own.
  std::set_terminate([] {
    SendCurrentException(*up);
    _exit(0);
  });
  try {
    body(writer);
    writer.Send(kBodyReturned, "");
  } catch (...) {
    SendCurrentException(writer);
  }
  _exit(0);
}

void WriteFile(const char* path, std::string_view text) {
  const Fd file(open(path, O_WRONLY | O_CLOEXEC));
  if (file) [[maybe_unused]]
    const ssize_t written = write(file.get(), text.data(), text.size());
}

// Maps the caller to root of its new user namespace. Without /proc there is no mapping, and none is
// needed: the capabilities come with the namespace.
void MapToRoot(uid_t uid, gid_t gid) {
  WriteFile("/proc/self/setgroups", "deny");
  WriteFile("/proc/self/uid_map", fmt::format("0 {} 1", uid));
  WriteFile("/proc/self/gid_map", fmt::format("0 {} 1", gid));
}

// Reaps the orphans of the namespace, until the trial itself has exited. When this process exits,
// the kernel kills and reaps whatever is left.
[[noreturn]] void Watch(pid_t trial, const FrameWriter& writer) {
  for (;;) {
    int status = 0;
    const pid_t reaped = waitpid(-1, &status, __WALL);
    if (reaped < 0 && errno != EINTR) _exit(0);
    if (reaped != trial) continue;
    SendValues(writer, kTrialEnded, status);
    _exit(0);
  }
}

[[noreturn]] void BeWarden(const FrameWriter& writer,
                           const std::function<void(const FrameWriter&)>& body) {
  setsid();  // a terminal's Ctrl-C is the runner's to handle
  const Result<pid_t> trial = sys::Fork();
  if (!trial.ok()) {
    SendThrown(writer, trial.error(),
               fmt::format("fork in the new PID namespace: {}", ErrnoName(trial.error())));
    _exit(0);
  }
  if (*trial == 0) {
    sys::DieWithParent(1);
    RunBody(writer, body);
  }
  Watch(*trial, writer);
}

// Ends this process when no other process has the reading end of the pipe any more, as the runner
// is gone then.
void EndWithListener(int pipe, int listening_end) {
  close(listening_end);
  const Result<short> cut = sys::Poll(pipe, 0, 0);
  if (cut.ok() && *cut != 0) _exit(0);
}

Result<pid_t> Start(Isolation isolation, int pipe, int listening_end,
                    const std::function<void(const FrameWriter&)>& body) {
  const FrameWriter writer(pipe);
  const pid_t parent = getpid();
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  if (isolation == Isolation::kChild) {
    const Result<pid_t> child = sys::Fork();
    if (!child.ok() || *child != 0) return child;
    setsid();  // a terminal's Ctrl-C is the runner's to handle
    sys::DieWithParent(parent);
    EndWithListener(pipe, listening_end);
    RunBody(writer, body);
  }
  const bool user = isolation == Isolation::kUserNamespace;
  const auto flags = static_cast<std::uint64_t>(CLONE_NEWPID | (user ? CLONE_NEWUSER : 0));
  const Result<pid_t> warden = sys::Clone(flags, SIGCHLD, nullptr);
  if (!warden.ok() || *warden != 0) return warden;
  if (user) MapToRoot(uid, gid);
  sys::DieWithParent(0);  // the parent has no PID in this namespace
  EndWithListener(pipe, listening_end);
  BeWarden(writer, body);
}

// Lock-free, so that a signal handler may set it.
std::atomic<int> stopped = 0;
static_assert(std::atomic<int>::is_always_lock_free);

// The pipe reaches its end only once this process's own writing end is closed.
std::optional<Ended> CloseOwn(Fd writing) {
  if (close(writing.release()) == 0) return std::nullopt;
  return Ended{Ended::kBroken, errno, fmt::format("close: {}", ErrnoName(errno))};
}

Ended FromStatus(int status) {
  if (WIFSIGNALED(status)) return {Ended::kSignalled, WTERMSIG(status), ""};
  if (const auto error = ErrnoOfFailedWrite(WEXITSTATUS(status))) {
    return {Ended::kBroken, *error, fmt::format("write: {}", ErrnoName(*error))};
  }
  return {Ended::kExited, WEXITSTATUS(status), ""};
}

Ended Thrown(const Frame& frame) {
  auto [error, text] = ValueOf<std::tuple<int, std::string>>(frame);
  return {Ended::kBroken, error, std::move(text)};
}

// Turns Isolate's own frames into how the body ended.
class Ending {
 public:
  // True when the frame was one of Isolate's own.
  bool Take(const Frame& frame) {
    switch (frame.kind) {
      case kBodyReturned:
        Set({Ended::kReturned, 0, ""});
        return true;
      case kBodyThrew:
        Set(Thrown(frame));
        return true;
      case kBodyUnsupported:
        Set({Ended::kUnsupported, 0, std::string(frame.bytes)});
        return true;
      case kTrialEnded:
        trial_status_ = ValueOf<int>(frame);
        return true;
      default:
        return false;
    }
  }

  Ended Report(int child_status) const {
    if (set_) return *set_;
    return FromStatus(trial_status_.value_or(child_status));
  }

 private:
  // The first exception is the cause of later ones: a child of the body may throw, too.
  void Set(Ended ended) {
    if (!set_) set_ = std::move(ended);
  }

  std::optional<Ended> set_;
  std::optional<int> trial_status_;
};

}  // namespace

namespace {
constexpr int kSignals = 65;  // signals are numbered from 1 to SIGRTMAX
}  // namespace

void StopIsolating() { stopped = 1; }

bool IsolatingIsStopped() { return stopped != 0; }

void ResetSignals() {
  // Ignoring a signal discards pending ones (signal(7)), which were sent to the program that
  // executed us.
  std::array<sighandler_t, kSignals> before{};
  for (int number = 1; number < kSignals; ++number) {
    before[static_cast<std::size_t>(number)] = signal(number, SIG_IGN);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  for (int number = 1; number < kSignals; ++number) {
    const bool is_users = number == SIGINT || number == SIGHUP || number == SIGQUIT;
    signal(number, is_users ? before[static_cast<std::size_t>(number)] : SIG_DFL);
  }
}

Ended Isolate(Isolation isolation, std::chrono::milliseconds deadline,
              const std::function<void(const FrameWriter&)>& body,
              const std::function<void(const Frame&)>& on_frame, DeadlineFrom from) {
  // Without these a child takes itself for an orphan (DieWithParent), and exits silently.
  for (const auto& [name, number] : {std::pair{"getpid", SYS_getpid}, {"getppid", SYS_getppid}}) {
    const int error = sys::CallWithNonsense(number).error();
    if (error != 0) return {Ended::kNotStarted, error, name};
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return {Ended::kNotStarted, errno, "pipe2"};
  Fd reading(ends[0]);
  Fd to(ends[1]);
  const Result<pid_t> child = Start(isolation, to.get(), reading.get(), body);
  if (!child.ok()) {
    return {Ended::kNotStarted, child.error(), isolation == Isolation::kChild ? "fork" : "clone"};
  }
  Ending ending;
  std::optional<Ended> cut_short = CloseOwn(std::move(to));
  if (!cut_short) {
    cut_short = Listen(reading.get(), deadline, from, [&](const Frame& frame) {
      if (!ending.Take(frame)) on_frame(frame);
    });
  }
  // Our unreaped child: the PID is still its own. Where a filter refuses to kill it, it dies with
  // this process.
  if (cut_short && !sys::Kill(*child, SIGKILL).ok()) return *cut_short;
  int status = 0;
  while (waitpid(*child, &status, __WALL) < 0 && errno == EINTR) {
  }
  return cut_short ? *cut_short : ending.Report(status);
}

}  // namespace pidproof
