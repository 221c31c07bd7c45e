// The program in restricted surroundings: what they withhold is never taken for the kernel's fault.
#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "probes/system/sys.h"
#include "reports/document/document.h"
#include "runner/program_testing.h"
#include "runner/restrict_testing.h"

namespace pidproof::runner::restricted_program_test {
namespace {

constexpr int kUndecided = 3;  // nothing could be judged

constexpr uid_t kNobody = 65534;

void Become(uid_t user) {
  Must(setgroups(0, nullptr) == 0 && setresgid(user, user, user) == 0 &&
       setresuid(user, user, user) == 0);
}

// A copy of the program where any user may execute it.
class ForAll {
 public:
  ForAll() {
    std::filesystem::copy_file(PIDPROOF_BINARY, program());
    chmod(std::filesystem::path(program()).parent_path().c_str(), 0755);
  }
  std::string program() const { return folder_.File("pidproof"); }

 private:
  TempDir folder_;
};

std::vector<std::string> Asking(std::vector<std::string> globs) {
  std::vector<std::string> arguments{"run", "--quiet", "--for", "20ms", "--json", "-"};
  for (std::string& glob : globs) {
    arguments.push_back("--only");
    arguments.push_back(std::move(glob));
  }
  return arguments;
}

bool IsBad(const reports::Cell& cell) {
  return cell.verdict == reports::Verdict::kViolated || cell.verdict == reports::Verdict::kHung ||
         cell.verdict == reports::Verdict::kCrashed || cell.verdict == reports::Verdict::kBroken ||
         cell.verdict == reports::Verdict::kInconclusive;
}

// Nobody is convicted. status: what the program ends with.
reports::Document Clean(const Printed& printed, int status = 0) {
  EXPECT_EQ(printed.status, status);
  const reports::Document document = reports::FromJson(printed.out);
  EXPECT_FALSE(document.cells.empty());
  for (const reports::Cell& cell : document.cells) {
    EXPECT_FALSE(IsBad(cell)) << cell.scenario << " " << cell.path << ": " << cell.verdict << ": "
                              << cell.why;
  }
  return document;
}

// The same, and the restriction is named: by the document, and by the cells that it touched.
void ExpectNamed(const Printed& printed, const std::string& restriction, int status = 0) {
  const reports::Document document = Clean(printed, status);
  EXPECT_NE(document.host.restrictions.find(restriction), std::string::npos)
      << document.host.restrictions;
  std::size_t touched = 0;
  for (const reports::Cell& cell : document.cells) {
    if (cell.missing != "restriction") continue;
    EXPECT_NE(cell.why.find(restriction), std::string::npos) << cell.why;
    ++touched;
  }
  EXPECT_GT(touched, 0u) << "nothing was restricted";
}

std::size_t Upheld(const reports::Document& document) {
  return static_cast<std::size_t>(std::count_if(
      document.cells.begin(), document.cells.end(),
      [](const reports::Cell& cell) { return cell.verdict == reports::Verdict::kUpheld; }));
}

// Beside what they are without anything odd.
void ExpectAsUsual(const Printed& printed, const std::vector<std::string>& arguments) {
  EXPECT_EQ(Upheld(Clean(printed)), Upheld(Clean(RunProgramAfter([] {}, arguments))));
}

class Restricted : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "only root can set these up";
  }
};

TEST_F(Restricted, ProcessesOfAUser) {
  const ForAll copy;
  const auto prepare = [] {
    Limit(RLIMIT_NPROC, 8);
    constexpr uid_t kNobodyElse = 64123;  // what other tests run as nobody is not counted for it
    Become(kNobodyElse);
  };
  ExpectNamed(RunProgramAfter(prepare, Asking({"create/*", "ready/*"}), copy.program()),
              "RLIMIT_NPROC 8");
}

TEST_F(Restricted, OpenFiles) {
  ExpectNamed(RunProgramAfter([] { Limit(RLIMIT_NOFILE, 8); },
                              Asking({"namespace/join_*", "socket/*", "life_cycle/*"})),
              "RLIMIT_NOFILE 8");
}

// Nothing can be probed, so nothing is known.
TEST_F(Restricted, OpenFilesThatLeaveNoRoomForATrial) {
  ExpectNamed(RunProgramAfter([] { Limit(RLIMIT_NOFILE, 5); }, Asking({"create/*"})),
              "RLIMIT_NOFILE 5", kUndecided);
}

TEST_F(Restricted, QueuedSignals) {
  ExpectNamed(RunProgramAfter([] { Limit(RLIMIT_SIGPENDING, 0); }, Asking({"signal/*"})),
              "RLIMIT_SIGPENDING 0");
}

TEST_F(Restricted, FilesThatMayNotGrow) {
  EXPECT_EQ(RunProgramAfter([] { Limit(RLIMIT_FSIZE, 0); }, Asking({"getfd/*"})).status, 0);
}

