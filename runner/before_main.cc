// What has to be known before the first object of the C++ library is made, which ends the program
// without a word where a filter refuses futex, or where there is no room for its stack.
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string_view>

#include "probes/system/child.h"
#include "probes/system/thread_calls.h"

namespace pidproof::runner {
namespace {

[[noreturn]] void Leave(std::string_view line) {
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
  _exit(2);
}

// Below this the constructors may run out of it. So may the kernel and the C library before this is
// called, as those of an empty program do: they are killed by SIGSEGV.
constexpr rlim_t kLeastStack = 16 << 10;

// Nothing is constructed yet: plain system calls only.
void LeaveWhereNothingRuns(int argc, char** argv, char**) {
  rlimit stack{};
  if (getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_cur < kLeastStack) {
    Leave("pidproof: RLIMIT_STACK is below 16 kB; raise it (ulimit -s)\n");
  }
  if (RefusalOfFutex() == 0) return;
  constexpr int kCannotBeExecuted = 126;
  if (argc > 1 && strcmp(argv[1], body::kResume) == 0) _exit(kCannotBeExecuted);
  Leave(
      "pidproof: a filter refuses futex, without which the C library aborts; let futex through the "
      "seccomp filter\n");
}

// Run before all constructors, those of shared libraries too (ELF gABI, DT_PREINIT_ARRAY).
[[gnu::section(".preinit_array"),
  gnu::used]] void (*const before_all)(int, char**, char**) = LeaveWhereNothingRuns;

}  // namespace
}  // namespace pidproof::runner
