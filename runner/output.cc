#include "runner/output.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "probes/fd.h"

namespace pidproof {

namespace {

[[noreturn]] void Fail(const std::string& file, std::string_view mend) {
  throw std::runtime_error(fmt::format("{}: {}; {}", file, std::strerror(errno), mend));
}

// A serial line would turn every newline into two characters.
void MakeRaw(int terminal) {
  termios settings{};
  if (tcgetattr(terminal, &settings) != 0) return;
  cfmakeraw(&settings);
  tcsetattr(terminal, TCSANOW, &settings);
}

constexpr std::string_view kMend = "name a file that can be written";

// name: what the user called the file.
void WriteInto(const std::string& file, const std::string& name, std::string_view text) {
  const Fd out(open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0644));
  if (!out) Fail(name, kMend);
  MakeRaw(out.get());
  while (!text.empty()) {
    const ssize_t count = write(out.get(), text.data(), text.size());
    if (count < 0 && errno != EINTR) Fail(name, kMend);
    if (count > 0) text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (isatty(out.get()) != 0) tcdrain(out.get());
}

std::string Beside(const std::string& where) { return fmt::format("{}.{}.part", where, getpid()); }

bool IsDevice(const std::string& file) {
  struct stat status {};
  return stat(file.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
}

}  // namespace

void Deliver(const std::string& where, std::string_view text) {
  if (where == "-") {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() ||
        std::fflush(stdout) != 0) {
      Fail("stdout", "the document was not written");
    }
    return;
  }
  if (IsDevice(where)) return WriteInto(where, where, text);
  const std::string beside = Beside(where);
  try {
    WriteInto(beside, where, text);
  } catch (...) {
    std::remove(beside.c_str());
    throw;
  }
  if (std::rename(beside.c_str(), where.c_str()) != 0) {
    const int error = errno;
    std::remove(beside.c_str());
    errno = error;
    Fail(where, kMend);
  }
}

void CheckDeliverable(const std::string& where) {
  if (where.empty() || where == "-") return;
  if (IsDevice(where)) {
    if (access(where.c_str(), W_OK) != 0) Fail(where, kMend);
    return;
  }
  const std::string beside = Beside(where);
  WriteInto(beside, where, "");
  std::remove(beside.c_str());
}

std::string Fetch(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) Fail(file, "name a document that can be read");
  return text.str();
}

}  // namespace pidproof
