#include "runner/fleet/document_stream.h"

#include <fmt/format.h>

#include <stdexcept>
#include <string_view>
#include <utility>

namespace pidproof::runner::fleet {

namespace {

constexpr std::string_view kNextBegins = "\n{";
constexpr std::size_t kStep = std::size_t{1} << 18;
// A few bytes may unpack into terabytes.
constexpr std::size_t kMostSkipped = std::size_t{256} << 20;

bool IsBlank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

bool DocumentStream::Fill() {
  if (ended_) return false;
  const std::size_t before = buffer_.size();
  buffer_.resize(before + kStep);
  std::size_t count = 0;
  try {
    count = source_->Read({buffer_.data() + before, kStep});
  } catch (const std::exception&) {
    buffer_.clear();
    ended_ = true;
    throw;
  }
  buffer_.resize(before + count);
  ended_ = count == 0;
  return !ended_;
}

std::string DocumentStream::Take(std::size_t count) {
  std::string text = buffer_.substr(0, count);
  buffer_.erase(0, count);
  return text;
}

void DocumentStream::SkipLongDocument() {
  std::size_t skipped = 0;
  while (skipped < kMostSkipped) {
    if (const std::size_t at = buffer_.find(kNextBegins); at != std::string::npos) {
      buffer_.erase(0, at + 1);
      return;
    }
    const std::size_t kept = buffer_.empty() ? 0 : 1;  // may be the line's end
    skipped += buffer_.size() - kept;
    buffer_.erase(0, buffer_.size() - kept);
    if (!Fill()) break;
  }
  buffer_.clear();
  ended_ = true;
}

std::optional<std::string> DocumentStream::Next() {
  std::size_t scanned = 0;
  for (;;) {
    const std::size_t at = buffer_.find(kNextBegins, scanned);
    if (at != std::string::npos) {
      std::string text = Take(at + 1);
      scanned = 0;
      if (IsBlank(text)) continue;
      return text;
    }
    if (buffer_.size() > kLargestDocument) {
      SkipLongDocument();
      throw std::runtime_error(
          fmt::format("larger than a document may be, {} MiB", kLargestDocument >> 20));
    }
    scanned = buffer_.empty() ? 0 : buffer_.size() - 1;
    if (!Fill()) break;
  }
  std::string text = Take(buffer_.size());
  if (IsBlank(text)) return std::nullopt;
  return text;
}

}  // namespace pidproof::runner::fleet
