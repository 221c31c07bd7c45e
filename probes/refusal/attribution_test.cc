#include "probes/refusal/attribution.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <ostream>
#include <sstream>
#include <string>
#include <thread>

#include "probes/system/isolate.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/worlds/world.h"

namespace pidproof::refusal::attribution_test {
namespace {

using namespace std::chrono_literals;

// pidfd_open as a kernel that has it answers: EINVAL.
const Probe kHad{
    .name = "pidfd_open",
    .since = {5, 3},
    .what = "",
    .tries = "pidfd_open(-1)",
    .source = "",
    .calls = {"pidfd_open"},
    .attempt = []() -> Answer { return sys::PidfdOpen(-1, 0); },
    .present = {EINVAL},
    .absent = {ENOSYS},
};

// The same answer, read as that of a kernel which lacks a flag.
const Probe kLacked{
    .name = "pidfd_open/flag",
    .since = {9, 9},
    .what = "",
    .tries = "pidfd_open(-1)",
    .source = "",
    .calls = {"pidfd_open"},
    .attempt = []() -> Answer { return sys::PidfdOpen(-1, 0); },
    .present = {ESRCH},
    .absent = {EINVAL},
};

// Returns a descriptor, for which no number is free.
const Probe kOpens{
    .name = "pidfd_open/self",
    .since = {5, 3},
    .what = "",
    .tries = "pidfd_open(own pid)",
    .source = "",
    .calls = {"pidfd_open"},
    .attempt = []() -> Answer {
      const rlimit none{0, 0};
      Require(setrlimit(RLIMIT_NOFILE, &none) == 0);
      return sys::PidfdOpen(getpid(), 0);
    },
    .present = {0},
    .absent = {ENOSYS},
};

// Returns the action for pidfd_open and lets everything else pass.
std::vector<sock_filter> Filter(std::uint32_t action) {
  std::vector<sock_filter> program = CompileFilter(World::Parse("pidfd_open:eperm"));
  for (sock_filter& step : program) {
    if (step.k == (SECCOMP_RET_ERRNO | EPERM)) step.k = action;
  }
  return program;
}

void Install(std::uint32_t action) {
  std::vector<sock_filter> program = Filter(action);
  Require(sys::InstallFilter(
      {.len = static_cast<unsigned short>(program.size()), .filter = program.data()}));
}

// Answers every call that the listener reports, as container managers do.
void Supervise(const std::atomic<int>& listener, int error) {
  listener.wait(-1);
  for (;;) {
    seccomp_notif notification{};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notification) < 0) continue;
    seccomp_notif_resp answer{};
    answer.id = notification.id;
    answer.error = -error;
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }
}

// The supervisor's thread is started before the filter is installed, which therefore does not apply
// to it.
void InstallSupervisor(int error) {
  static std::atomic<int> listener = -1;
  std::thread(Supervise, std::cref(listener), error).detach();
  std::vector<sock_filter> program = Filter(SECCOMP_RET_USER_NOTIF);
  listener = Require(sys::InstallListener({.len = static_cast<unsigned short>(program.size()),
                                           .filter = program.data()}))
                 .release();
  listener.notify_all();
}

// Conditions under which a process may be refused something.
struct Surroundings {
  const char* what;
  void (*enter)();
};

constexpr char kNoUserNamespace[] = "no user namespace here";

void PrintTo(const Surroundings& around, std::ostream* out) { *out << around.what; }

void UnshareUser() {
  if (unshare(CLONE_NEWUSER) != 0) throw Unsupported(kNoUserNamespace);
}

// An empty root: nothing of /proc is left.
void WithoutProc() {
  if (geteuid() != 0) UnshareUser();  // first: where it is refused nothing has been changed yet
  char folder[] = "/tmp/pidproof-empty-XXXXXX";
  Require(mkdtemp(folder) != nullptr);
  const Fd parent(open("/tmp", O_PATH | O_DIRECTORY | O_CLOEXEC));
  const bool entered = chroot(folder) == 0 && chdir("/") == 0;
  Require(unlinkat(parent.get(), folder + sizeof "/tmp", AT_REMOVEDIR) == 0);
  Require(entered && access("/proc/self", F_OK) != 0);
}

const Surroundings kSurroundings[] = {
    {"as it is", [] {}},
    {"with no_new_privs", [] { Require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0); }},
    {"in an unshared user namespace", UnshareUser},
    {"without /proc", WithoutProc},
};

