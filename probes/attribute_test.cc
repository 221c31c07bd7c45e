#include "probes/attribute.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

#include "probes/isolate.h"
#include "probes/require.h"
#include "probes/sys.h"
#include "probes/world.h"

namespace pidproof {
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

// Answers every call of which the listener tells, as container managers do.
void Supervise(const std::atomic<int>& listener, int error) {
  listener.wait(-1);
  for (;;) {
    seccomp_notif told{};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &told) < 0) continue;
    seccomp_notif_resp answer{};
    answer.id = told.id;
    answer.error = -error;
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }
}

// The supervisor's thread is there before the filter, which therefore does not bind it.
void InstallSupervisor(int error) {
  static std::atomic<int> listener = -1;
  std::thread(Supervise, std::cref(listener), error).detach();
  std::vector<sock_filter> program = Filter(SECCOMP_RET_USER_NOTIF);
  listener = Require(sys::InstallListener({.len = static_cast<unsigned short>(program.size()),
                                           .filter = program.data()}))
                 .release();
  listener.notify_all();
}

struct Verdict {
  std::string availability;
  std::string refused_by;
  std::string confidence;
  bool operator==(const Verdict&) const = default;
};

void PrintTo(const Verdict& verdict, std::ostream* out) {
  *out << verdict.availability << " by " << verdict.refused_by << " (" << verdict.confidence << ")";
}

// What is said of a probe where situation has been set up, as root or as an ordinary user.
Verdict Said(const Probe& probe, const std::function<void()>& situation, uid_t user) {
  Verdict said;
  const Ended ended = Isolate(
      Isolation::kChild, 120s,
      [&](const FrameWriter& up) {
        if (user != geteuid()) Require(setresuid(user, user, user) == 0);
        situation();
        Circumstances circumstances = ReadCircumstances();
        circumstances.kernel_knows =
            nullptr;  // reading all symbols takes long, and is not at stake here
        const Attempted plain = Attempt(probe, 60s);
        Finding finding = Conclude(probe, plain);
        const Asked asked = NeedsAsking(finding, circumstances) ? Ask(probe, 60s) : Asked{};
        Attribute(finding, plain, asked, circumstances);
        up.Send('v', Word(finding.availability));
        up.Send('r', finding.refused_by);
        up.Send('c', finding.confidence);
      },
      [&](const Frame& frame) {
        if (frame.kind == 'v') said.availability = frame.bytes;
        if (frame.kind == 'r') said.refused_by = frame.bytes;
        if (frame.kind == 'c') said.confidence = frame.bytes;
      });
  EXPECT_EQ(ended.how, Ended::kReturned) << ended.text;
  return said;
}

TEST(Attribute, NamesTheCulpritInEverySituation) {
  const Verdict kFilter{"filtered", "seccomp", "proven"};
  const Verdict kKernel{"absent", "kernel", "proven"};
  const Verdict kPresent{"present", "", ""};
  struct Row {
    const char* what;
    const Probe& probe;
    std::function<void()> situation;
    Verdict verdict;
  };
  const Row rows[] = {
      {"no filter, had", kHad, [] {}, kPresent},
      {"no filter, lacked", kLacked, [] {}, kKernel},
      {"a filter that lets it pass, had", kHad, [] { Install(SECCOMP_RET_ALLOW); }, kPresent},
      {"a filter that lets it pass, lacked", kLacked, [] { Install(SECCOMP_RET_ALLOW); }, kKernel},
      {"logged only, lacked", kLacked, [] { Install(SECCOMP_RET_LOG); }, kKernel},
      {"ENOSYS", kHad, [] { Install(SECCOMP_RET_ERRNO | ENOSYS); }, kFilter},
      {"EPERM", kHad, [] { Install(SECCOMP_RET_ERRNO | EPERM); }, kFilter},
      {"EACCES", kHad, [] { Install(SECCOMP_RET_ERRNO | EACCES); }, kFilter},
      {"the answer of an older kernel", kLacked, [] { Install(SECCOMP_RET_ERRNO | EINVAL); },
       kFilter},
      {"trap", kHad, [] { Install(SECCOMP_RET_TRAP); }, kFilter},
      {"kill the process", kHad, [] { Install(SECCOMP_RET_KILL_PROCESS); }, kFilter},
      {"kill the thread", kHad, [] { Install(SECCOMP_RET_KILL_THREAD); }, kFilter},
      {"for a tracer that is not there", kHad, [] { Install(SECCOMP_RET_TRACE); }, kFilter},
      {"a supervisor that answers EPERM", kHad, [] { InstallSupervisor(EPERM); }, kFilter},
      {"a supervisor that answers ENOSYS", kHad, [] { InstallSupervisor(ENOSYS); }, kFilter},
      {"two filters, the second refuses", kHad,
       [] {
         Install(SECCOMP_RET_ALLOW);
         Install(SECCOMP_RET_ERRNO | ENOSYS);
       },
       kFilter},
  };
  constexpr uid_t kNobody = 65534;
  for (const Row& row : rows) {
    EXPECT_EQ(Said(row.probe, row.situation, geteuid()), row.verdict) << row.what;
    if (geteuid() != 0) continue;
    EXPECT_EQ(Said(row.probe, row.situation, kNobody), row.verdict) << row.what << ", as nobody";
  }
}

