#include "probes/system/read_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "probes/system/fd.h"

namespace pidproof {

Result<std::string> ReadFile(const std::string& path) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return Result<std::string>::Errno(errno);
  std::string text;
  char bytes[4096];
  for (;;) {
    const ssize_t count = read(file.get(), bytes, sizeof bytes);
    if (count < 0) return Result<std::string>::Errno(errno);
    if (count == 0) return text;
    text.append(bytes, static_cast<std::size_t>(count));
  }
}

}  // namespace pidproof
