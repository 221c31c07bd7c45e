#include "scenarios/props/proc.h"

#include <errno.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>

#include "probes/errno_name.h"
#include "probes/fdinfo.h"
#include "probes/read_file.h"
#include "probes/require.h"

namespace pidproof::proc {

namespace {

bool ShowsOwn() {
  char number[16];
  const ssize_t length = readlink("/proc/self", number, sizeof number);
  return length > 0 &&
         std::string_view(number, static_cast<std::size_t>(length)) == std::to_string(getpid());
}

template <typename Number>
const char* Parse(std::string_view text, Number& number) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() ? parsed.ptr : nullptr;
}

}  // namespace

void ShowOwn() {
  if (ShowsOwn()) return;
  const bool mounted = unshare(CLONE_NEWNS) == 0 &&
                       mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                       mount("proc", "/proc", "proc", 0, nullptr) == 0;
  if (!mounted) {
    throw Unsupported(
        fmt::format("/proc does not show the trial's pid namespace, and one that does cannot be "
                    "mounted ({})",
                    ErrnoName(errno)));
  }
  if (!ShowsOwn()) throw Unsupported("a new /proc does not show the trial's pid namespace");
}

Result<std::string> Read(pid_t pid, std::string_view file) {
  return ReadFile(fmt::format("/proc/{}/{}", pid, file));
}

std::string Fdinfo(int fd) {
  Result<std::string> text = pidproof::Fdinfo(fd);
  if (text.error() == ENOENT) throw Unsupported("there is no /proc to ask");
  return Require(std::move(text));
}

std::vector<std::int64_t> Numbers(std::string_view text, std::string_view key) {
  const std::string start = fmt::format("\n{}:", key);
  const std::size_t at = text.find(start);
  if (at == text.npos) throw Unsupported(fmt::format("/proc shows no {} here", key));
  std::string_view line = text.substr(at + start.size());
  line = line.substr(0, line.find('\n'));
  std::vector<std::int64_t> numbers;
  for (;;) {
    const std::size_t next = line.find_first_not_of(" \t");
    if (next == line.npos) return numbers;
    std::int64_t number = 0;
    const char* const end = Parse(line.substr(next), number);
    Require(end != nullptr);
    numbers.push_back(number);
    line = line.substr(static_cast<std::size_t>(end - line.data()));
  }
}

pid_t OwnNumber() {
  char target[16] = {};
  if (readlink("/proc/self", target, sizeof target - 1) <= 0) return 0;
  return std::atoi(target);
}

char State(pid_t number) {
  const Result<std::string> stat = Read(number, "stat");
  if (!stat.ok()) return 0;
  // The name before it may hold anything, brackets and blanks too.
  const std::size_t name_end = stat->rfind(')');
  return name_end == stat->npos || name_end + 2 >= stat->size() ? '\0' : (*stat)[name_end + 2];
}

Result<std::uint64_t> StartTime(pid_t pid) {
  const Result<std::string> stat = Read(pid, "stat");
  if (!stat.ok()) return Result<std::uint64_t>::Errno(stat.error());
  // The name, in brackets, may hold anything. What follows its end are the fields from the third
  // on; the start time is the 22nd.
  std::size_t at = stat->rfind(')');
  for (int field = 3; field <= 22; ++field) {
    Require(at != stat->npos);
    at = stat->find(' ', at + 1);
  }
  Require(at != stat->npos);
  std::uint64_t ticks = 0;
  Require(Parse(std::string_view(*stat).substr(at + 1), ticks) != nullptr);
  return ticks;
}

}  // namespace pidproof::proc
