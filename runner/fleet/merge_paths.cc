#include "runner/fleet/merge_paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>

#include "reports/fleet/database.h"
#include "reports/fleet/merge.h"
#include "reports/fleet/record.h"
#include "runner/fleet/byte_source.h"
#include "runner/fleet/document_stream.h"

namespace pidproof::runner::fleet {

namespace {

namespace files = std::filesystem;
using reports::fleet::Record;

// A text that is to be a document, and what came of it.
struct Item {
  std::string source;
  std::size_t place = 1;  // in the source
  std::string text;
  std::optional<Record> record = {};
  std::string refusal = {};  // or why there is none
};

// "host1" of "/some/host1.json.zst": clush --outdir and the like name files by the host.
std::string HostNameOf(const std::string& source) {
  if (source == "-") return "";
  files::path name = files::path(source).filename();
  for (const char* ending : {".zst", ".gz", ".json"}) {
    if (name.extension() == ending) name = name.stem();
  }
  return name.string();
}

void Read(reports::fleet::RecordReader& reader, Item& item) {
  try {
    item.record = reader.Read(item.text, HostNameOf(item.source));
  } catch (const std::exception& refused) {
    item.refusal = refused.what();
  }
  item.text.clear();
  item.text.shrink_to_fit();
}

// Documents that are read at the same time: a few, so that memory stays small.
class Batch {
 public:
  explicit Batch(const reports::fleet::RecordReader::Rename& rename)
      : readers_(Threads(), reports::fleet::RecordReader(rename)) {}

  bool IsFull() const { return items_.size() >= kMostItems || bytes_ >= kMostBytes; }
  void Add(Item item) {
    bytes_ += item.text.size();
    items_.push_back(std::move(item));
  }
  // The items, read, in their order.
  std::vector<Item> Take() {
    std::vector<std::future<void>> shares;
    for (std::size_t share = 0; share < readers_.size(); ++share) {
      shares.push_back(std::async(std::launch::async, [this, share] {
        for (std::size_t i = share; i < items_.size(); i += readers_.size()) {
          Read(readers_[share], items_[i]);
        }
      }));
    }
    for (std::future<void>& share : shares) share.get();
    bytes_ = 0;
    return std::exchange(items_, {});
  }

 private:
  static constexpr std::size_t kMostItems = 64;
  static constexpr std::size_t kMostBytes = std::size_t{4} << 20;
  static std::size_t Threads() {
    constexpr unsigned kMost = 4;
    return std::clamp(std::thread::hardware_concurrency(), 1U, kMost);
  }

  std::vector<reports::fleet::RecordReader> readers_;
  std::vector<Item> items_;
  std::size_t bytes_ = 0;
};

class Merge {
 public:
  Merge(std::string fleet, const reports::fleet::RecordReader::Rename& rename,
        const std::function<void(const std::string&)>& skip)
      : fleet_(std::move(fleet)), skip_(skip), batch_(rename) {}

  void AddSource(const std::string& source) {
    std::optional<DocumentStream> stream;
    try {
      stream.emplace(OpenSource(source));
    } catch (const std::exception& refused) {
      return Skip(source, refused.what());
    }
    bool more = true;
    for (std::size_t place = 1; more; ++place) {
      try {
        std::optional<std::string> text = stream->Next();
        more = text.has_value();
        if (more) batch_.Add({source, place, std::move(*text)});
      } catch (const std::exception& refused) {
        Skip(PlaceOf(source, place), refused.what());
        more = !stream->AtEnd();
      }
      if (batch_.IsFull()) Write();
    }
  }

  Merged Finish() {
    Write();
    if (merger_) merger_->Finish();
    return merged_;
  }

 private:
  // Most sources hold one.
  static std::string PlaceOf(const std::string& source, std::size_t place) {
    return source == "-" || place > 1 ? fmt::format("{}: document {}", source, place) : source;
  }

  void Skip(const std::string& place, const std::string& reason) {
    ++merged_.skipped;
    skip_(fmt::format("{}: {}", place, reason));
  }

  // A fleet is made for the first document, not for none.
  void Write() {
    for (const Item& item : batch_.Take()) {
      if (!item.record) {
        Skip(PlaceOf(item.source, item.place), item.refusal);
        continue;
      }
      if (!merger_) {
        database_ = reports::fleet::OpenFleet(fleet_, reports::fleet::Use::kWrite);
        merger_.emplace(*database_);
      }
      ++merged_.documents;
      merged_.added += merger_->Add(*item.record) ? 1 : 0;
    }
  }

  const std::string fleet_;
  const std::function<void(const std::string&)>& skip_;
  std::unique_ptr<reports::fleet::Database> database_;
  std::optional<reports::fleet::Merger> merger_;
  Batch batch_;
  Merged merged_;
};

// Those of a folder are in the order of their names.
std::vector<std::string> FilesOf(const std::string& path) {
  std::vector<std::string> found;
  for (const auto& entry : files::recursive_directory_iterator(
           path, files::directory_options::skip_permission_denied)) {
    std::error_code none;
    const bool is_hidden = entry.path().filename().string().starts_with('.');
    if (!is_hidden && entry.is_regular_file(none)) found.push_back(entry.path().string());
  }
  std::ranges::sort(found);
  return found;
}

void RequirePaths(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    std::error_code none;
    if (path != "-" && !files::exists(path, none)) {
      throw std::invalid_argument(fmt::format("{}: it is not there; name files or folders", path));
    }
  }
}

}  // namespace

Merged MergePaths(const std::vector<std::string>& paths, const std::string& fleet,
                  const reports::fleet::RecordReader::Rename& rename,
                  const std::function<void(const std::string& line)>& skip) {
  RequirePaths(paths);
  Merge merge(fleet, rename, skip);
  for (const std::string& path : paths) {
    std::error_code none;
    if (path == "-" || !files::is_directory(path, none)) {
      merge.AddSource(path);
      continue;
    }
    for (const std::string& file : FilesOf(path)) merge.AddSource(file);
  }
  return merge.Finish();
}

}  // namespace pidproof::runner::fleet
