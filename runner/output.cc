#include "runner/output.h"

#include <errno.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace pidproof {

namespace {

[[noreturn]] void Fail(const std::string& file, std::string_view mend) {
  throw std::runtime_error(fmt::format("{}: {}; {}", file, std::strerror(errno), mend));
}

void WriteInto(const std::string& file, std::string_view text) {
  std::ofstream out(file, std::ios::binary);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.flush();
  if (!out) Fail(file, "name a file that can be written");
}

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
  if (IsDevice(where)) return WriteInto(where, text);
  const std::string beside = fmt::format("{}.{}.part", where, getpid());
  WriteInto(beside, text);
  if (std::rename(beside.c_str(), where.c_str()) != 0) {
    const int error = errno;
    std::remove(beside.c_str());
    errno = error;
    Fail(where, "name a file that can be written");
  }
}

std::string Fetch(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) Fail(file, "name a document that can be read");
  return text.str();
}

}  // namespace pidproof
