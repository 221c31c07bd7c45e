// For tests: the program as its users call it.
#pragma once

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>

#include "probes/require.h"

namespace pidproof {

struct Printed {
  int status = -1;
  std::string out;
};

// Runs the program through the shell; stderr comes along with stdout when asked for by the
// arguments.
inline Printed Call(const std::string& arguments) {
  Printed printed;
  FILE* pipe = popen(fmt::format("{} {}", PIDPROOF_BINARY, arguments).c_str(), "r");
  Require(pipe != nullptr);
  char bytes[4096];
  for (std::size_t count = 0; (count = fread(bytes, 1, sizeof bytes, pipe)) > 0;) {
    printed.out.append(bytes, count);
  }
  printed.status = WEXITSTATUS(pclose(pipe));
  return printed;
}

class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / fmt::format("pidproof-{}", getpid())) {
    std::filesystem::create_directory(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string File(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace pidproof
