#include "probes/system/frame.h"

#include <errno.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

namespace pidproof {

namespace {

struct FrameHead {
  char kind;
  std::uint32_t size;
};
constexpr std::uint32_t kLongestFrame = 1 << 20;

constexpr int kCannotWrite = 0x80;  // plus the errno, as shells do with signals
constexpr int kMostErrno = 0x7e;

int CannotWriteStatus(int error) {
  return error <= kMostErrno ? kCannotWrite + error : kCannotWrite;
}

}  // namespace

std::optional<int> ErrnoOfFailedWrite(int status) {
  if (status <= kCannotWrite || status > kCannotWrite + kMostErrno) return std::nullopt;
  return status - kCannotWrite;
}

void FrameWriter::Send(char kind, std::string_view bytes) const {
  const FrameHead head{kind, static_cast<std::uint32_t>(bytes.size())};
  std::string frame(reinterpret_cast<const char*>(&head), sizeof head);
  frame.append(bytes);
  for (std::size_t sent = 0; sent < frame.size();) {
    const ssize_t count = write(fd_, frame.data() + sent, frame.size() - sent);
    if (count < 0 && errno == EPIPE) _exit(0);
    if (count < 0 && errno != EINTR) _exit(CannotWriteStatus(errno));
    if (count > 0) sent += static_cast<std::size_t>(count);
  }
}

void FrameReader::Take(const char* bytes, std::size_t count,
                       const std::function<void(const Frame&)>& on_frame) {
  held_.append(bytes, count);
  std::size_t at = 0;
  for (;;) {
    FrameHead head;
    if (held_.size() - at < sizeof head) break;
    std::memcpy(&head, held_.data() + at, sizeof head);
    if (head.size > kLongestFrame) throw MalformedFrame();
    if (held_.size() - at - sizeof head < head.size) break;
    on_frame(Frame{head.kind, std::string_view(held_).substr(at + sizeof head, head.size)});
    at += sizeof head + head.size;
  }
  held_.erase(0, at);
}

}  // namespace pidproof