// "filtered by seccomp (proven)", "present".
std::string Words(const Finding& finding) {
  std::string words(Word(finding.availability));
  if (!finding.refused_by.empty()) {
    words += fmt::format(" by {} ({})", finding.refused_by, finding.confidence);
  }
  return words;
}

// The finding for a probe where a situation has been set up, as root or as an ordinary user.
std::string Attributed(const Probe& probe, void (*situation)(), const Surroundings& around,
                       uid_t user) {
  std::string attributed;
  const Ended ended = Isolate(
      Isolation::kChild, 120s,
      [&](const FrameWriter& up) {
        if (user != geteuid()) Require(setresuid(user, user, user) == 0);
        around.enter();
        situation();
        Circumstances circumstances = ReadCircumstances();
        circumstances.symbol = nullptr;  // not under test, and reading them takes long
        const Attempted plain = Attempt(probe, 60s);
        Finding finding = Conclude(probe, plain);
        const SeccompReach asked =
            NeedsAsking(finding, circumstances) ? Ask(probe, 60s) : SeccompReach{};
        AttributeRefusal(finding, plain, asked, circumstances);
        up.Send('v', Words(finding));
      },
      [&](const Frame& frame) { attributed = frame.bytes; });
  if (ended.how == Ended::kUnsupported) return ended.text;
  EXPECT_EQ(ended.how, Ended::kReturned) << ended.text;
  return attributed;
}

struct Row {
  const char* what;
  const Probe& probe;
  void (*situation)();
  const char* verdict;
};

constexpr char kFilter[] = "filtered by seccomp (proven)";
constexpr char kKernel[] = "absent by kernel (proven)";

const Row kRows[] = {
    {"no filter; the kernel has it", kHad, [] {}, "present"},
    {"no filter; the kernel lacks it", kLacked, [] {}, kKernel},
    {"a filter lets it pass; the kernel has it", kHad, [] { Install(SECCOMP_RET_ALLOW); },
     "present"},
    {"a filter lets it pass; the kernel lacks it", kLacked, [] { Install(SECCOMP_RET_ALLOW); },
     kKernel},
    {"a filter only logs it; the kernel lacks it", kLacked, [] { Install(SECCOMP_RET_LOG); },
     kKernel},
    {"a filter answers ENOSYS", kHad, [] { Install(SECCOMP_RET_ERRNO | ENOSYS); }, kFilter},
    {"a filter answers EPERM", kHad, [] { Install(SECCOMP_RET_ERRNO | EPERM); }, kFilter},
    {"a filter answers EACCES", kHad, [] { Install(SECCOMP_RET_ERRNO | EACCES); }, kFilter},
    {"a filter answers as a kernel that has it would", kHad,
     [] { Install(SECCOMP_RET_ERRNO | EINVAL); }, kFilter},
    {"a filter answers as an older kernel would", kLacked,
     [] { Install(SECCOMP_RET_ERRNO | EINVAL); }, kFilter},
    {"a filter traps (SIGSYS)", kHad, [] { Install(SECCOMP_RET_TRAP); }, kFilter},
    {"a filter kills the process", kHad, [] { Install(SECCOMP_RET_KILL_PROCESS); }, kFilter},
    {"a filter kills the thread", kHad, [] { Install(SECCOMP_RET_KILL_THREAD); }, kFilter},
    {"a filter asks a tracer that is not there", kHad, [] { Install(SECCOMP_RET_TRACE); }, kFilter},
    {"a supervisor answers EPERM (user notification)", kHad, [] { InstallSupervisor(EPERM); },
     kFilter},
    {"a supervisor answers ENOSYS (user notification)", kHad, [] { InstallSupervisor(ENOSYS); },
     kFilter},
    {"two filters, the second answers ENOSYS", kHad,
     [] {
       Install(SECCOMP_RET_ALLOW);
       Install(SECCOMP_RET_ERRNO | ENOSYS);
     },
     kFilter},
    {"no descriptor is left (RLIMIT_NOFILE)", kOpens, [] {}, "denied by limit (inferred)"},
};

constexpr uid_t kNobody = 65534;

// The surroundings, and whether as user nobody.
class InEverySituation : public testing::TestWithParam<std::tuple<Surroundings, bool>> {};

