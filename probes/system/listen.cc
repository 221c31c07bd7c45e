#include "probes/system/listen.h"

#include <errno.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "probes/system/errno_name.h"
#include "probes/system/frame.h"
#include "probes/system/sys.h"

namespace pidproof {

namespace {

using Clock = std::chrono::steady_clock;

// The deadline of a trial. Time in which this process was itself stopped or frozen does not count.
class Deadline {
 public:
  Deadline(std::chrono::milliseconds time, DeadlineFrom from)
      : time_(time), from_(from), end_(Clock::now() + time) {}

  // Bytes have come.
  void Restart() {
    if (from_ == DeadlineFrom::kLastFrame) end_ = Clock::now() + time_;
  }

  // poll(2) on the pipe until bytes come or the deadline passes.
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
    constexpr std::int64_t kSlice = 200;  // milliseconds; StopIsolating may be noticed that late
    return static_cast<int>(std::clamp<std::int64_t>(left.count() + 1, 0, kSlice));
  }

  std::chrono::milliseconds time_;
  DeadlineFrom from_;
  Clock::time_point end_;
};

}  // namespace

std::optional<Ended> Listen(int pipe, std::chrono::milliseconds time, DeadlineFrom from,
                            const std::function<void(const Frame&)>& on_frame) {
  Deadline deadline(time, from);
  FrameReader reader;
  char bytes[65536];
  constexpr int kReadsBeyond = 256;  // enough for what was sent in time, but bounded
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
    if (count < 0 && errno != EINTR) {
      return Ended{Ended::kBroken, errno, fmt::format("read: {}", ErrnoName(errno))};
    }
    deadline.Restart();
    if (count < 0) continue;
    try {
      reader.Take(bytes, static_cast<std::size_t>(count), on_frame);
    } catch (const MalformedFrame& malformed) {
      return Ended{Ended::kBroken, 0, malformed.what()};
    }
  }
  return Ended{Ended::kDeadline, 0, ""};
}

}  // namespace pidproof
