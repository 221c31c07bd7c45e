// Frames as they travel through the pipe of an isolated body, the values in them, and what becomes
// of one that cannot be written.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

#include "probes/system/codec.h"
#include "probes/system/isolate.h"

namespace pidproof {

// Thrown by whoever hears a frame that does not hold what its kind says. Isolate ends the body,
// which reads as broken.
class MalformedFrame : public std::runtime_error {
 public:
  MalformedFrame() : std::runtime_error("the trial process sent a malformed frame") {}
};

// These values as one frame.
void SendValues(const FrameWriter& up, char kind, const auto&... values) {
  up.Send(kind, Encoded(values...));
}

// The value of a frame; several of them are one std::tuple. Throws MalformedFrame.
template <typename T>
T ValueOf(const Frame& frame) {
  std::optional<T> value = Decoded<T>(frame.bytes);
  if (!value) throw MalformedFrame();
  return *std::move(value);
}

// Takes bytes as the pipe delivers them and hands on whole frames.
class FrameReader {
 public:
  // Throws MalformedFrame when what came cannot be frames, and what hear throws.
  void Take(const char* bytes, std::size_t count, const std::function<void(const Frame&)>& hear);

 private:
  std::string held_;
};

// The errno with which a process was refused to write its frame, from the exit status that it left
// with because of that. No body exits so itself.
std::optional<int> ErrnoOfMute(int status);

}  // namespace pidproof
