#include "runner/transcript/recorder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "probes/system/fd.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "runner/transcript/traced_memory.h"

namespace pidproof::runner::transcript {

namespace {

// A close of this descriptor, which is not open, ends what is recorded.
constexpr int kMark = 900;

constexpr unsigned long kOptions = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
                                   PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
                                   PTRACE_O_EXITKILL;

class Recorder {
 public:
  Recorder(pid_t trial, Fd begin) : trial_(trial), begin_(std::move(begin)) {}

  Recorded Run();

 private:
  struct Tracee {
    std::size_t actor = 0;
    long call = -1;  // the one that it is in
    bool inside = false;
    long restarts = -1;    // a call that a signal has interrupted: it goes on, or has failed
    bool handled = false;  // the handler of that signal is over
    bool held = false;     // until the call that made it has returned
  };

  void Drain();
  void Take(pid_t pid, int status);
  void Stopped(pid_t pid, int status);
  void Born(pid_t maker, int event);
  void Enter(pid_t pid, Tracee& tracee, const __ptrace_syscall_info& info);
  void Leave(pid_t pid, Tracee& tracee, const __ptrace_syscall_info& info);
  void Resume(pid_t pid, int signal, __ptrace_request how = PTRACE_SYSCALL);
  void Faulted(pid_t pid, std::size_t actor, int signal);
  void EndedBy(pid_t pid, std::size_t actor, int signal);

