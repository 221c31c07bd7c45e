// Frames in the pipe of an isolated body, the values in them, and the exit status of a body that
// cannot write one.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

#include "probes/system/codec.h"
#include "probes/system/isolate.h"

namespace pidproof {

// Thrown by the reader of a frame that does not hold what its kind says. Isolate then ends the body
// with kBroken.
class MalformedFrame : public std::runtime_error {
 public:
  MalformedFrame() : std::runtime_error("the trial process sent a malformed frame") {}
};

// These values as one frame.
void SendValues(const FrameWriter& up, char kind, const auto&... values) {
  up.Send(kind, Encoded(values...));
}

// The value of a frame; several values are one std::tuple. Throws MalformedFrame.
template <typename T>
T ValueOf(const Frame& frame) {
  std::optional<T> value = Decoded<T>(frame.bytes);
  if (!value) throw MalformedFrame();
  return *std::move(value);
}

// Takes bytes as the pipe delivers them and passes on whole frames.
class FrameReader {
 public:
  // Throws MalformedFrame when the bytes cannot be frames, and what on_frame throws.
  void Take(const char* bytes, std::size_t count,
            const std::function<void(const Frame&)>& on_frame);

 private:
  std::string held_;
};

// The errno of a failed write of a frame, from the exit status that stands for it. Bodies do not
// use these statuses.
std::optional<int> ErrnoOfFailedWrite(int status);

}  // namespace pidproof
