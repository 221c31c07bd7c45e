#include "probes/refusal/fatal_call.h"

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <exception>

#include "probes/system/frame.h"
#include "probes/system/isolate.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::refusal {

namespace {

constexpr char kFatalCall = 'c';  // its number

[[noreturn]] void RunTraced(pid_t tracer, const std::function<void()>& body) {
  sys::DieWithParent(tracer);
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) < 0) _exit(0);
  raise(SIGSTOP);  // until the tracer has set its options
  try {
    body();
  } catch (const std::exception&) {
    _exit(0);  // the tracer has failed
  }
  _exit(0);
}

// The call that the stopped child is about to make, or `before` where it cannot be read.
long CallIn(pid_t child, long before) {
  __ptrace_syscall_info info{};
  const long size = ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info);
  const bool enters = size > 0 && info.op == PTRACE_SYSCALL_INFO_ENTRY;
  return enters ? static_cast<long>(info.entry.nr) : before;
}

// The signal to deliver to the stopped child: none for the tracer's own stops.
int SignalToPass(int status) {
  constexpr int kOfSyscall = SIGTRAP | 0x80;  // PTRACE_O_TRACESYSGOOD
  const int signal = WSTOPSIG(status);
  return signal == kOfSyscall || signal == SIGSTOP ? 0 : signal;
}

void Trace(const std::function<void()>& body, const FrameWriter& up) {
  const pid_t tracer = getpid();
  const pid_t child = Require(sys::Fork());
  if (child == 0) RunTraced(tracer, body);
  long call = -1;
  bool prepared = false;
  for (int status = 0;;) {
    if (waitpid(child, &status, __WALL) < 0) {
      if (errno == EINTR) continue;
      return;
    }
    if (!WIFSTOPPED(status)) {
      const bool fatal = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS && call >= 0;
      if (fatal) SendValues(up, kFatalCall, call);
      return;
    }
    if (!prepared) {
      prepared = true;
      ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    }
    call = CallIn(child, call);
    ptrace(PTRACE_SYSCALL, child, nullptr, SignalToPass(status));
  }
}

}  // namespace

std::optional<long> FindFatalCall(const std::function<void()>& body,
                                  std::chrono::milliseconds deadline) {
  std::optional<long> call;
  Isolate(
      Isolation::kChild, deadline, [&](const FrameWriter& up) { Trace(body, up); },
      [&](const Frame& frame) {
        if (frame.kind == kFatalCall) call = ValueOf<long>(frame);
      });
  return call;
}

}  // namespace pidproof::refusal
