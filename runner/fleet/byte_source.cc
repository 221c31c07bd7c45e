#include "runner/fleet/byte_source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "probes/system/fd.h"

namespace pidproof::runner::fleet {

namespace {

constexpr std::size_t kBlock = std::size_t{1} << 16;

class File : public ByteSource {
 public:
  explicit File(const std::string& name)
      : file_(name == "-" ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                          : open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY)) {
    struct stat status {};
    if (!file_ || fstat(file_.get(), &status) != 0) throw std::runtime_error(std::strerror(errno));
    if (S_ISDIR(status.st_mode)) throw std::runtime_error(std::strerror(EISDIR));
  }

  std::size_t Read(std::span<char> place) override {
    ssize_t count = 0;
    do {
      count = read(file_.get(), place.data(), place.size());
    } while (count < 0 && errno == EINTR);
    if (count < 0) throw std::runtime_error(std::strerror(errno));
    return static_cast<std::size_t>(count);
  }

 private:
  Fd file_;
};

// What is read of another source, a block at a time. The first is read at once.
class Block {
 public:
  explicit Block(std::unique_ptr<ByteSource> source) : source_(std::move(source)) { Fill(); }
  std::string_view left() const { return left_; }
  void Take(std::size_t count) { left_.remove_prefix(count); }
  // False at the end.
  bool Fill() {
    left_ = {bytes_.data(), source_->Read(bytes_)};
    return !left_.empty();
  }

 private:
  std::unique_ptr<ByteSource> source_;
  std::array<char, kBlock> bytes_;
  std::string_view left_;
};

class Plain : public ByteSource {
 public:
  explicit Plain(std::unique_ptr<Block> block) : block_(std::move(block)) {}
  std::size_t Read(std::span<char> place) override {
    if (block_->left().empty() && !block_->Fill()) return 0;
    const std::size_t count = std::min(place.size(), block_->left().size());
    std::copy_n(block_->left().begin(), count, place.begin());
    block_->Take(count);
    return count;
  }

 private:
  std::unique_ptr<Block> block_;
};

class Gzip : public ByteSource {
 public:
  explicit Gzip(std::unique_ptr<Block> block) : block_(std::move(block)) {
    constexpr int kGzipWindow = 16 + MAX_WBITS;
    if (inflateInit2(&stream_, kGzipWindow) != Z_OK) throw std::bad_alloc();
  }
  ~Gzip() override { inflateEnd(&stream_); }
  Gzip(const Gzip&) = delete;

  std::size_t Read(std::span<char> place) override {
    stream_.next_out = reinterpret_cast<Bytef*>(place.data());
    stream_.avail_out = static_cast<uInt>(place.size());
    while (stream_.avail_out == place.size()) {
      if (block_->left().empty() && !block_->Fill()) {
        if (in_member_) throw std::runtime_error("its gzip data is cut short");
        return 0;
      }
      Inflate();
    }
    return place.size() - stream_.avail_out;
  }

 private:
  // Files that were packed apart may be put one behind the other.
  void Inflate() {
    const std::string_view left = block_->left();
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(left.data()));
    stream_.avail_in = static_cast<uInt>(left.size());
    in_member_ = true;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    block_->Take(left.size() - stream_.avail_in);
    if (code == Z_STREAM_END) {
      in_member_ = false;
      inflateReset(&stream_);
    } else if (code != Z_OK) {
      throw std::runtime_error("its gzip data is damaged");
    }
  }

  std::unique_ptr<Block> block_;
  z_stream stream_{};
  bool in_member_ = false;
};

class Zstd : public ByteSource {
 public:
  explicit Zstd(std::unique_ptr<Block> block)
      : block_(std::move(block)), stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
  }
  ~Zstd() override { ZSTD_freeDStream(stream_); }
  Zstd(const Zstd&) = delete;

  std::size_t Read(std::span<char> place) override {
    ZSTD_outBuffer out{place.data(), place.size(), 0};
    while (out.pos == 0) {
      if (block_->left().empty() && !block_->Fill()) {
        if (in_frame_) throw std::runtime_error("its zstd data is cut short");
        return 0;
      }
      ZSTD_inBuffer in{block_->left().data(), block_->left().size(), 0};
      const std::size_t code = ZSTD_decompressStream(stream_, &out, &in);
      if (ZSTD_isError(code) != 0) throw std::runtime_error("its zstd data is damaged");
      in_frame_ = code != 0;
      block_->Take(in.pos);
    }
    return out.pos;
  }

 private:
  std::unique_ptr<Block> block_;
  ZSTD_DStream* stream_;
  bool in_frame_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> OpenSource(const std::string& file) {
  auto block = std::make_unique<Block>(std::make_unique<File>(file));
  constexpr std::string_view kGzip = "\x1f\x8b";
  constexpr std::string_view kZstd = "\x28\xb5\x2f\xfd";
  if (block->left().starts_with(kGzip)) return std::make_unique<Gzip>(std::move(block));
  if (block->left().starts_with(kZstd)) return std::make_unique<Zstd>(std::move(block));
  return std::make_unique<Plain>(std::move(block));
}

}  // namespace pidproof::runner::fleet