TEST_F(Restricted, AStackTooSmallForThisProgram) {
  const auto arguments = Asking({"life_cycle/*", "open/*", "pid_reuse/signal"});
  ExpectAsUsual(RunProgramAfter([] { Limit(RLIMIT_STACK, 64 * 1024); }, arguments), arguments);
}

// At the same addresses each time, for the kernel and the C library need nearly as much.
TEST_F(Restricted, AStackTooSmallForAnyProgram) {
  const auto prepare = [] {
    Must(dup2(STDOUT_FILENO, STDERR_FILENO) == STDERR_FILENO);
    Must(personality(ADDR_NO_RANDOMIZE) >= 0);
    Must(clearenv() == 0);
    Limit(RLIMIT_STACK, 12 * 1024);
  };
  const Printed printed = RunProgramAfter(prepare, {"list"});
  if (printed.status == 126) GTEST_SKIP() << "addresses cannot be fixed here";
  EXPECT_EQ(printed.status, 2);
  EXPECT_EQ(printed.out, "pidproof: RLIMIT_STACK is below 16 kB; raise it (ulimit -s)\n");
}

// A document of so many rows takes longer to write than one tick of the clock.
TEST_F(Restricted, RealTimeThatIsLimited) {
  const auto arguments =
      Asking({"signal/*", "open/*", "create/*", "wait/*", "socket/*", "auto_reap/*", "getfd/*",
              "info/*", "namespace/*", "descriptor/*", "memory/*", "ready/*"});
  const auto prepare = [] {
    Limit(RLIMIT_RTTIME, 1000);
    const sched_param lowest{.sched_priority = 1};
    Must(sched_setscheduler(0, SCHED_FIFO, &lowest) == 0);
  };
  // A busy machine may use the limit up before main; a slow one always does.
  constexpr int kTries = 10;
  Printed printed{.status = -SIGKILL, .out = ""};
  for (int i = 0; i < kTries && printed.status == -SIGKILL; ++i) {
    printed = RunProgramAfter(prepare, arguments);
  }
  if (printed.status == -SIGKILL && RunProgramAfter(prepare, {"--version"}).status == -SIGKILL) {
    GTEST_SKIP() << "this machine takes longer than RLIMIT_RTTIME to load the program";
  }
  ExpectAsUsual(printed, arguments);
}

TEST_F(Restricted, AProcThatHidesProcesses) {
  const ForAll copy;
  for (const char* option : {"hidepid=1", "hidepid=2", "hidepid=4"}) {
    const auto prepare = [&] {
      Must(unshare(CLONE_NEWNS) == 0);
      Must(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0);
      Must(mount("proc", "/proc", "proc", 0, option) == 0);
      Become(kNobody);
    };
    ExpectNamed(RunProgramAfter(prepare, Asking({"getfd/*"}), copy.program()),
                "/proc is mounted with hidepid");
  }
}

TEST_F(Restricted, SignalsBlockedIgnoredAndPending) {
  const auto arguments = Asking({"auto_reap/*", "signal/*"});
  const auto prepare = [] {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, nullptr);
    for (const int number : {SIGTERM, SIGCHLD, SIGUSR1, SIGRTMIN, SIGINT}) raise(number);
    for (const int number : {SIGPIPE, SIGALRM}) signal(number, SIG_IGN);
  };
  ExpectAsUsual(RunProgramAfter(prepare, arguments), arguments);
}

TEST_F(Restricted, StandardDescriptorsClosed) {
  const TempDir folder;
  std::vector<std::string> arguments = Asking({"descriptor/*", "getfd/*"});
  const Printed usual = RunProgramAfter([] {}, arguments);
  EXPECT_EQ(RunProgramAfter([] { close(STDOUT_FILENO); }, arguments).status,
            2);  // none to write to
  arguments[5] = folder.File("x.json");
  const auto close_all = [] {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) close(fd);
  };
  Printed printed = RunProgramAfter(close_all, arguments);
  std::stringstream text;
  text << std::ifstream(arguments[5]).rdbuf();
  printed.out = text.str();
  EXPECT_EQ(Upheld(Clean(printed)), Upheld(Clean(usual)));
}