TEST_P(InEverySituation, WhoRefusesIsNamed) {
  const auto& [around, as_nobody] = GetParam();
  if (as_nobody && geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  const uid_t user = as_nobody ? kNobody : geteuid();
  for (const Row& row : kRows) {
    const std::string attributed = Attributed(row.probe, row.situation, around, user);
    if (attributed == kNoUserNamespace) GTEST_SKIP() << attributed;
    EXPECT_EQ(attributed, row.verdict) << row.what;
  }
}

std::string NameOf(const testing::TestParamInfo<InEverySituation::ParamType>& row) {
  const auto& [around, as_nobody] = row.param;
  std::string name = fmt::format("{}{}", around.what, as_nobody ? " as nobody" : "");
  std::ranges::replace_if(
      name, [](char letter) { return letter == ' ' || letter == '/'; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Attribute, InEverySituation,
                         testing::Combine(testing::ValuesIn(kSurroundings), testing::Bool()),
                         NameOf);

// The README of the probes shows this table.
TEST(Attribute, StandsInTheReadme) {
  std::ifstream file(PIDPROOF_SOURCE_DIR "/probes/README.md");
  std::stringstream readme;
  readme << file.rdbuf();
  for (const Row& row : kRows) {
    const std::string line = fmt::format("| {} | {} |", row.what, row.verdict);
    EXPECT_NE(readme.str().find(line), std::string::npos) << line;
  }
}

Finding Judged(const Probe& probe, int error, const SeccompReach& asked,
               const Circumstances& circumstances) {
  const Attempted plain{Attempted::kAnswered, error, "", false};
  Finding finding = Conclude(probe, plain);
  AttributeRefusal(finding, plain, asked, circumstances);
  return finding;
}

TEST(Attribute, ProvesNothingWhereNothingCanBeAsked) {
  const SeccompReach unable{
      .how = SeccompReach::kUnable, .why = "EPERM", .notified = false, .answer = std::nullopt};
  const Finding eperm = Judged(kHad, EPERM, unable, {.seccomp_mode = 2});
  EXPECT_EQ(eperm.refused_by, "seccomp");
  EXPECT_EQ(eperm.confidence, "inferred");
  const Finding enosys = Judged(kHad, ENOSYS, unable, {.seccomp_mode = -1});
  EXPECT_EQ(enosys.refused_by, "");
  EXPECT_TRUE(enosys.unasked);
}

TEST(Attribute, DistinguishesPrivileges) {
  Probe probe = kHad;
  probe.denied = {EPERM};
  probe.capability = CAP_SYS_ADMIN;
  const Circumstances lacking{
      .seccomp_mode = 0, .emulator = "", .symbol = nullptr, .has_capability = [](int) {
        return false;
      }};
  const Circumstances having{
      .seccomp_mode = 0, .emulator = "", .symbol = nullptr, .has_capability = [](int) {
        return true;
      }};
  EXPECT_EQ(Judged(probe, EPERM, {}, lacking).refused_by, "capability");
  EXPECT_EQ(Judged(probe, EPERM, {}, lacking).fix, "CAP_SYS_ADMIN");
  EXPECT_EQ(Judged(probe, EPERM, {}, having).refused_by, "namespace");
  // pidfd_open needs no privilege: once the kernel is reached, only a security module can have
  // refused.
  EXPECT_EQ(Judged(kHad, EACCES, {}, having).refused_by, "lsm");
  EXPECT_EQ(Word(Judged(kHad, EACCES, {}, having).availability), "denied");
}

TEST(Attribute, BlamesTheEmulatorWhereThereIsOne) {
  const Finding finding = Judged(kHad, ENOSYS, {}, {.seccomp_mode = 0, .emulator = "gVisor"});
  EXPECT_EQ(finding.refused_by, "emulator");
  EXPECT_EQ(finding.confidence, "inferred");
  // An emulator without seccomp cannot be asked, and has no filter either.
  const SeccompReach unable{
      .how = SeccompReach::kUnable, .why = "EINVAL", .notified = false, .answer = std::nullopt};
  EXPECT_EQ(Judged(kHad, EPERM, unable, {.seccomp_mode = -1, .emulator = "qemu-user"}).refused_by,
            "emulator");
}

}  // namespace
}  // namespace pidproof::refusal::attribution_test
