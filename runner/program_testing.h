// For tests: the program as its users call it.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/system/fd.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::runner {

struct Printed {
  int status = -1;
  std::string out;
};

// Runs the program through the shell; stderr comes along with stdout when asked for by the
// arguments.
inline Printed RunProgram(const std::string& arguments) {
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

// Runs the program in a process that prepare, which must not fail, has changed before: limits,
// signals, filters, descriptors. Only stdout is read.
inline Printed RunProgramAfter(const std::function<void()>& prepare,
                               std::vector<std::string> arguments,
                               const std::string& program = PIDPROOF_BINARY) {
  int ends[2];
  Require(pipe2(ends, O_CLOEXEC) == 0);
  const Fd from(ends[0]);
  Fd to(ends[1]);
  const pid_t child = Require(sys::Fork());
  if (child == 0) {
    std::vector<char*> words{const_cast<char*>(program.c_str())};
    for (std::string& argument : arguments) words.push_back(argument.data());
    words.push_back(nullptr);
    dup2(to.get(), STDOUT_FILENO);
    // Whatever this process has inherited is not the program's.
    Require(close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0);
    prepare();
    execv(words.front(), words.data());
    _exit(127);
  }
  to.reset();
  Printed printed;
  char bytes[4096];
  for (ssize_t count = 0; (count = read(from.get(), bytes, sizeof bytes)) > 0;) {
    printed.out.append(bytes, static_cast<std::size_t>(count));
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  printed.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return printed;
}

class TempDir {
 public:
  TempDir() : path_(std::filesystem::temp_directory_path() / fmt::format("pidproof-{}", getpid())) {
    std::filesystem::create_directory(path_);
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  std::string File(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace pidproof::runner
