// A test fixture: a document with at least one of everything a report has to show.
#pragma once

#include "reports/document/document.h"
#include "reports/document/vocabulary.h"

namespace pidproof::reports::sample {

inline Run SampleRun() {
  return {.started = "2026-04-01T12:00:00Z",
          .seconds = 61.25,
          .seed = 42,
          .slowdown = 1.5,
          .interrupted = false,
          .host_pids_used = 1234567,
          .kernel_watch = "own kernel"};
}

inline Host SampleHost() {
  return {.release = "6.12.43+deb13-amd64",
          .machine = "x86_64",
          .libc = "glibc 2.36",
          .uid = 1000,
          .isolation = "user namespace",
          .pid_max = 32768,
          .seccomp_mode = 2,
          .seccomp_filters = 1,
          .ptrace_scope = 1,
          .pid_levels = 2,
          .no_new_privs = true,
          .capabilities = "CAP_CHOWN CAP_KILL",
          .security_modules = "capability,yama",
          .user_namespace = "initial",
          .pid_namespace = "inner",
          .container = "podman (/run/.containerenv)",
          .emulator = "WSL",
          .kernel_note = "Debian: features may have been carried back to it",
          .restrictions = "RLIMIT_NPROC 8",
          .hostname = "build-7",
          .fingerprint = "0123456789abcdef"};
}

inline std::vector<Proposed> SampleProposed() {
  return {{"pidfd_open/empty", "PIDFD_EMPTY: a pidfd of no process yet", "2026-07, LWN 1086330",
           Availability::kAbsent, "pidfd_open(0) with each flag answered EINVAL"}};
}

inline std::vector<Feature> SampleFeatures() {
  return {
      {"native", "pidfd_open", "5.3", Availability::kPresent, "",
       "pidfd_open(own PID, 0) gave a descriptor"},
      {"native", "pidfd_open/nonblock", "5.10", Availability::kPresent, "",
       "pidfd_open(own PID, PIDFD_NONBLOCK) gave a descriptor"},
      {"native", "pidfd_send_signal", "5.1", Availability::kPresent, "",
       "signal 0 to ourselves was accepted"},
      {"native", "waitid/p_pidfd", "5.4", Availability::kPresent, "ECHILD",
       "waitid(P_PIDFD, self) answered ECHILD: no process is its own parent"},
      {"native", "pidfd_getfd", "5.6", Availability::kFiltered, "EPERM",
       "pidfd_getfd(-1, 0, 0) answered EPERM where a kernel answers EBADF, with or without the "
       "feature: a filter answers"},
      {"native", "process_madvise", "5.10", Availability::kDenied, "EPERM",
       "the kernel looked at the arguments and then asked for CAP_SYS_PTRACE"},
      {"native", "pidfd_ioctl/get_info", "6.13", Availability::kAbsent, "EINVAL",
       "PIDFD_GET_INFO answered EINVAL: pidfs is there and does not know the request"},
      {"native", "clone3/autoreap", "7.1", Availability::kUnclear, "SIGSYS",
       "the probe was ended by SIGSYS"},
      {"enosys", "pidfd_open", "5.3", Availability::kFiltered, "ENOSYS",
       "pidfd_open answered ENOSYS"},
      {"enosys", "pidfd_open/nonblock", "5.10", Availability::kFiltered, "ENOSYS",
       "pidfd_open answered ENOSYS"},
      {"enosys", "clone3/autoreap", "7.1", Availability::kUnclear, "SIGSYS",
       "the probe was ended by SIGSYS"},
  };
}

inline std::vector<Scenario> SampleScenarios() {
  return {
      {"nonblock/wait_alive",
       "How does a nonblocking wait report that the child still runs?",
       ScenarioKind::kConformance,
       {{Path::kPidfd, "eagain", Expect::kMust,
         "PIDFD_NONBLOCK makes waitid fail with EAGAIN instead of blocking", "pidfd_open(2)",
         "5.10"},
        {Path::kLegacyPid, "running", Expect::kMust, "WNOHANG succeeds without naming a child",
         "wait(2)", ""}}},
      {"zombie/signal",
       "Does a signal reach a child that has ended and was not reaped?",
       ScenarioKind::kConformance,
       {{Path::kPidfd, "ok", Expect::kMust, "a zombie keeps its PID", "kill(2)", ""},
        {Path::kLegacyPid, "ok", Expect::kMust, "a zombie keeps its PID", "kill(2)", ""}}},
      {"getfd/copy",
       "Can a descriptor be taken out of another process?",
       ScenarioKind::kConformance,
       {{Path::kPidfd, "ok", Expect::kMust, "that is what the call is for", "pidfd_getfd(2)", ""}}},
      {"info/exit_status",
       "Can the exit status be read after another process reaped the child?",
       ScenarioKind::kConformance,
       {{Path::kPidfd, "exited", Expect::kMust, "PIDFD_INFO_EXIT keeps it", "Linux 6.15", "6.15"},
        {Path::kPidfd, "esrch", Expect::kMay, "nothing is kept", "Linux 6.15", "", "6.15"}}},
      {"autoreap/wait",
       "What does a wait for a child that reaps itself return?",
       ScenarioKind::kConformance,
       {{Path::kPidfd, "echild", Expect::kMust, "there is no event to wait for", "7.1", "7.1"}}},
      {"pid_reuse/signal",
       "Which process gets the signal if the worker is reaped and its PID reused meanwhile?",
       ScenarioKind::kTorture,
       {{Path::kPidfd, "ok", Expect::kMay, "the signal came first: the worker was still a zombie",
         "kill(2)"},
        {Path::kPidfd, "esrch", Expect::kMay, "the worker is gone", "pidfd_send_signal(2)"},
        {Path::kPidfd, "hit_stranger", Expect::kNever, "a pidfd refers to a process, not to a PID",
         "pidfd_open(2)"},
        {Path::kLegacyPid, "ok", Expect::kMay,
         "the signal came first: the worker was still a zombie", "kill(2)"},
        {Path::kLegacyPid, "esrch", Expect::kMay, "between the reaping and the reuse", "kill(2)"},
        {Path::kLegacyPid, "hit_stranger", Expect::kHazard, "kill(2) looks up the PID on each use",
         "kill(2)"}}},
      {"pid_reuse/open",
       "Which process does the pidfd name if the PID is reused before pidfd_open?",
       ScenarioKind::kTorture,
       {{Path::kPidfd, "opened_stranger", Expect::kHazard, "pidfd_open trusts the PID once",
         "pidfd_open(2)"}}},
      {"exit_race/wait",
       "Two waiters race for one child: do both get it?",
       ScenarioKind::kTorture,
       {{Path::kPidfd, "one", Expect::kMust, "a child is reaped once", "wait(2)", ""},
        {Path::kPidfd, "both", Expect::kNever, "a child is reaped once", "wait(2)", ""},
        {Path::kLegacyPid, "one", Expect::kMust, "a child is reaped once", "wait(2)", ""}}},
  };
}

inline Cell SampleCell(std::string scenario, Path path, Verdict verdict, std::string why,
                       std::uint64_t trials, std::map<std::string, std::uint64_t> outcomes) {
  return {.world = "native",
          .scenario = std::move(scenario),
          .path = path,
          .verdict = verdict,
          .why = std::move(why),
          .missing = {},
          .trials = trials,
          .outcomes = std::move(outcomes),
          .opportunities = {},
          .hits = {},
          .first_hit = {},
          .seconds = std::nullopt,
          .baseline_per_second = std::nullopt};
}

inline Cell Timed(Cell cell, double seconds, double baseline_per_second) {
  cell.opportunities = cell.trials;
  cell.hits = cell.verdict == Verdict::kHazardous ? cell.trials : 0;
  if (*cell.hits > 0) cell.first_hit = 0.5;
  cell.seconds = seconds;
  cell.baseline_per_second = baseline_per_second;
  return cell;
}

// A race, with the record of a trial that went wrong.
inline Cell Raced(Cell cell) {
  cell.near_misses = 12;
  cell.workers = 2;
  cell.opened_by = "acts at once";
  cell.stopped_early = true;
  cell.acts = {{"signal", 150620, 0}, {"reap", 100414, 0}};
  cell.records = {{.outcome = "ok",
                   .trial = 77,
                   .place = "apart",
                   .pressure = "preemption",
                   .yielding = true,
                   .offsets = {0, 321},
                   .events = {{0, 900, 0, "signal", "0"}, {350, std::nullopt, 1, "reap", ""}}}};
  return cell;
}

inline Cell WithBug(Cell cell) {
  cell.kernel_bugs = {{"sample-bug", "opened_stranger", 30000, "7.3.4"}};
  return cell;
}

inline Cell Labelled(Cell cell, std::map<std::string, std::uint64_t> signal_results,
                     std::map<std::string, std::uint64_t> wait_results) {
  cell.signal_results = std::move(signal_results);
  cell.wait_results = std::move(wait_results);
  return cell;
}

inline Cell InWorld(std::string world, Cell cell) {
  cell.world = std::move(world);
  return cell;
}

inline std::vector<Cell> SampleCells() {
  const std::string no_such_call = "a PID has no such call: the scenario is about pidfds only";
  return {
      Labelled(SampleCell("nonblock/wait_alive", Path::kPidfd, Verdict::kUpheld, "eagain", 1,
                          {{"eagain", 1}}),
               {}, {{"eagain", 1}}),
      Labelled(SampleCell("nonblock/wait_alive", Path::kLegacyPid, Verdict::kUpheld, "running", 1,
                          {{"running", 1}}),
               {}, {{"eagain", 1}}),
      SampleCell("zombie/signal", Path::kPidfd, Verdict::kViolated,
                 "esrch: unexpected outcome, although a zombie keeps its PID until its parent "
                 "waits for it",
                 1, {{"esrch", 1}}),
      Labelled(
          SampleCell("zombie/signal", Path::kLegacyPid, Verdict::kUpheld, "ok", 1, {{"ok", 1}}),
          {{"ok", 1}}, {}),
      SampleCell("getfd/copy", Path::kPidfd, Verdict::kUnsupported,
                 "needs pidfd_getfd, which is filtered", 0, {}),
      SampleCell("getfd/copy", Path::kLegacyPid, Verdict::kUnsupported, no_such_call, 0, {}),
      SampleCell("info/exit_status", Path::kPidfd, Verdict::kHung, "no answer within 2 s", 0, {}),
      SampleCell("info/exit_status", Path::kLegacyPid, Verdict::kUnsupported, no_such_call, 0, {}),
      SampleCell("autoreap/wait", Path::kPidfd, Verdict::kBroken,
                 "autoreap.cc:31: clone3 answered EINVAL", 0, {}),
      SampleCell("autoreap/wait", Path::kLegacyPid, Verdict::kUnsupported, no_such_call, 0, {}),
      Raced(Timed(SampleCell("pid_reuse/signal", Path::kPidfd, Verdict::kUpheld,
                             "no stranger was hit", 251034, {{"esrch", 250100}, {"ok", 934}}),
                  10, 41200)),
      Timed(SampleCell("pid_reuse/signal", Path::kLegacyPid, Verdict::kHazardous,
                       "hit_stranger: kill(2) looks up the PID on each use", 260000,
                       {{"esrch", 1000}, {"hit_stranger", 258999}, {"ok", 1}}),
            10, 41200),
      WithBug(Timed(SampleCell("pid_reuse/open", Path::kPidfd, Verdict::kHazardous,
                               "opened_stranger: pidfd_open trusts the PID once", 90000,
                               {{"opened_stranger", 90000}}),
                    10, 41200)),
      SampleCell("exit_race/wait", Path::kPidfd, Verdict::kInconclusive,
                 "required outcome both was not observed", 12, {{"one", 12}}),
      SampleCell("exit_race/wait", Path::kLegacyPid, Verdict::kCrashed,
                 "ended by SIGSEGV after 3 trials", 3, {{"one", 3}}),
      InWorld("enosys", SampleCell("nonblock/wait_alive", Path::kPidfd, Verdict::kUnsupported,
                                   "needs pidfd_open, which is filtered", 0, {})),
      InWorld("enosys", SampleCell("nonblock/wait_alive", Path::kLegacyPid, Verdict::kUpheld,
                                   "running", 1, {{"running", 1}})),
      InWorld("enosys", SampleCell("zombie/signal", Path::kLegacyPid, Verdict::kUpheld, "ok", 1,
                                   {{"ok", 1}})),
  };
}

inline std::vector<Benchmark> SampleBenchmarks() {
  return {{.name = "verbs/call:signal/state:dead/path:pidfd",
           .mechanism = "pidfd_send_signal(2) of SIGURG",
           .unsupported = "",
           .samples = {131.5, 129, 140},
           .median = 131.5,
           .low = 129,
           .high = 140},
          {.name = "verbs/call:signal/state:dead/path:legacy_pid",
           .mechanism = "kill(2) of SIGURG",
           .unsupported = "",
           .samples = {113, 115, 112},
           .median = 113,
           .low = 112,
           .high = 115},
          {.name = "watch/load:closed/children:1000/strategy:epoll_pidfd/path:pidfd",
           .mechanism = "sd-event, tokio from 1.36",
           .unsupported = "",
           .samples = {17000},
           .median = 17000,
           .low = 17000,
           .high = 17000,
           .p50 = 17000,
           .p90 = 21000,
           .p99 = 40000,
           .p999 = 90000,
           .max = 120000,
           .cpu_samples = {9000},
           .cpu = 9000,
           .calls = 4,
           .memory = 160,
           .descriptors = 1,
           .histogram = {52, 15, 1, 4, 10, 1}},
          {.name = "supervise/workers:100/strategy:sigchld_waitpid_any/path:legacy_pid",
           .mechanism = "s6, runit",
           .unsupported = "",
           .samples = {31000},
           .median = 31000,
           .low = 31000,
           .high = 31000,
           .cpu_samples = {18000},
           .cpu = 18000,
           .stops = 840,
           .lost = 0,
           .doubled = 0,
           .misdirected = 17},
          {.name = "watch/load:closed/children:10000/strategy:epoll_pidfd/path:pidfd",
           .mechanism = "sd-event, tokio from 1.36",
           .unsupported = "needs 10,020 descriptors: raise RLIMIT_NOFILE"}};
}

// Eight features and eight scenarios, every availability, expect and verdict, and a second world.
inline Document SampleDocument() {
  return {.schema = std::string(kSchema),
          .tool = "pidproof 0.1.0",
          .run = SampleRun(),
          .host = SampleHost(),
          .features = SampleFeatures(),
          .scenarios = SampleScenarios(),
          .cells = SampleCells(),
          .proposed = SampleProposed(),
          .benchmarks = SampleBenchmarks(),
          .kernel_log = {{{.time = 31.25,
                           .level = 4,
                           .kind = "warning",
                           .text = "WARNING: CPU: 1 PID: 412 at kernel/pid.c:7 f+0x1/0x2"},
                          {.kind = "taint", .text = "kernel.tainted was 0 and is 512 (new: W)"}}}};
}

// The same with strings as an attacker would choose them.
inline Document HostileDocument() {
  Document document = SampleDocument();
  document.host.release = "6.1\x1b[31m\xff<script>alert(1)</script>";
  document.features.front().evidence = "<img src=x onerror=alert(2)> & \"quoted\" | piped\nnewline";
  document.features.front().feature = "pidfd_open\" onmouseover=\"alert(3)";
  document.kernel_log->front().text = "WARNING: \x1b[2J<script>alert(5)</script>";
  document.cells[2].why = "</script><script>alert(4)</script>\x1b]0;title\x07";
  document.cells[2].outcomes = {{"<b>esrch</b>", 1}};
  document.cells[10].outcomes = {{"<i>esrch</i>", 250100}, {"ok", 934}};
  document.benchmarks[0].name = "verbs/call:<img src=x onerror=alert(6)>/state:dead/path:pidfd";
  document.benchmarks[0].mechanism = "\x1b[2J<script>alert(7)</script>";
  document.benchmarks[2].name =
      "watch/load:<b>/cpu:\" onload=\"alert(8)/children:10/strategy:<i>/path:pidfd";
  return document;
}

}  // namespace pidproof::reports::sample
