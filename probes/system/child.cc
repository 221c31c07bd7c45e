#include "probes/system/child.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <utility>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/system/yield_until.h"

namespace pidproof {

namespace {

Result<pid_t> Begin(const SpawnOptions& options, int* pidfd) {
  if (options.how == SpawnOptions::kFork && options.flags == 0 && options.exit_signal == SIGCHLD) {
    return sys::Fork();
  }
  if (options.how == SpawnOptions::kFork)
    return sys::Clone(options.flags, options.exit_signal, nullptr);
  if (options.how == SpawnOptions::kClone) {
    return sys::Clone(options.flags | abi::kClonePidfd, options.exit_signal, pidfd);
  }
  abi::CloneArgs args{};
  args.flags = options.flags | abi::kClonePidfd;
  args.pidfd = reinterpret_cast<std::uint64_t>(pidfd);
  args.exit_signal = static_cast<std::uint64_t>(options.exit_signal);
  args.set_tid = reinterpret_cast<std::uint64_t>(options.set_tid.data());
  args.set_tid_size = options.set_tid.size();
  return sys::Clone3(args, options.set_tid.empty() ? abi::kCloneArgsSize53 : abi::kCloneArgsSize55);
}

siginfo_t AwaitEnd(pid_t pid, int options) {
  for (;;) {
    const Result<siginfo_t> ended = sys::Waitid(P_PID, pid, WEXITED | __WALL | options);
    if (ended.ok() || ended.error() != EINTR) return Require(ended);
  }
}

}  // namespace

Result<Child> Child::Make(Body body, const SpawnOptions& options) {
  Fd gate(eventfd(0, EFD_CLOEXEC));
  if (!gate) return Result<Child>::Errno(errno);
  const bool other_parent = (options.flags & (CLONE_NEWPID | CLONE_PARENT)) != 0;
  const pid_t parent = other_parent ? 0 : getpid();
  int pidfd = -1;
  const Result<pid_t> made = Begin(options, &pidfd);
  if (!made.ok()) return Result<Child>::Errno(made.error());
  if (*made == 0) {
    sys::DieWithParent(parent);
    _exit(body(gate.get()));
  }
  return Child(*made, std::move(gate), Fd(pidfd));
}

Child::Child(pid_t pid, Fd gate, Fd pidfd)
    : pid_(pid), gate_(std::move(gate)), pidfd_(std::move(pidfd)) {}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)),
      gate_(std::move(other.gate_)),
      pidfd_(std::move(other.pidfd_)) {}

Child::~Child() {
  if (pid_ == 0) return;
  // Still ours to wait for, so the PID is still its own.
  if (!sys::Waitid(P_PID, pid_, WEXITED | WNOHANG | WNOWAIT | __WALL).ok()) return;
  if (!sys::Kill(pid_, SIGKILL).ok())
    return;  // a filter or a policy forbids the kill: a wait could block for ever
  while (sys::Waitid(P_PID, pid_, WEXITED | __WALL).error() == EINTR) {
  }
}

void Child::Open() const {
  const std::uint64_t one = 1;
  Require(write(gate_.get(), &one, sizeof one) == sizeof one);
}

void Child::Kill() const { Require(sys::Kill(pid_, SIGKILL)); }

void Child::AwaitZombie() const { AwaitEnd(pid_, WNOWAIT); }

void Child::AwaitReapedByKernel() {
  // A wait fails with ECHILD a moment before the PID is free, and no event marks that moment.
  Require(sys::Waitid(P_PID, pid_, WEXITED | WNOWAIT | __WALL).error() == ECHILD);
  YieldUntil([&] { return getpgid(pid_) < 0; });
  Disown();
}

siginfo_t Child::Reap() { return AwaitEnd(std::exchange(pid_, 0), 0); }

namespace body {

void Pass(int gate) {
  std::uint64_t opened = 0;
  while (read(gate, &opened, sizeof opened) < 0 && errno == EINTR) {
  }
}

int Lingers(int) {
  for (;;) pause();
}

int Exits(int) { return 0; }

int AtGate(int gate) {
  Pass(gate);
  return kGateStatus;
}

int ExecsThenAtGate(int gate) {
  char gate_text[16];
  *fmt::format_to_n(gate_text, sizeof gate_text - 1, "{}", gate).out = '\0';
  char name[] = "pidproof";
  char resume[sizeof kResume];
  std::strcpy(resume, kResume);
  char* const arguments[] = {name, resume, gate_text, nullptr};
  fcntl(gate, F_SETFD, 0);
  fcntl(STDERR_FILENO, F_SETFD, FD_CLOEXEC);  // hides what a loader without its calls prints
  execv("/proc/self/exe", arguments);
  execv(reinterpret_cast<const char*>(getauxval(AT_EXECFN)), arguments);  // /proc may be missing
  return 126;
}

void ResumeIfExecuted(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], kResume) == 0) _exit(AtGate(std::atoi(argv[2])));
}

}  // namespace body

}  // namespace pidproof