Finding Judged(const Probe& probe, int error, const Asked& asked,
               const Circumstances& circumstances) {
  const Attempted plain{Attempted::kAnswered, error, "", false};
  Finding finding = Conclude(probe, plain);
  Attribute(finding, plain, asked, circumstances);
  return finding;
}

TEST(Attribute, ProvesNothingWhereNothingCanBeAsked) {
  const Asked unable{.how = Asked::kUnable, .why = "EPERM", .told = false, .answer = std::nullopt};
  const Finding eperm = Judged(kHad, EPERM, unable, {.seccomp_mode = 2});
  EXPECT_EQ(eperm.refused_by, "seccomp");
  EXPECT_EQ(eperm.confidence, "inferred");
  const Finding enosys = Judged(kHad, ENOSYS, unable, {.seccomp_mode = -1});
  EXPECT_EQ(enosys.refused_by, "kernel");
  EXPECT_EQ(enosys.confidence, "inferred");
}

TEST(Attribute, TellsRightsApart) {
  Probe probe = kHad;
  probe.denied = {EPERM};
  probe.capability = CAP_SYS_ADMIN;
  const Circumstances lacking{
      .seccomp_mode = 0, .emulator = "", .kernel_knows = nullptr, .has_capability = [](int) {
        return false;
      }};
  const Circumstances having{
      .seccomp_mode = 0, .emulator = "", .kernel_knows = nullptr, .has_capability = [](int) {
        return true;
      }};
  EXPECT_EQ(Judged(probe, EPERM, {}, lacking).refused_by, "capability");
  EXPECT_EQ(Judged(probe, EPERM, {}, lacking).mend, "CAP_SYS_ADMIN");
  EXPECT_EQ(Judged(probe, EPERM, {}, having).refused_by, "namespace");
  // pidfd_open asks for no right: the kernel reached, only a security module can have refused.
  EXPECT_EQ(Judged(kHad, EACCES, {}, having).refused_by, "lsm");
  EXPECT_EQ(Word(Judged(kHad, EACCES, {}, having).availability), "denied");
}

TEST(Attribute, BlamesTheEmulatorWhereThereIsOne) {
  const Finding finding = Judged(kHad, ENOSYS, {}, {.seccomp_mode = 0, .emulator = "gVisor"});
  EXPECT_EQ(finding.refused_by, "emulator");
  EXPECT_EQ(finding.confidence, "inferred");
  // An emulator that knows no seccomp cannot be asked, and has no filter either.
  const Asked unable{.how = Asked::kUnable, .why = "EINVAL", .told = false, .answer = std::nullopt};
  EXPECT_EQ(Judged(kHad, EPERM, unable, {.seccomp_mode = -1, .emulator = "qemu-user"}).refused_by,
            "emulator");
}

}  // namespace
}  // namespace pidproof
