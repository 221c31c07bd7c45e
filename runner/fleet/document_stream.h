#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "runner/fleet/byte_source.h"

namespace pidproof::runner::fleet {

// More than any document that a run writes has, by far.
inline constexpr std::size_t kLargestDocument = std::size_t{16} << 20;

// The documents of a source, one after the other: each begins with a line that begins with '{', as
// pidproof, jq and JSON lines have it, and ends before the next such line.
class DocumentStream {
 public:
  explicit DocumentStream(std::unique_ptr<ByteSource> source) : source_(std::move(source)) {}

  // The next text that may be a document; nothing at the end. Throws std::runtime_error with the
  // reason for what cannot be read: the next call then goes on behind it, unless AtEnd.
  std::optional<std::string> Next();
  // Nothing can be read any more.
  bool AtEnd() const { return ended_ && buffer_.empty(); }

 private:
  bool Fill();
  std::string Take(std::size_t count);
  void SkipLongDocument();

  std::unique_ptr<ByteSource> source_;
  std::string buffer_;  // begins where a document does
  bool ended_ = false;
};

}  // namespace pidproof::runner::fleet
