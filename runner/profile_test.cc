// Seccomp profiles under which the census cannot be taken, or not all of it.
#include <errno.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "reports/document/document.h"
#include "runner/program_testing.h"

namespace pidproof::runner::profile_test {
namespace {

class Profile : public testing::Test {
 protected:
  // A profile file that answers so to these calls, and otherwise to all others.
  std::string Write(const std::string& others, const std::string& calls, const std::string& action,
                    int error = EPERM) const {
    std::ofstream(folder_.File("p.json")) << fmt::format(
        R"({{"defaultAction": "SCMP_ACT_{}", "syscalls": [{{"names": [{}],
             "action": "SCMP_ACT_{}", "errnoRet": {}}}]}})",
        others, calls, action, error);
    return folder_.File("p.json");
  }

  reports::Document Probe(const std::string& profile, int status) const {
    const Printed probed = RunProgram("probe --json - --seccomp " + profile);
    EXPECT_EQ(probed.status, status);
    return reports::FromJson(probed.out);
  }

  // The conformance of what is named so, with nothing on stderr but the one line of status 3.
  reports::Document Run(const std::string& profile, int status,
                        const std::vector<std::string>& globs) const {
    std::string only;
    for (const std::string& glob : globs) only += fmt::format("--only '{}' ", glob);
    const Printed run =
        RunProgram(fmt::format("run --conformance-only --json {} --quiet {} --seccomp {} 2>&1",
                               folder_.File("r.json"), only, profile));
    EXPECT_EQ(run.status, status);
    EXPECT_EQ(std::ranges::count(run.out, '\n'), status == 0 ? 0 : 1) << run.out;
    EXPECT_TRUE(run.out.empty() || run.out.starts_with("pidproof: ")) << run.out;
    std::stringstream text;
    text << std::ifstream(folder_.File("r.json")).rdbuf();
    reports::Document document = reports::FromJson(text.str());
    EXPECT_FALSE(document.cells.empty());
    return document;
  }

  static std::string Quoted(const std::string& call) { return fmt::format("\"{}\"", call); }

  static const reports::Feature& Row(const reports::Document& document, std::string_view name) {
    return *std::ranges::find(document.features, name, &reports::Feature::feature);
  }

  TempDir folder_;
};

constexpr char kGate[] = "ready --quiet --require go-1.24,systemd-258 ";

// The gate says the same of the profile and of the document that was made of it.
void ExpectGate(const std::string& profile, const std::string& document, int status,
                const std::string& words) {
  for (const std::string& source : {"--seccomp " + profile, "--from " + document}) {
    const Printed gate = RunProgram(kGate + source + " 2>&1");
    EXPECT_EQ(gate.status, status) << source << ": " << gate.out;
    EXPECT_EQ(std::ranges::count(gate.out, '\n'), 1) << gate.out;
    EXPECT_NE(gate.out.find(words), std::string::npos) << gate.out;
  }
}

TEST_F(Profile, ThatKillsAllButAFewCallsIsEvaluated) {
  const std::string profile =
      Write("KILL_PROCESS", R"("read", "write", "exit_group", "faccessat2")", "ALLOW");
  const reports::Document document = Probe(profile, 3);
  EXPECT_TRUE(document.run.failure.starts_with("no census of " + profile)) << document.run.failure;
  EXPECT_NE(document.run.failure.find("died of SIGSYS in "), std::string::npos)
      << document.run.failure;
  EXPECT_EQ(document.features.size(),
            reports::FromJson(RunProgram("probe --json -").out).features.size());
  for (const reports::Feature& row : document.features) {
    EXPECT_TRUE(row.evaluated) << row.feature;
    EXPECT_EQ(row.availability, reports::Availability::kFiltered) << row.feature;
    EXPECT_EQ(row.refused_by, "seccomp");
  }
  EXPECT_EQ(Row(document, "pidfd_open").errno_name, "SIGSYS");
  EXPECT_EQ(Row(document, "legacy/kill").errno_name, "SIGSYS");
  // Newer than faccessat2, the newest that the rules name: under runc it is missing.
  EXPECT_EQ(Row(document, "process_mrelease").errno_name, "ENOSYS");
  std::ofstream(folder_.File("d.json")) << reports::ToJson(document);
  ExpectGate(profile, folder_.File("d.json"), 1, "crash by pidfd_open (SIGSYS)");
}

TEST_F(Profile, IsReadAsUnderRuncAndSaysWhoReadsItOtherwise) {
  const std::string profile = Write("KILL_PROCESS", R"("read", "write", "exit_group")", "ALLOW");
  const Printed ready =
      RunProgram("ready go-1.24 --require systemd-258 --seccomp " + profile + " 2>/dev/null");
  EXPECT_EQ(ready.status, 1);
  EXPECT_NE(ready.out.find("pidfd_open (ENOSYS)"), std::string::npos) << ready.out;
  EXPECT_NE(ready.out.find("under crun"), std::string::npos) << ready.out;
}

