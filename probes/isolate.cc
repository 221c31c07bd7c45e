#include "probes/isolate.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <new>
#include <optional>
#include <system_error>

#include "probes/errno_name.h"
#include "probes/refused.h"
#include "probes/sys.h"

namespace pidproof {

namespace {

// Kinds that Isolate itself uses; bodies send letters.
constexpr char kBodyReturned = '\1';
constexpr char kBodyThrew = '\2';
constexpr char kBodyUnsupported = '\3';
constexpr char kTrialEnded = '\4';  // from the warden: the wait status of the trial

struct FrameHead {
  char kind;
  std::uint32_t size;
};
constexpr std::uint32_t kLongestFrame = 1 << 20;

using Clock = std::chrono::steady_clock;

// Takes bytes as the pipe delivers them and hands on whole frames.
class FrameReader {
 public:
  // False when what came cannot be frames.
  bool Take(const char* bytes, std::size_t count, const std::function<void(const Frame&)>& hear) {
    held_.append(bytes, count);
    std::size_t at = 0;
    for (;;) {
      FrameHead head;
      if (held_.size() - at < sizeof head) break;
      std::memcpy(&head, held_.data() + at, sizeof head);
      if (head.size > kLongestFrame) return false;
      if (held_.size() - at - sizeof head < head.size) break;
      hear(Frame{head.kind, std::string_view(held_).substr(at + sizeof head, head.size)});
      at += sizeof head + head.size;
    }
    held_.erase(0, at);
    return true;
  }

 private:
  std::string held_;
};

// What stands in the frame: the errno, and then the text.
void SendThrown(const FrameWriter& writer, int error, std::string_view text) {
  std::string bytes(reinterpret_cast<const char*>(&error), sizeof error);
  writer.Send(kBodyThrew, bytes.append(text));
}

void RunBody(const FrameWriter& writer, const std::function<void(const FrameWriter&)>& body) {
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  // What the runner does about a user's signals, or where memory runs out, is not the body's.
  std::set_new_handler(nullptr);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPROF}) signal(number, SIG_DFL);
  try {
    body(writer);
    writer.Send(kBodyReturned, "");
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
  _exit(0);
}

void WriteFile(const char* path, std::string_view text) {
  const Fd file(open(path, O_WRONLY | O_CLOEXEC));
  if (file) [[maybe_unused]]
    const ssize_t written = write(file.get(), text.data(), text.size());
}

// Maps the caller to root of its new user namespace. Where /proc is missing there is no mapping,
// and none is needed: the capabilities come with the namespace.
void MapToRoot(uid_t uid, gid_t gid) {
  WriteFile("/proc/self/setgroups", "deny");
  WriteFile("/proc/self/uid_map", fmt::format("0 {} 1", uid));
  WriteFile("/proc/self/gid_map", fmt::format("0 {} 1", gid));
}

// Reaps all that the namespace orphans, until the trial itself has ended. Leaving makes the kernel
// kill and reap whatever is still there.
[[noreturn]] void Watch(pid_t trial, const FrameWriter& writer) {
  for (;;) {
    int status = 0;
    const pid_t reaped = waitpid(-1, &status, __WALL);
    if (reaped < 0 && errno != EINTR) _exit(0);
    if (reaped != trial) continue;
    writer.Send(kTrialEnded,
                std::string_view(reinterpret_cast<const char*>(&status), sizeof status));
    _exit(0);
  }
}

[[noreturn]] void BeWarden(const FrameWriter& writer,
                           const std::function<void(const FrameWriter&)>& body) {
  setsid();  // as above
  const Result<pid_t> trial = sys::Fork();
  if (!trial.ok()) {
    SendThrown(writer, trial.error(),
               fmt::format("fork in the new pid namespace: {}", ErrnoName(trial.error())));
    _exit(0);
  }
  if (*trial == 0) {
    sys::DieWithParent(1);
    RunBody(writer, body);
  }
  Watch(*trial, writer);
}

// The end of the pipe that this process reads is its lifeline: once it is gone, nobody listens.
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
  sys::DieWithParent(0);  // in here the parent has no number to compare
  EndWithListener(pipe, listening_end);
  BeWarden(writer, body);
}

// Lock-free, so that a signal handler may set it.
std::atomic<int> stopped = 0;
static_assert(std::atomic<int>::is_always_lock_free);

// The deadline of a trial. A process that was itself stopped or frozen meanwhile has not waited:
// what it overslept does not count against the trial.
class Deadline {
 public:
  Deadline(std::chrono::milliseconds time, DeadlineFrom from)
      : time_(time), from_(from), end_(Clock::now() + time) {}

  // Something came.
  void Heard() {
    if (from_ == DeadlineFrom::kLastFrame) end_ = Clock::now() + time_;
  }

  // poll(2) on the pipe until something comes or the deadline passes.
  Result<short> Wait(int pipe) {
    const auto begun = Clock::now();
    const int timeout = Left();
    const Result<short> ready = sys::Poll(pipe, POLLIN, timeout);
    const auto overslept = Clock::now() - begun - std::chrono::milliseconds(timeout);
    constexpr std::chrono::seconds kNoticeable{1};
    if (overslept > kNoticeable) end_ += overslept + kNoticeable;
    return ready;
  }
  bool Passed() const { return Clock::now() >= end_; }

