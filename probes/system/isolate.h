#pragma once

#include <signal.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "probes/system/codec.h"
#include "probes/system/fd.h"

namespace pidproof {

// Where an isolated body runs.
enum class Isolation {
  kChild,          // a child of this process, which dies with it
  kNamespace,      // PID 2 of a new PID namespace; PID 1 is a warden that reaps, and dies with us
  kUserNamespace,  // the same inside a new user namespace, for callers without privilege
};

// One message from an isolated body to its caller.
struct Frame {
  char kind = 0;
  std::string_view bytes;
};

// The body's end of the pipe. Sending blocks while the pipe is full, and ends the process when
// there is no reader any more.
class FrameWriter {
 public:
  explicit FrameWriter(int fd) : fd_(fd) {}
  void Send(char kind, std::string_view bytes) const;

 private:
  int fd_;
};

// How an isolated body ended.
struct Ended {
  enum How {
    kReturned,     // the body returned
    kBroken,       // it threw; text: the message; number: the errno, or 0
    kUnsupported,  // it threw Unsupported; text: the reason
    kSignalled,    // a signal ended it: number
    kExited,       // it exited without returning; number: the status
    kDeadline,     // it did not end in time and was killed
    kNotStarted,   // it could not be made; number: the errno; text: the step that failed
    kStopped,      // StopIsolating ended it
  };
  How how = kReturned;
  int number = 0;
  std::string text;
};

constexpr Ended::How LastOf(Ended::How) { return Ended::kStopped; }
void Fields(auto& codec, Like<Ended> auto& ended) {
  auto& [how, number, text] = ended;
  codec(how, number, text);
}

// Undoes what a parent may have left behind: ignored or blocked signals would change what trials
// observe, and an ignored SIGCHLD would free our children's PIDs before we have reaped them.
// Signals that a user sends (SIGINT, SIGHUP) stay as they are. A program calls this first.
void ResetSignals();

// Ends, soon and for good, every body that this process runs, and refuses new ones. May be called
// by a signal handler.
void StopIsolating();
bool IsolatingIsStopped();

// When a deadline starts.
enum class DeadlineFrom {
  kStart,
  kLastFrame,  // a body that goes on sending frames may take as long as it likes
};

// Runs body apart from this process and passes every frame that it sends to on_frame, as they come.
// When the deadline passes, or the body ends, nothing that it started in a namespace is left alive.
// The only process ever signalled is the caller's unreaped child, whose PID cannot be reused. Uses
// no call that scenarios test: pipes, waitid by PID and kill only.
Ended Isolate(Isolation isolation, std::chrono::milliseconds deadline,
              const std::function<void(const FrameWriter&)>& body,
              const std::function<void(const Frame&)>& on_frame,
              DeadlineFrom from = DeadlineFrom::kStart);

}  // namespace pidproof
