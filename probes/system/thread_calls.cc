#include "probes/system/thread_calls.h"

#include <errno.h>
#include <linux/futex.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "probes/refusal/refused_calls.h"
#include "probes/system/raw_call.h"
#include "probes/system/sys.h"

namespace pidproof {

namespace {

// Operations of glibc's mutexes, condition variables and joins: a filter may check the operation.
constexpr int kOperations[] = {FUTEX_WAKE_PRIVATE, FUTEX_WAIT_PRIVATE,
                               FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME,
                               FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME};

int IfFromFilter(int error) {
  return error == EPERM || error == EACCES || error == ENOSYS ? error : 0;
}

// A thread of glibc retries a refused exit for ever.
int RefusalOfExit() {
  const Result<pid_t> child = sys::Fork();
  if (!child.ok()) return 0;  // reported elsewhere
  if (*child == 0) _exit(sys::CallWithNonsense(SYS_exit).error());
  int status = 0;
  while (waitpid(*child, &status, 0) < 0 && errno == EINTR) {
  }
  constexpr int kEnded = 255;  // with -1
  return WIFEXITED(status) && WEXITSTATUS(status) != kEnded ? WEXITSTATUS(status) : 0;
}

// If rseq is registered for the first thread, glibc (2.35) aborts when it fails for another.
int RefusalOfRseq() {
  if (__rseq_size == 0) return 0;
  return IfFromFilter(sys::CallWithNonsense(SYS_rseq).error());
}

constexpr ThreadCall kThreadCalls[] = {
    {"futex", RefusalOfFutex}, {"exit", RefusalOfExit}, {"rseq", RefusalOfRseq}};

}  // namespace

std::span<const ThreadCall> ThreadCalls() { return kThreadCalls; }

std::string RefusalOfThreads() {
  if (!refusal::MayBeFiltered()) return "";
  for (const ThreadCall& call : kThreadCalls) {
    const int error = call.refusal();
    if (error != 0) return refusal::RefusalByFilter(call.name, error);
  }
  return "";
}

int RefusalOfFutex() {
  for (const int operation : kOperations) {
    const int error = sys::FutexWithoutWaiters(operation).error();
    if (error != 0 && error != EAGAIN) return error;
  }
  return 0;
}

}  // namespace pidproof
