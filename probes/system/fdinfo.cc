#include "probes/system/fdinfo.h"

#include <errno.h>
#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "probes/system/read_file.h"

namespace pidproof {

std::string FdinfoPath(int fd) { return fmt::format("/proc/self/fdinfo/{}", fd); }

Result<std::string> Fdinfo(int fd) { return ReadFile(FdinfoPath(fd)); }

Result<pid_t> FdinfoPid(int pidfd) {
  const Result<std::string> read = Fdinfo(pidfd);
  if (!read.ok()) return Result<pid_t>::Errno(read.error());
  const std::string_view text = *read;
  constexpr std::string_view kKey = "\nPid:\t";
  const std::size_t key = text.find(kKey);
  if (key == std::string_view::npos) return Result<pid_t>::Errno(EBADMSG);
  const std::string_view rest = text.substr(key + kKey.size());
  pid_t number = 0;
  const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  return parsed.ec == std::errc() ? Result<pid_t>(number) : Result<pid_t>::Errno(EBADMSG);
}

}  // namespace pidproof
