#include "scenarios/proc.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "probes/fd.h"

namespace pidproof {

pid_t OwnNumberInProc() {
  char target[16] = {};
  if (readlink("/proc/self", target, sizeof target - 1) <= 0) return 0;
  return std::atoi(target);
}

char StateInProc(pid_t number) {
  const Fd file(open(fmt::format("/proc/{}/stat", number).c_str(), O_RDONLY | O_CLOEXEC));
  char text[256] = {};
  if (!file || read(file.get(), text, sizeof text - 1) <= 0) return 0;
  // The name before it may hold anything, parentheses and blanks too.
  const char* const name_end = std::strrchr(text, ')');
  return name_end == nullptr || name_end[1] == '\0' ? '\0' : name_end[2];
}

}  // namespace pidproof