// All but one call pass, and that one ends the census: what it was is named, and nothing says yes.
TEST_F(Profile, ThatKillsForOneCallIsNamedByIt) {
  for (const std::string call : {"getegid", "prctl", "pipe2"}) {
    const std::string profile = Write("ALLOW", fmt::format(R"("{}")", call), "KILL_PROCESS");
    const reports::Document document = Probe(profile, 3);
    EXPECT_TRUE(document.run.failure.ends_with("SIGSYS in " + call)) << document.run.failure;
    EXPECT_EQ(Row(document, "pidfd_open").availability, reports::Availability::kPresent) << call;
    std::ofstream(folder_.File("d.json")) << reports::ToJson(document);
    ExpectGate(profile, folder_.File("d.json"), 3, "SIGSYS in " + call);
  }
}

// These end a process that has said all, or are calls that it may do without: then all was seen.
TEST_F(Profile, ThatKillsForACallOfLittleUseIsNamedOrAllIsSeen) {
  for (const std::string call : {"mmap", "exit_group", "getegid", "socketpair"}) {
    const Printed probed = RunProgram("probe --json - --seccomp " +
                                      Write("ALLOW", fmt::format(R"("{}")", call), "KILL_PROCESS"));
    const reports::Document document = reports::FromJson(probed.out);
    EXPECT_EQ(probed.status, document.run.failure.empty() ? 0 : 3) << call;
    EXPECT_TRUE(document.run.failure.empty() || document.run.failure.ends_with(" in " + call))
        << document.run.failure;
    EXPECT_EQ(Row(document, "pidfd_open").evaluated, !document.run.failure.empty()) << call;
  }
}

// The census comes about, and none of its attempts.
TEST_F(Profile, ThatLetsNoAttemptBeMadeIsEvaluated) {
  const std::string without_pid_namespace =
      R"("read", "write", "exit", "exit_group", "rt_sigreturn", "brk", "mmap", "munmap", "futex",
         "execve", "prctl", "faccessat2")";
  for (const std::string others : {"ERRNO", "KILL_PROCESS"}) {
    const std::string profile = Write(others, without_pid_namespace, "ALLOW");
    const reports::Document document = Probe(profile, 3);
    EXPECT_NE(document.run.failure, "");
    const reports::Feature& open = Row(document, "pidfd_open");
    EXPECT_EQ(open.availability, reports::Availability::kFiltered);
    EXPECT_EQ(open.errno_name, others == "ERRNO" ? "EPERM" : "SIGSYS");
    for (const reports::Feature& row : document.features) {
      EXPECT_NE(row.availability, reports::Availability::kUnclear)
          << row.feature << ": " << row.evidence;
    }
    EXPECT_EQ(RunProgram(kGate + ("--seccomp " + profile) + " 2>/dev/null").status, 1);
  }
}

// Only what the stage of some attempts needs is refused: these are evaluated, the others were run.
TEST_F(Profile, ThatRefusesTheStageOfAnAttemptLeavesNothingUnclear) {
  const std::string profile = Write("ALLOW", R"("eventfd2")", "ERRNO");
  const reports::Document document = Probe(profile, 0);
  EXPECT_EQ(document.run.failure, "");
  EXPECT_FALSE(Row(document, "pidfd_open").evaluated);
  EXPECT_EQ(Row(document, "poll").availability, reports::Availability::kPresent)
      << Row(document, "poll").evidence;
  EXPECT_TRUE(Row(document, "poll").evaluated);
}

// The probes end their children without a signal: only what is one by itself is refused.
TEST_F(Profile, ThatRefusesSignalsLeavesTheOtherFeaturesAsTheyAre) {
  const reports::Document document = Probe(Write("ALLOW", R"("kill")", "ERRNO"), 0);
  EXPECT_EQ(Row(document, "poll").availability, reports::Availability::kPresent)
      << Row(document, "poll").evidence;
  EXPECT_FALSE(Row(document, "poll").evaluated);
  EXPECT_EQ(Row(document, "legacy/kill").availability, reports::Availability::kFiltered);
  EXPECT_EQ(Row(document, "legacy/kill").refused_by, "seccomp");
}

// No child of the harness's can do without: each is named, and none is waited for.
TEST_F(Profile, ThatRefusesWhatEveryChildNeedsNamesIt) {
  for (const std::string call : {"read", "write", "close", "getpid", "getppid"}) {
    const reports::Document document = Run(Write("ALLOW", Quoted(call), "ERRNO"), 3, {"open/*"});
    EXPECT_TRUE(document.run.failure.ends_with(call + ": EPERM")) << document.run.failure;
    for (const reports::Cell& cell : document.cells) {
      EXPECT_EQ(cell.verdict, reports::Verdict::kUnsupported) << call << ": " << cell.scenario;
    }
  }
}

