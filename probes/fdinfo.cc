#include "probes/fdinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <string_view>

#include "probes/fd.h"

namespace pidproof {

Result<pid_t> FdinfoPid(int pidfd) {
  const Fd file(open(fmt::format("/proc/self/fdinfo/{}", pidfd).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return Result<pid_t>::Errno(errno);
  char bytes[4096];
  const ssize_t count = read(file.get(), bytes, sizeof bytes);
  if (count < 0) return Result<pid_t>::Errno(errno);
  const std::string_view text(bytes, static_cast<std::size_t>(count));
  constexpr std::string_view kKey = "\nPid:\t";
  const std::size_t key = text.find(kKey);
  if (key == std::string_view::npos) return Result<pid_t>::Errno(EBADMSG);
  const std::string_view rest = text.substr(key + kKey.size());
  pid_t number = 0;
  const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), number);
  return parsed.ec == std::errc() ? Result<pid_t>(number) : Result<pid_t>::Errno(EBADMSG);
}

}  // namespace pidproof
