// What has to be known before the first object of the C++ library is made: where a filter refuses
// futex, that one aborts the program without a word about the filter.
#include <string.h>
#include <unistd.h>

#include "probes/system/child.h"
#include "probes/system/thread_calls.h"

namespace pidproof::runner {
namespace {

// Nothing is constructed yet: plain system calls only.
void LeaveWithoutFutex(int argc, char** argv, char**) {
  if (RefusalOfFutex() == 0) return;
  constexpr int kCannotBeExecuted = 126;
  if (argc > 1 && strcmp(argv[1], body::kResume) == 0) _exit(kCannotBeExecuted);
  constexpr char kLine[] =
      "pidproof: a filter refuses futex, without which the C library aborts; let futex through the "
      "seccomp filter\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, kLine, sizeof kLine - 1);
  _exit(2);
}

// Run before all constructors, those of shared libraries too (ELF gABI, DT_PREINIT_ARRAY).
[[gnu::section(".preinit_array"), gnu::used]] void (*const before_all)(int, char**,
                                                                       char**) = LeaveWithoutFutex;

}  // namespace
}  // namespace pidproof::runner