  pid_t trial_;
  Fd begin_;
  bool awaits_us_ = false;
  bool has_begun_ = false;
  bool on_ = false;
  std::map<pid_t, Tracee> tracees_;
  std::map<pid_t, int> early_;  // stopped before its maker has reported it
  std::deque<std::pair<pid_t, int>> stops_;
  std::size_t moment_ = 0;
  Recorded recorded_;
};

// A death is taken before anything else goes on: until then the kernel does not report the zombie
// to its real parent, which could see the difference.
void Recorder::Drain() {
  int status = 0;
  for (;;) {
    const pid_t pid = waitpid(-1, &status, __WALL | WNOHANG);
    if (pid <= 0) return;
    Take(pid, status);
  }
}

void Recorder::Take(pid_t pid, int status) {
  if (WIFSTOPPED(status)) {
    stops_.emplace_back(pid, status);
    return;
  }
  if (pid == trial_) recorded_.status = status;
  const auto ended = tracees_.find(pid);
  if (ended != tracees_.end()) {
    recorded_.recording.actors[ended->second.actor].ended = moment_++;
    if (WIFSIGNALED(status)) EndedBy(pid, ended->second.actor, WTERMSIG(status));
  }
  tracees_.erase(pid);
  early_.erase(pid);
  std::erase_if(stops_, [&](const auto& stop) { return stop.first == pid; });
}

void Recorder::Resume(pid_t pid, int signal, __ptrace_request how) {
  Drain();
  ptrace(how, pid, nullptr, signal);
}

Recorded Recorder::Run() {
  Require(ptrace(PTRACE_SEIZE, trial_, nullptr, kOptions) == 0);
  Require(ptrace(PTRACE_INTERRUPT, trial_, nullptr, nullptr) == 0);
  recorded_.recording.actors.push_back({trial_, -1, false, 0});
  tracees_[trial_] = {};
  // A read that ended before the trial stops would not be followed, nor what comes after it.
  int first = 0;
  while (waitpid(trial_, &first, __WALL) < 0 && errno == EINTR) {
  }
  Take(trial_, first);
  begin_.reset();
  while (!tracees_.empty()) {
    if (stops_.empty()) {
      int status = 0;
      const pid_t pid = waitpid(-1, &status, __WALL);
      if (pid < 0 && errno != EINTR) break;
      if (pid > 0) Take(pid, status);
      continue;
    }
    const auto [pid, status] = stops_.front();
    stops_.pop_front();
    Stopped(pid, status);
  }
  return std::move(recorded_);
}

void Recorder::Stopped(pid_t pid, int status) {
  const auto known = tracees_.find(pid);
  if (known == tracees_.end()) {
    early_[pid] = status;
    return;
  }
  const int event = status >> 16;
  const int signal = WSTOPSIG(status);
  if (signal == (SIGTRAP | 0x80)) {
    // It fails on one that has been killed meanwhile: its call does not return.
    __ptrace_syscall_info info{};
    ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
    if (info.op == PTRACE_SYSCALL_INFO_ENTRY) Enter(pid, known->second, info);
    if (info.op == PTRACE_SYSCALL_INFO_EXIT) Leave(pid, known->second, info);
    return Resume(pid, 0);
  }
  switch (event) {
    case 0:
      if (on_) Faulted(pid, known->second.actor, signal);
      return Resume(pid, signal);
    case PTRACE_EVENT_FORK:
    case PTRACE_EVENT_VFORK:
    case PTRACE_EVENT_CLONE:
      Born(pid, event);
      return Resume(pid, 0);
    case PTRACE_EVENT_EXEC: {
      unsigned long former = 0;
      ptrace(PTRACE_GETEVENTMSG, pid, nullptr, &former);
      const auto executor = tracees_.find(static_cast<pid_t>(former));
      if (executor != tracees_.end() && executor->first != pid) {
        known->second = executor->second;
        tracees_.erase(executor);
      }
      return Resume(pid, 0);
    }
    case PTRACE_EVENT_STOP:
      if (known->second.held) return;
      return Resume(pid, 0, signal == SIGTRAP ? PTRACE_SYSCALL : PTRACE_LISTEN);
    default:
      return Resume(pid, 0);
  }
}

// A fault is no call, but ends an actor as one does.
void Recorder::Faulted(pid_t pid, std::size_t actor, int signal) {
  siginfo_t info{};
  const bool faults = signal == SIGSEGV || signal == SIGBUS;
  if (!faults || ptrace(PTRACE_GETSIGINFO, pid, nullptr, &info) != 0) return;
  if (info.si_code <= 0 || info.si_code == SI_KERNEL) return;
  Call call;
  call.actor = actor;
  call.number = kFault;
  call.began = moment_++;
  recorded_.recording.calls.push_back(std::move(call));
}

// A signal that an actor sends to itself ends it in that call.
void Recorder::EndedBy(pid_t pid, std::size_t actor, int signal) {
  std::vector<Call>& calls = recorded_.recording.calls;
  const auto last = std::find_if(calls.rbegin(), calls.rend(),
                                 [&](const Call& call) { return call.actor == actor; });
  if (last == calls.rend()) return;
  const auto is = [&](std::size_t argument, long value) {
    return static_cast<int>(last->arguments[argument]) == static_cast<int>(value);
  };
  const bool by_pid = (last->number == SYS_kill || last->number == SYS_tkill) &&
                      (is(0, pid) || is(0, 0)) && is(1, signal);
  const bool by_thread = last->number == SYS_tgkill && is(1, pid) && is(2, signal);
  const bool by_pidfd = last->number == SYS_pidfd_send_signal && signal != SIGKILL && is(1, signal);
  if (by_pid || by_thread || by_pidfd) last->returned = false;
}

void Recorder::Born(pid_t maker, int event) {
  unsigned long message = 0;
  ptrace(PTRACE_GETEVENTMSG, maker, nullptr, &message);
  const auto pid = static_cast<pid_t>(message);
  const Tracee& made_by = tracees_[maker];
  Tracee born;
  born.actor = recorded_.recording.actors.size();
  born.held = event != PTRACE_EVENT_VFORK && made_by.inside;
  Actor actor{pid, made_by.inside ? made_by.call : -1, false, 0};
  if (made_by.inside) {
    const Call& call = recorded_.recording.calls[static_cast<std::size_t>(made_by.call)];
    std::uint64_t flags = call.number == SYS_clone ? call.arguments[0] : 0;
    if (call.number == SYS_clone3 && !call.memory.empty()) {
      std::copy_n(call.memory[0].before.data(),
                  std::min<std::size_t>(8, call.memory[0].before.size()),
                  reinterpret_cast<char*>(&flags));
    }
    actor.thread = (flags & CLONE_THREAD) != 0;
  }
  recorded_.recording.actors.push_back(actor);
  tracees_[pid] = born;
  const auto early = early_.find(pid);
  if (early == early_.end()) return;
  stops_.emplace_back(pid, early->second);
  early_.erase(early);
}

void Recorder::Enter(pid_t pid, Tracee& tracee, const __ptrace_syscall_info& info) {
  const long number = static_cast<long>(info.entry.nr);
  if (tracee.actor == 0 && number == SYS_close && info.entry.args[0] == kMark) on_ = false;
  // The trial's last call before ask is a read, until we have begun to follow it.
  awaits_us_ = tracee.actor == 0 && !has_begun_ && number == SYS_read;
  tracee.inside = on_;
  if (!on_) return;
  if (number == SYS_ptrace) {
    recorded_.recording.flaw =
        "the trial traces by ptrace(2), which is refused while it is itself traced for this";
  }
  if (tracee.restarts >= 0 && number == SYS_rt_sigreturn) {
    tracee.inside = false;
    tracee.handled = true;
    return;
  }
  Call call;
  if (tracee.restarts >= 0) {
    Call& before =
        recorded_.recording.calls[static_cast<std::size_t>(std::exchange(tracee.restarts, -1))];
    const bool again =
        before.number == number &&
        std::equal(before.arguments.begin(), before.arguments.end(), info.entry.args);
    if (again || number == SYS_restart_syscall) return;
    call.in_handler = !tracee.handled;
    before.returned = true;
    before.result = -EINTR;
    before.ended = moment_++;
  }
  call.actor = tracee.actor;
  call.number = number;
  std::copy_n(info.entry.args, call.arguments.size(), call.arguments.begin());
  call.began = moment_++;
  ReadBefore(pid, call);
  tracee.call = static_cast<long>(recorded_.recording.calls.size());
  recorded_.recording.calls.push_back(std::move(call));
}

void Recorder::Leave(pid_t pid, Tracee& tracee, const __ptrace_syscall_info& info) {
  if (tracee.inside && tracee.call >= 0) {
    Call& call = recorded_.recording.calls[static_cast<std::size_t>(tracee.call)];
    // What the kernel says to itself: ERESTARTSYS and the like.
    constexpr long kRestarts = -512;
    constexpr long kLastRestarts = -516;
    if (info.exit.rval <= kRestarts && info.exit.rval >= kLastRestarts) {
      tracee.restarts = tracee.call;
      tracee.handled = false;
      tracee.inside = false;
      return;
    }
    call.returned = true;
    call.result = info.exit.rval;
    call.ended = moment_++;
    ReadAfter(pid, call);
    // Those that it has made go on now.
    for (auto& [other, held] : tracees_) {
      const Actor& actor = recorded_.recording.actors[held.actor];
      if (!held.held || actor.made_by != tracee.call) continue;
      held.held = false;
      ptrace(PTRACE_SYSCALL, other, nullptr, 0);
    }
  }
  tracee.inside = false;
  if (!has_begun_ && tracee.actor == 0 && awaits_us_ && info.exit.rval == 0)
    has_begun_ = on_ = true;
}

}  // namespace

std::optional<Recorded> Record(const std::function<void()>& ask) {
  int ends[2];
  Require(pipe2(ends, O_CLOEXEC) == 0);
  Fd reading(ends[0]);
  Fd writing(ends[1]);
  const pid_t parent = getpid();
  const pid_t trial = Require(sys::Fork());
  if (trial != 0) return Recorder(trial, std::move(writing)).Run();
  sys::DieWithParent(parent);
  writing.reset();
  char none;
  Require(read(reading.get(), &none, 1) == 0);  // it ends once we are followed
  struct Mark {
    ~Mark() { close(kMark); }
  } const ends_recording;
  ask();
  return std::nullopt;
}

}  // namespace pidproof::runner::transcript
