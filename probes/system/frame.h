// Frames as they travel through the pipe of an isolated body, and what becomes of one that cannot
// be written.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "probes/system/isolate.h"

namespace pidproof {

// Takes bytes as the pipe delivers them and hands on whole frames.
class FrameReader {
 public:
  // False when what came cannot be frames.
  bool Take(const char* bytes, std::size_t count, const std::function<void(const Frame&)>& hear);

 private:
  std::string held_;
};

// The errno with which a process was refused to write its frame, from the exit status that it left
// with because of that. No body exits so itself.
std::optional<int> ErrnoOfMute(int status);

}  // namespace pidproof