 private:
  int Left() const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end_ - Clock::now());
    constexpr std::int64_t kSlice = 200;  // how late StopIsolating may be noticed
    return static_cast<int>(std::clamp<std::int64_t>(left.count() + 1, 0, kSlice));
  }

  std::chrono::milliseconds time_;
  DeadlineFrom from_;
  Clock::time_point end_;
};

// Reads frames until the end of the pipe. Otherwise says why it stopped listening.
std::optional<Ended> Listen(int pipe, Deadline deadline,
                            const std::function<void(const Frame&)>& hear) {
  FrameReader reader;
  char bytes[65536];
  constexpr int kReadsBeyond = 256;  // what had been said in time, but no endless talk
  for (int beyond = 0; beyond < kReadsBeyond;) {
    const Result<short> ready = deadline.Wait(pipe);
    if (!ready.ok() && ready.error() != EINTR) {
      return Ended{Ended::kBroken, ready.error(),
                   fmt::format("poll: {}", ErrnoName(ready.error()))};
    }
    if (IsolatingIsStopped()) return Ended{Ended::kStopped, 0, ""};
    if (deadline.Passed()) ++beyond;
    if (!ready.ok()) continue;
    if (*ready == 0 && deadline.Passed()) break;
    if (*ready == 0) continue;
    const ssize_t count = read(pipe, bytes, sizeof bytes);
    if (count == 0) return std::nullopt;
    deadline.Heard();
    if (count > 0 && !reader.Take(bytes, static_cast<std::size_t>(count), hear)) {
      return Ended{Ended::kBroken, 0, "the trial wrote what is no record"};
    }
  }
  return Ended{Ended::kDeadline, 0, ""};
}

Ended FromStatus(int status) {
  if (WIFSIGNALED(status)) return {Ended::kSignalled, WTERMSIG(status), ""};
  return {Ended::kExited, WEXITSTATUS(status), ""};
}

Ended Thrown(std::string_view bytes) {
  Ended ended{Ended::kBroken, 0, ""};
  if (bytes.size() < sizeof ended.number) return ended;
  std::memcpy(&ended.number, bytes.data(), sizeof ended.number);
  ended.text = bytes.substr(sizeof ended.number);
  return ended;
}

// Turns the frames that Isolate itself sends into how the body ended.
class Ending {
 public:
  // True when the frame was one of Isolate's own.
  bool Take(const Frame& frame) {
    switch (frame.kind) {
      case kBodyReturned:
        said_ = Ended{Ended::kReturned, 0, ""};
        return true;
      case kBodyThrew:
        said_ = Thrown(frame.bytes);
        return true;
      case kBodyUnsupported:
        said_ = Ended{Ended::kUnsupported, 0, std::string(frame.bytes)};
        return true;
      case kTrialEnded:
        if (frame.bytes.size() == sizeof(int)) {
          std::memcpy(&trial_status_.emplace(), frame.bytes.data(), sizeof(int));
        }
        return true;
      default:
        return false;
    }
  }

  Ended Tell(int child_status) const {
    if (said_) return *said_;
    return FromStatus(trial_status_.value_or(child_status));
  }

 private:
  std::optional<Ended> said_;
  std::optional<int> trial_status_;
};

}  // namespace

namespace {
constexpr int kSignals = 65;  // numbers from 1 to SIGRTMAX
}  // namespace

void StopIsolating() { stopped = 1; }

bool IsolatingIsStopped() { return stopped != 0; }

void ResetSignals() {
  // To ignore a signal discards what is pending of it (signal(7)): sent to whoever executed us.
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

void FrameWriter::Send(char kind, std::string_view bytes) const {
  const FrameHead head{kind, static_cast<std::uint32_t>(bytes.size())};
  std::string frame(reinterpret_cast<const char*>(&head), sizeof head);
  frame.append(bytes);
  for (std::size_t sent = 0; sent < frame.size();) {
    const ssize_t count = write(fd_, frame.data() + sent, frame.size() - sent);
    if (count < 0 && errno != EINTR) _exit(0);
    if (count > 0) sent += static_cast<std::size_t>(count);
  }
}

Ended Isolate(Isolation isolation, std::chrono::milliseconds deadline,
              const std::function<void(const FrameWriter&)>& body,
              const std::function<void(const Frame&)>& hear, DeadlineFrom from) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return {Ended::kNotStarted, errno, "pipe2"};
  Fd reading(ends[0]);
  Fd to(ends[1]);
  const Result<pid_t> child = Start(isolation, to.get(), reading.get(), body);
  if (!child.ok()) {
    return {Ended::kNotStarted, child.error(), isolation == Isolation::kChild ? "fork" : "clone"};
  }
  to.reset();
  Ending ending;
  const std::optional<Ended> cut_short =
      Listen(reading.get(), Deadline(deadline, from), [&](const Frame& frame) {
        if (!ending.Take(frame)) hear(frame);
      });
  // Our unreaped child: the number is still its own. Where a filter refuses to kill it, it ends with
  // this process.
  if (cut_short && !sys::Kill(*child, SIGKILL).ok()) return *cut_short;
  int status = 0;
  while (waitpid(*child, &status, __WALL) < 0 && errno == EINTR) {
  }
  return cut_short ? *cut_short : ending.Tell(status);
}

}  // namespace pidproof
