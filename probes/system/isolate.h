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
  kNamespace,      // pid 2 of a new pid namespace; pid 1 is a warden that reaps, and dies with this
                   // process
  kUserNamespace,  // the same inside a new user namespace, for callers without privilege
};

// What travels up the pipe from an isolated body: a kind and its bytes.
struct Frame {
  char kind = 0;
  std::string_view bytes;
};

// The end of the pipe inside the body. Sending blocks while the pipe is full, and ends the process
// when nobody listens any more.
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
    kBroken,       // it threw; text says what, and number the errno, or 0
    kUnsupported,  // it threw Unsupported; text says why
    kSignalled,    // a signal ended it: number
    kExited,       // it called exit without returning: number is the status
    kDeadline,     // it did not end in time and was killed
    kNotStarted,   // it could not be made: number is the errno, text the step that failed
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
// see, and an ignored SIGCHLD would let our own children's numbers go before we have reaped them.
// The signals that a user sends (SIGINT, SIGHUP) stay as they are. A program calls this first.
void ResetSignals();

// Ends, soon and for good, every body that this process runs, and those that it would run. May be
// called by a signal handler.
void StopIsolating();
bool IsolatingIsStopped();

// What a deadline is counted from.
enum class DeadlineFrom {
  kStart,
  kLastFrame,  // a body that goes on talking may take as long as it likes
};

// Runs body apart from this process and hands every frame it sends to hear, as they come. When the
// deadline passes, or the body ends, nothing that it started in a namespace is left alive. The only
// process ever signalled is the unreaped child of the caller, whose number cannot be reissued.
// The referee never uses what it tests: pipes, waitid by number and kill only.
Ended Isolate(Isolation isolation, std::chrono::milliseconds deadline,
              const std::function<void(const FrameWriter&)>& body,
              const std::function<void(const Frame&)>& hear,
              DeadlineFrom from = DeadlineFrom::kStart);

}  // namespace pidproof
