// Crashes that dump core: what a wait reports of them, and when.
#include "scenarios/fixtures/core_dump.h"

#include <errno.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <vector>

#include "probes/system/errno_name.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::core_dump {
namespace {

const std::vector<std::string_view> kWaits = {"pidfd_open", "waitid/p_pidfd"};

constexpr int kPeek = WEXITED | WNOHANG | WNOWAIT;

// How the wait says that it ended: "dumped", "killed", or by another signal than that of the crash.
Outcome EndOf(const Handle& handle, const Crash& crash, int options = kPeek) {
  const Result<siginfo_t> ended = handle.Wait(options);
  if (ended.ok() && ended->si_pid != 0 && ended->si_status != crash.signal())
    return "another_signal";
  return Outcome::Of(ended);
}

Outcome AfterDump(Arena& arena, Path path, const Crash& crash, int options = kPeek) {
  Crasher crasher = Crasher::Make(arena, crash);
  const Handle handle = Handle::To(crasher.child, path);
  crasher.Fall();
  crasher.RequireCore();
  const Outcome end = EndOf(handle, crash, options);
  if (options != kPeek) crasher.child.Disown();
  return end;
}

// A crash that must not dump, where others do.
Outcome AfterNoDump(Arena& arena, Path path, const Crash& crash) {
  RequireCoreDumps(arena);
  const Crasher crasher = Crasher::Make(arena, crash);
  const Handle handle = Handle::To(crasher.child, path);
  crasher.Fall();
  return crasher.HasWholeCore() ? Outcome("left_core") : EndOf(handle, crash);
}

const Registered<Conformance> kAbort{{
    .name = "core_dump/abort",
    .question = "Does a wait report that a child which aborted has dumped core?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("dumped", "CLD_DUMPED and SIGABRT", "wait(2), core(5)")},
    .pidfd = {.needs = kWaits},
    .ask = [](Arena& arena, Path path) { return AfterDump(arena, path, {}); },
}};

const Registered<Conformance> kFault{{
    .name = "core_dump/fault",
    .question = "Does a wait report that a child which used a bad address has dumped core?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("dumped", "CLD_DUMPED and SIGSEGV", "wait(2), core(5)")},
    .pidfd = {.needs = kWaits},
    .ask = [](Arena& arena,
              Path path) { return AfterDump(arena, path, {.by = Crash::By::kFault}); },
}};

// Of a thread other than the first.
constexpr Crash kThreadsFault{.by = Crash::By::kFault, .on_second_thread = true};

const Registered<Conformance> kOtherThread{{
    .name = "core_dump/other_thread",
    .question = "Does a wait report that a crash of a thread other than the first dumped core?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("dumped", "the whole process is dumped, and ends by the thread's signal",
                    "core(5), kernel/signal.c get_signal")},
    .pidfd = {.needs = kWaits},
    .ask = [](Arena& arena,
              Path path) { return AfterDump(arena, path, kThreadsFault, WEXITED | WNOHANG); },
}};

const Registered<Conformance> kOtherThreadPeek{{
    .name = "core_dump/other_thread_nowait",
    .question = "Does WNOWAIT report that a crash of a thread other than the first dumped core?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("dumped", "the status is that of the process", "Linux 5.17 wait_task_zombie")
                   .Since(eras::kPeekReportsProcess),
               Hazard("killed",
                      "WNOWAIT reported the code of the first thread, which dumps nothing",
                      "kernel/exit.c wait_task_zombie")
                   .Until(eras::kPeekReportsProcess)
                   .Bug("wnowait-first-thread-status")},
    .pidfd = {.needs = kWaits},
    .ask = [](Arena& arena, Path path) { return AfterDump(arena, path, kThreadsFault); },
}};

const Registered<Conformance> kNotDumpable{{
    .name = "core_dump/not_dumpable",
    .question = "Does a wait report a crash of a process that is not dumpable as a core dump?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("killed", "CLD_KILLED, and no core file", "PR_SET_DUMPABLE(2const), core(5)")},
    .pidfd = {.needs = kWaits},
    .ask = [](Arena& arena, Path path) { return AfterNoDump(arena, path, {.dumpable = false}); },
}};

const Registered<Conformance> kNoLimit{{
    .name = "core_dump/limit_zero",
    .question = "Does a wait report a crash as a core dump when RLIMIT_CORE is 0?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("killed", "CLD_KILLED, and no core file", "getrlimit(2) RLIMIT_CORE, core(5)")},
    .pidfd = {.needs = kWaits},
    .ask = [](Arena& arena,
              Path path) { return AfterNoDump(arena, path, {.within_limit = false}); },
}};

