#include "scenarios/arena/pid_placement.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "probes/system/sys.h"

namespace pidproof::scenarios {

namespace {

constexpr char kLastPidFile[] = "/proc/sys/kernel/ns_last_pid";
constexpr char kPidMaxFile[] = "/proc/sys/kernel/pid_max";

bool WriteNumber(const Fd& file, pid_t pid) {
  char text[16];
  const auto end = fmt::format_to_n(text, sizeof text, "{}", pid);
  return pwrite(file.get(), text, end.size, 0) == static_cast<ssize_t>(end.size);
}

// The highest PID of this namespace.
pid_t Highest() {
  constexpr pid_t kUsual = 32767;
  const Fd file(open(kPidMaxFile, O_RDONLY | O_CLOEXEC));
  char text[16] = {};
  if (!file || read(file.get(), text, sizeof text - 1) <= 0) return kUsual;
  return std::atoi(text) - 1;
}

// Uses up PIDs until the one before that PID was used. False: a child could not be made.
bool WalkTo(pid_t pid, std::uint64_t& used) {
  // After the highest PID the kernel restarts at 300 (RESERVED_PIDS), so the PID before 300 is the
  // highest.
  constexpr pid_t kFirstAgain = 300;
  const pid_t before = pid == kFirstAgain ? Highest() : pid - 1;
  constexpr int kMostPids =
      70'000;  // above the usual pid_max; the maximum, 4,194,304, would take too long
  for (int i = 0; i < kMostPids; ++i) {
    const Result<pid_t> made = SpawnStub({.flags = CLONE_VM | CLONE_FILES}, StubLife::kExits);
    if (!made.ok() || !sys::Waitid(P_PID, *made, WEXITED).ok()) return false;
    ++used;
    if (*made == pid - 1 || *made == before) return true;
  }
  return false;
}

}  // namespace

std::string_view Word(PidMethod method) {
  switch (method) {
    case PidMethod::kSetTid:
      return "set_tid";
    case PidMethod::kLastPid:
      return "ns_last_pid";
    case PidMethod::kPidMax:
      return "pid_max";
    case PidMethod::kWrap:
      return "wrap";
    case PidMethod::kNoMethod:
      return "";
  }
  return "";
}

bool PidPlacer::WriteLast(pid_t pid) {
  if (!last_pid_) last_pid_ = Fd(open(kLastPidFile, O_WRONLY | O_CLOEXEC));
  return last_pid_ && WriteNumber(last_pid_, pid - 1);
}

// The kernel restarts at 300 (RESERVED_PIDS): with pid_max 301, 300 is the only free PID.
bool PidPlacer::LeaveOne(pid_t pid, std::uint64_t& used) {
  if (one_left_) return true;
  const Fd file(open(kPidMaxFile, O_WRONLY | O_CLOEXEC));
  if (!file || !WriteNumber(file, pid + 1) || !WalkTo(pid, used)) return false;
  one_left_ = true;
  return true;
}

bool PidPlacer::Prepare(PidMethod method, pid_t pid, std::uint64_t& used) {
  switch (method) {
    case PidMethod::kLastPid:
      return WriteLast(pid);
    case PidMethod::kPidMax:
      return LeaveOne(pid, used);
    case PidMethod::kWrap:
      return WalkTo(pid, used);
    case PidMethod::kSetTid:
    case PidMethod::kNoMethod:
      return false;
  }
  return false;
}

}  // namespace pidproof::scenarios
