#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace pidproof::runner::fleet {

// Bytes of a file, as they were before gzip(1) or zstd(1) packed them.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // As many as there are, up to the size of place; 0 at the end. Throws std::runtime_error with the
  // reason, in one line without the file's name.
  virtual std::size_t Read(std::span<char> place) = 0;
};

// file: "-" is stdin. What packed it is known by its first bytes. Throws as Read does.
std::unique_ptr<ByteSource> OpenSource(const std::string& file);

}  // namespace pidproof::runner::fleet