// Crashes that differ from their neighbours in signal, and in whether they dump.
Outcome SeveralAtOnce(Arena& arena, Path path) {
  const std::vector<Crash> kinds = {
      {.by = Crash::By::kAbort}, {.by = Crash::By::kQuit, .dumpable = false},
      {.by = Crash::By::kQuit},  {.by = Crash::By::kAbort, .dumpable = false},
      {.by = Crash::By::kAbort}, {.by = Crash::By::kQuit}};
  std::vector<Crasher> crashers;
  std::vector<Handle> handles;
  for (const Crash& kind : kinds) {
    crashers.push_back(Crasher::Make(arena, kind));
    handles.push_back(Handle::To(crashers.back().child, path));
  }
  for (const Crasher& crasher : crashers) crasher.child.Open();
  for (const Crasher& crasher : crashers) crasher.child.AwaitZombie();
  for (std::size_t index = 0; index < kinds.size(); ++index) {
    if (kinds[index].dumpable) crashers[index].RequireCore();
    const Outcome seen = EndOf(handles[index], kinds[index]);
    if (seen != Outcome("dumped") && seen != Outcome("killed")) return seen;
    if ((seen == Outcome("dumped")) != kinds[index].dumpable) return "mixed_up";
  }
  return "each_its_own";
}

const Registered<Conformance> kSeveral{{
    .name = "core_dump/several_at_once",
    .question = "Are several crashes at once, of which some dump core, reported each as its own?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("each_its_own", "CLD_DUMPED or CLD_KILLED, and the signal, are the child's own",
                    "wait(2)")},
    .pidfd = {.needs = kWaits},
    .ask = SeveralAtOnce,
}};

const Registered<Conformance> kWholeWhenReady{{
    .name = "core_dump/whole_when_ended",
    .question = "Is the core file complete when poll or a wait reports the end of the process?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("whole", "the core is written before the process exits",
                    "kernel/signal.c get_signal")},
    .pidfd = {.needs = {"pidfd_open", "poll"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      RequireCoreDumps(arena);
      const Crasher crasher = Crasher::Make(arena);
      const Handle handle = Handle::To(crasher.child, path);
      crasher.child.Open();
      const Result<bool> ended = handle.AwaitEnd();
      if (!ended.ok()) return Outcome::Of(ended.error());
      if (!*ended) return "no_event";
      return crasher.HasWholeCore() ? "whole" : "not_yet_whole";
    },
}};

// Lets a traced child go on, with the signal that stopped it or 0, until its next stop. The event
// of that stop, or 0.
int NextStop(pid_t tracee, int signal) {
  if (ptrace(PTRACE_CONT, tracee, nullptr, signal) != 0) return 0;
  const siginfo_t stop = Require(sys::Waitid(P_PID, tracee, WSTOPPED | WEXITED | WNOWAIT | __WALL));
  return stop.si_code == CLD_TRAPPED ? stop.si_status >> 8 : 0;
}

// Stops the crashing child at its exit, after the dump. While it is stopped there, ends nothing.
Outcome AtExit(Arena& arena, Path path) {
  const Crasher crasher = Crasher::Make(arena);
  const Handle handle = Handle::To(crasher.child, path);
  const pid_t pid = crasher.child.pid();
  if (ptrace(PTRACE_SEIZE, pid, nullptr, PTRACE_O_TRACEEXIT) != 0)
    throw Unsupported("a child cannot be traced here: " + ErrnoName(errno));
  crasher.child.Open();
  Require(sys::Waitid(P_PID, pid, WSTOPPED | __WALL));  // the delivery of SIGABRT
  if (NextStop(pid, SIGABRT) != PTRACE_EVENT_EXIT) throw Unsupported("no stop at exit is reported");
  const bool dumped = crasher.HasWholeCore();
  const Result<bool> ended = handle.Ended();
  Require(ptrace(PTRACE_DETACH, pid, nullptr, 0) == 0);
  crasher.child.AwaitZombie();
  crasher.RequireCore();
  if (!ended.ok()) return Outcome::Of(ended.error());
  if (*ended) return "ended_before_exit";
  return dumped ? "dump_first" : "dump_later";
}

const Registered<Conformance> kBeforeExit{{
    .name = "core_dump/before_exit",
    .question = "Does a process look ended while it has dumped core and not exited yet?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("dump_first", "the core is complete, and the process has not ended",
                    "kernel/signal.c get_signal, kernel/exit.c do_exit")},
    .pidfd = {.needs = {"pidfd_open", "poll"}},
    .ask = AtExit,
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::core_dump
