#include "probes/system/memory.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>

#include "probes/system/read_file.h"

namespace pidproof {

namespace {

// "max", the word for no limit, is no number.
std::optional<std::uint64_t> NumberIn(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> NumberInFile(const char* path) {
  const Result<std::string> text = ReadFile(path);
  return text.ok() ? NumberIn(*text) : std::nullopt;
}

struct CgroupFiles {
  const char* limit;
  const char* used;
};
constexpr CgroupFiles kCgroups[] = {
    {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"},
    {"/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"},
};

}  // namespace

std::optional<std::uint64_t> AvailableMemory() {
  constexpr std::string_view kLine = "MemAvailable:";
  constexpr std::uint64_t kUnit = 1024;
  const Result<std::string> text = ReadFile("/proc/meminfo");
  const std::size_t at = text.ok() ? text->find(kLine) : std::string::npos;
  if (at == std::string::npos) return std::nullopt;
  const auto kibibytes = NumberIn(std::string_view(*text).substr(at + kLine.size()));
  if (!kibibytes) return std::nullopt;
  std::uint64_t least = *kibibytes * kUnit;
  for (const CgroupFiles& files : kCgroups) {
    const auto limit = NumberInFile(files.limit);
    const auto used = NumberInFile(files.used);
    if (limit && used) least = std::min(least, *limit - std::min(*limit, *used));
  }
  return least;
}

}  // namespace pidproof