// The library aborts without futex and rseq, and never ends without exit: no thread is begun.
TEST_F(Profile, ThatRefusesWhatThreadsNeedNamesIt) {
  for (const std::string call : {"futex", "exit", "rseq"}) {
    std::size_t named = 0;
    const std::string profile = Write("ALLOW", Quoted(call), "ERRNO");
    for (const reports::Cell& cell : Run(profile, 0, {"*thread*"}).cells) {
      EXPECT_NE(cell.verdict, reports::Verdict::kViolated) << cell.why;
      named += cell.verdict == reports::Verdict::kUnsupported &&
               cell.why.find("refuses " + call) != cell.why.npos;
    }
    EXPECT_GT(named, 10u) << call;
  }
}

// What the trials' own processes meet with is in the document alone.
TEST_F(Profile, ThatRefusesACallIsNoReasonToWriteToStderr) {
  for (const std::string call :
       {"gettid", "mmap", "rt_sigpending", "mprotect", "arch_prctl", "clone3"}) {
    const std::string profile = Write("ALLOW", Quoted(call), "ERRNO");
    for (const reports::Cell& cell :
         Run(profile, 0, {"ready/*", "signal/s*", "wait/*", "descriptor/*"}).cells) {
      EXPECT_TRUE(cell.verdict == reports::Verdict::kUpheld ||
                  cell.verdict == reports::Verdict::kHazardous ||
                  cell.verdict == reports::Verdict::kUnsupported)
          << call << ": " << cell.scenario << ": " << cell.why;
    }
  }
}

struct Plausible {
  std::string call;
  int error;  // with which the kernel shows that it has the call, or refuses a use of it
};

// Neither a feature that shows itself by that errno is believed, nor the kernel accused.
TEST_F(Profile, ThatRefusesAsTheKernelWouldIsSeen) {
  std::size_t features = 0;
  for (const auto& [call, error] :
       {Plausible{"pidfd_open", EINVAL}, Plausible{"pidfd_send_signal", EBADF},
        Plausible{"pidfd_getfd", EBADF}, Plausible{"process_madvise", EBADF},
        Plausible{"epoll_ctl", EINVAL}, Plausible{"eventfd2", EINVAL}, Plausible{"fcntl", EINVAL},
        Plausible{"recvmsg", EINVAL}, Plausible{"getsockopt", ENOPROTOOPT},
        Plausible{"waitid", ECHILD}}) {
    const std::string profile = Write("ALLOW", Quoted(call), "ERRNO", error);
    const reports::Document document = Run(profile, 0,
                                           {"pidfd_*", "process_madvise", "create/*", "getfd/*",
                                            "memory/*", "ready/*", "socket/*", "open/*"});
    for (const reports::Feature& row : document.features) {
      if (row.feature != call) continue;
      ++features;
      EXPECT_EQ(row.availability, reports::Availability::kFiltered) << call;
      EXPECT_EQ(row.confidence, "proven") << call;
    }
    for (const reports::Cell& cell : document.cells) {
      EXPECT_TRUE(cell.verdict == reports::Verdict::kUpheld ||
                  cell.verdict == reports::Verdict::kHazardous ||
                  cell.verdict == reports::Verdict::kUnsupported)
          << call << ": " << cell.scenario << ": " << cell.why;
    }
  }
  EXPECT_EQ(features, 4u) << "pidfd_open, pidfd_send_signal, pidfd_getfd, process_madvise";
  const std::string profile = Write("ALLOW", Quoted("pidfd_open"), "ERRNO", EINVAL);
  EXPECT_EQ(RunProgram("ready --quiet --require systemd-258 2>&1 --seccomp " + profile).status, 1);
}

TEST_F(Profile, StandsAloneWithAllItsRows) {
  const std::string text = RunProgram("probe --world pidfd_open:eperm --only 'pidfd_*'").out;
  EXPECT_EQ(text.find("differ from native"), std::string::npos) << text;
  EXPECT_NE(text.find("FEATURES in pidfd_open:eperm\n"), std::string::npos) << text;
}

// A filter may say that namespaces were left, and nothing was done: what is mounted or named then
// would be this machine's.
TEST_F(Profile, ThatFeignsUnshareLeavesMountsAndNamesAlone) {
  if (geteuid() != 0) GTEST_SKIP() << "takes root";
  const std::string profile = Write("ALLOW", "\"unshare\"", "ERRNO", 0);
  const auto prepare = [] {
    // Of the test's own, should it fail.
    Require(unshare(CLONE_NEWNS | CLONE_NEWUTS) == 0);
    Require(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
  };
  const std::string script = fmt::format(
      "state() {{ cat /proc/self/mountinfo; hostname; }}; before=$(state)\n"
      "{} run --conformance-only --quiet --seccomp {} --only 'namespace/*' --only 'fdinfo/*' "
      "--only 'descriptor/bound*'\n"
      "[ \"$before\" = \"$(state)\" ] && echo same",
      PIDPROOF_BINARY, profile);
  EXPECT_EQ(RunProgramAfter(prepare, {"-c", script}, "/bin/sh").out, "same\n");
}

}  // namespace
}  // namespace pidproof::runner::profile_test