// A filter that was there before, as a container manager installs it.
void Refuse(unsigned number, unsigned error) {
  sock_filter steps[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  Must(sys::InstallFilter({.len = std::size(steps), .filter = steps}).ok());
}

struct RefusedCall {
  const char* name;
  unsigned number;
  std::vector<std::string> globs;
};

void PrintTo(const RefusedCall& call, std::ostream* out) { *out << call.name; }

class RefusedCalls : public testing::TestWithParam<RefusedCall> {};

TEST_P(RefusedCalls, MakeNothingViolated) {
  const RefusedCall& call = GetParam();
  for (const unsigned error : {ENOSYS, EPERM}) {
    const Printed printed =
        RunProgramAfter([&] { Refuse(call.number, error); }, Asking(call.globs));
    const bool kills = call.number == SYS_rt_sigreturn;
    // How many trials get far enough before they meet with it differs from run to run.
    const bool decides = std::ranges::any_of(
        reports::FromJson(printed.out).cells,
        [](const reports::Cell& cell) { return cell.verdict != reports::Verdict::kUnsupported; });
    ExpectNamed(printed, kills ? "SIGSEGV" : fmt::format("a filter refuses {}", call.name),
                decides ? 0 : kUndecided);
  }
}

INSTANTIATE_TEST_SUITE_P(
    OfTheHarness, RefusedCalls,
    testing::Values(RefusedCall{"wait4", SYS_wait4, {"open/pid_*", "wait/minus_one"}},
                    RefusedCall{"rt_sigprocmask", SYS_rt_sigprocmask, {"signal/*", "open/thread*"}},
                    RefusedCall{"gettid", SYS_gettid, {"open/*thread*", "fdinfo/*"}},
                    RefusedCall{"unshare", SYS_unshare, {"namespace/join_*"}},
                    RefusedCall{"capset", SYS_capset, {"getfd/*"}},
                    RefusedCall{"rt_sigreturn", SYS_rt_sigreturn, {"auto_reap/handler*"}},
                    RefusedCall{"ioctl", SYS_ioctl, {"descriptor/*"}},
                    RefusedCall{"socketpair", SYS_socketpair, {"socket/*", "identity/*"}},
                    RefusedCall{"setitimer", SYS_setitimer, {"wait/*"}},
                    RefusedCall{"madvise", SYS_madvise, {"memory/*"}}),
    [](const auto& row) { return std::string(row.param.name); });

TEST_F(Restricted, ARenameThatIsRefused) {
  const TempDir folder;
  std::vector<std::string> arguments = Asking({"life_cycle/*"});
  arguments[5] = folder.File("x.json");
  EXPECT_EQ(RunProgramAfter([] { Refuse(SYS_rename, EPERM); }, arguments).status, 0);
  std::stringstream text;
  text << std::ifstream(arguments[5]).rdbuf();
  EXPECT_GT(Upheld(reports::FromJson(text.str())), 0u);
}

// Only one question rests on that call: the harness does without.
TEST_F(Restricted, ACallThatOnlyOneQuestionMakes) {
  ExpectNamed(RunProgramAfter([] { Refuse(SYS_flock, EPERM); }, Asking({"descriptor/*"})),
              "a seccomp filter");
}

// No census and no trial without it: nothing was judged, and the run does not look like a good one.
TEST_F(Restricted, NoStageAtAll) {
  const Printed printed = RunProgramAfter([] { Refuse(SYS_pipe2, EPERM); }, Asking({"create/*"}));
  EXPECT_EQ(printed.status, 3);
  const reports::Document document = reports::FromJson(printed.out);
  EXPECT_NE(document.run.failure.find("pipe2: EPERM"), std::string::npos);
  EXPECT_NE(document.host.restrictions.find("pipe2 is refused"), std::string::npos);
  EXPECT_TRUE(std::ranges::none_of(document.cells, IsBad));
}

// The C++ library would abort before main.
TEST_F(Restricted, AFutexThatIsRefused) {
  const Printed printed = RunProgramAfter(
      [] {
        dup2(STDOUT_FILENO, STDERR_FILENO);
        Refuse(SYS_futex, ENOSYS);
      },
      Asking({"create/*"}));
  EXPECT_EQ(printed.status, 2);
  EXPECT_EQ(std::ranges::count(printed.out, '\n'), 1) << printed.out;
  EXPECT_TRUE(printed.out.starts_with("pidproof: a filter refuses futex")) << printed.out;
}

// None of them is waited for: each error is reported at once.
TEST_F(Restricted, WhatEveryChildNeeds) {
  for (const auto& [name, number] : {std::pair{"getpid", SYS_getpid}, {"getppid", SYS_getppid}}) {
    const Printed printed = RunProgramAfter([&] { Refuse(static_cast<unsigned>(number), EPERM); },
                                            Asking({"create/*"}));
    EXPECT_EQ(printed.status, 3) << name;
    const reports::Document document = reports::FromJson(printed.out);
    EXPECT_NE(document.run.failure.find(fmt::format("{}: EPERM", name)), std::string::npos);
    EXPECT_TRUE(std::ranges::none_of(document.cells, IsBad));
  }
}

// std::thread makes its threads by clone3, and by clone only where that answers ENOSYS.
TEST_F(Restricted, ThreadsThatCannotBeMade) {
  const std::vector<std::string> arguments = Asking({"life_cycle/*", "pid_reuse/signal"});
  std::vector<std::string> more = arguments;
  more.insert(more.end(), {"--jobs", "3"});
  Clean(RunProgramAfter([] { Refuse(SYS_clone3, EPERM); }, more));
}

}  // namespace
}  // namespace pidproof::runner::restricted_program_test
