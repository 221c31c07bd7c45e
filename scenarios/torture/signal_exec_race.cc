// A signal races with execve of its target. The process stays the same, but for a moment neither
// the old program nor the new one runs, its handlers are reset and its other threads are gone
// (fs/exec.c begin_new_exec). A worker that is killed just then must not run on: the old program or
// the new one takes the signal.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "probes/system/require.h"
#include "scenarios/fixtures/quick_exec.h"
#include "scenarios/fixtures/thread.h"
#include "scenarios/handle.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::signal_exec_race {
namespace {

// A pipe whose write end only the child has; the kernel closes it when the child executes or exits.
class ExecWatch {
 public:
  ExecWatch() {
    int ends[2];
    Require(pipe2(ends, O_CLOEXEC) == 0);
    read_ = Fd(ends[0]);
    write_ = Fd(ends[1]);
  }
  // In the parent, once the child is made.
  void LeaveToChild() { write_ = Fd(); }
  int write_end() const { return write_.get(); }
  // Returns once the child has executed, exited, or written.
  CallResult Await() const {
    char none = 0;
    return read(read_.get(), &none, 1);
  }

 private:
  Fd read_;
  Fd write_;
};

// How the child ended that was signalled; otherwise it exits by itself.
Outcome Word(const sys::Status& sent, const siginfo_t& end) {
  if (!sent.ok()) return Outcome::Of(sent);
  if (end.si_code == CLD_KILLED) return end.si_status == SIGUSR1 ? "hit" : "another_end";
  if (end.si_status != body::kGateStatus) throw Unsupported("no program can be executed here");
  return "lost";
}

// The child executes on a second thread, which takes the PID of the first (fs/exec.c de_thread).
// That thread exists once it has written.
int written_by = -1;  // handed to the child by fork

int ThreadExecsQuickly(int gate) {
  try {
    StartThread([gate] {
      if (write(written_by, "", 1) == 1) _exit(ExecsQuickly(gate));
      _exit(1);
    }).detach();
  } catch (const Unsupported&) {
    return 1;
  }
  return body::Lingers(gate);
}

Child SpawnExecuter(Arena& arena, ExecWatch& watch) {
  Child child = arena.SpawnWithPid(ExecsQuickly);
  watch.LeaveToChild();
  return child;
}

Child SpawnThreadExecuter(Arena& arena, ExecWatch& watch) {
  written_by = watch.write_end();
  Child child = arena.Spawn(ThreadExecsQuickly);  // has threads, so must be a fork(2)
  watch.LeaveToChild();
  if (watch.Await().value != 1) throw Unsupported("no threads can be made here");
  return child;
}

template <Child (*spawn)(Arena&, ExecWatch&)>
void SignalAgainstExec(Arena& arena, Path path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  PrepareQuickExec();
  std::optional<Child> child;
  std::optional<ExecWatch> watch;
  std::optional<Handle> handle;
  sys::Status sent = 0;
  Race race(trials, {{"execve",
                      [&] {
                        child->Open();
                        return watch->Await();
                      }},
                     {"signal(SIGUSR1)", [&]() -> CallResult {
                        sent = handle->Signal(SIGUSR1);
                        return sent;
                      }}});
  while (trials.Next()) {
    watch.emplace();
    child.emplace(spawn(arena, *watch));
    handle.emplace(Handle::To(*child, path));
    race.Run();
    // The signal is handled before any instruction of the new program: the program cannot exit
    // first.
    child->Open();
    trials.Record(Word(sent, child->Reap()), race.window());
  }
}

const std::vector<Claim> kClaims = {
    Must("hit", "either the old program or the new one receives it", "execve(2), signal(7)"),
    Never("lost", "the signal was sent, but the new program ran to its own end", "execve(2)"),
    Never("esrch", "execve keeps the process and its PID", "kernel/signal.c kill_pid_info")};

constexpr std::string_view kSameByPid =
    "kill(2) gives the same guarantee: the process keeps its PID";

const Registered<Torture> kExec{{
    .name = "signal_race/execve",
    .question = "Is a signal lost when it is sent to a process that calls execve?",
    .claims = kClaims,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .no_control = kSameByPid,
    .loop = SignalAgainstExec<SpawnExecuter>,
    .faults = {"signal-lost"},
}};

const Registered<Torture> kExecByThread{{
    .name = "signal_race/execve_by_thread",
    .question = "Is a signal lost or refused if another thread's execve replaces the first thread?",
    .claims = kClaims,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .no_control = kSameByPid,
    .loop = SignalAgainstExec<SpawnThreadExecuter>,
    .faults = {"signal-lost"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::signal_exec_race
