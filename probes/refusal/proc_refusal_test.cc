// A refusal by /proc is attributed to it, with a fix that helps.
#include "probes/refusal/proc_refusal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ostream>
#include <string>

#include "probes/refusal/attribution.h"
#include "probes/system/isolate.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/system/user_namespace.h"
#include "probes/worlds/world.h"

namespace pidproof::refusal::proc_refusal_test {
namespace {

using namespace std::chrono_literals;

void Mount(const char* source, const char* target, const char* type, unsigned long flags,
           const char* options = nullptr) {
  Require(mount(source, target, type, flags, options) == 0);
}

void MaskByNull(const char* path) { Mount("/dev/null", path, nullptr, MS_BIND); }

void ReadOnlySys() {
  Mount("/proc/sys", "/proc/sys", nullptr, MS_BIND);
  Mount(nullptr, "/proc/sys", nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY);
}

// A /proc of a PID namespace below, in which this process has no PID.
void AnotherNamespaces() {
  const Result<pid_t> inside = sys::Clone(CLONE_NEWPID, SIGCHLD, nullptr);
  if (Require(inside) == 0) _exit(mount("proc", "/proc", "proc", 0, nullptr) == 0 ? 0 : 1);
  int status = 1;
  Require(waitpid(*inside, &status, 0) == *inside && status == 0);
}

// Replaces a file of /proc, as if on another machine.
void Replace(const char* path, std::string_view text) {
  Mount("t", "/tmp", "tmpfs", 0);
  const Fd file(open("/tmp/said", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  Require(write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  Mount("/tmp/said", path, nullptr, MS_BIND);
}

// A filter simulates the kernel's answer.
void SwitchRingsOff() {
  Replace("/proc/sys/kernel/io_uring_disabled", "2");
  World::Parse("io_uring_setup:eperm").Enter();
}

struct Row {
  const char* what;
  void (*situation)();
  const char* feature;
  const char* evidence;
  const char* fix;  // part of it
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.what; }

std::string InWords(const Finding& finding) {
  std::string words(Word(finding.availability));
  if (!finding.refused_by.empty()) words += " by " + finding.refused_by;
  return words + ": " + finding.fix;
}

// The finding for the feature in that situation, set up in a new mount namespace.
std::string EvidenceOf(const Row& row) {
  std::string evidence;
  const Ended ended = Isolate(
      Isolation::kChild, 60s,
      [&](const FrameWriter& up) {
        Require(unshare(CLONE_NEWNS) == 0);
        Mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE);
        row.situation();
        const Probe& probe = *Registered<Probe>::Find(row.feature);
        const Attempted plain = Attempt(probe, 60s);
        Finding finding = Conclude(probe, plain);
        AttributeRefusal(finding, plain, {}, ReadCircumstances());
        up.Send('v', InWords(finding));
      },
      [&](const Frame& frame) { evidence = frame.bytes; });
  EXPECT_EQ(ended.how, Ended::kReturned) << ended.text;
  return evidence;
}

constexpr char kByProc[] = "unclear by proc: ";
constexpr char kPresent[] = "present: ";

class ProcThatRefuses : public testing::TestWithParam<Row> {};

TEST_P(ProcThatRefuses, IsNamedAsTheCause) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can mount";
  const std::string evidence = EvidenceOf(GetParam());
  EXPECT_TRUE(evidence.starts_with(GetParam().evidence)) << evidence;
  EXPECT_NE(evidence.find(GetParam().fix), std::string::npos) << evidence;
}

INSTANTIATE_TEST_SUITE_P(
    Situations, ProcThatRefuses,
    testing::Values(
        Row{"ReadOnlySys", ReadOnlySys, "ns_last_pid", "denied by proc: ", "readonlyPaths"},
        Row{"ReadOnlyAll",
            [] { Mount(nullptr, "/proc", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY); },
            "ns_last_pid", "denied by proc: ", "writable /proc/sys"},
        Row{"MaskedByNull", [] { MaskByNull("/proc/sys/kernel/ns_last_pid"); }, "ns_last_pid",
            kByProc, "nothing is mounted over"},
        Row{"MaskedByTmpfs", [] { Mount("t", "/proc/sys/kernel", "tmpfs", 0); }, "ns_last_pid",
            kByProc, "nothing is mounted over"},
        Row{"ProcessesOnlyLastPid", [] { Mount("p", "/proc", "proc", 0, "subset=pid"); },
            "ns_last_pid", kByProc, "without subset=pid"},
        Row{"ProcessesOnlyPidMax", [] { Mount("p", "/proc", "proc", 0, "subset=pid"); },
            "pid_namespace/pid_max", kByProc, "without subset=pid"},
        Row{"ProcessesOnlyFdinfo", [] { Mount("p", "/proc", "proc", 0, "subset=pid"); },
            "fdinfo/nspid", kPresent, ""},
        Row{"HiddenOthers", [] { Mount("p", "/proc", "proc", 0, "hidepid=invisible"); },
            "pidfd_getpid", kPresent, ""},
        Row{"NoProcFdinfo", [] { Mount("t", "/proc", "tmpfs", 0); }, "fdinfo/nspid", kByProc,
            "a proc filesystem on /proc"},
        Row{"NoProcDirectory", [] { Mount("t", "/proc", "tmpfs", 0); }, "pidfd_send_signal/proc_fd",
            kByProc, "a proc filesystem on /proc"},
        Row{"NoProcLink", [] { Mount("t", "/proc", "tmpfs", 0); }, "pidfs/reopen", kByProc,
            "a proc filesystem on /proc"},
        Row{"RingsSwitchedOff", SwitchRingsOff, "io_uring/waitid",
            "denied by sysctl: ", "kernel.io_uring_disabled=0"},
        Row{"AnotherNamespaces", AnotherNamespaces, "pidfd_getpid", kByProc,
            "mounted in this PID namespace"}),
    [](const auto& row) { return std::string(row.param.what); });

TEST(UserNamespace, NamesTheSwitchThatForbidsIt) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can mount";
  std::string evidence;
  Isolate(
      Isolation::kChild, 60s,
      [](const FrameWriter& up) {
        Require(unshare(CLONE_NEWNS) == 0);
        Mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE);
        Replace("/proc/sys/user/max_user_namespaces", "0");
        up.Send('v', WhyNoUserNamespace(ENOSPC));
      },
      [&](const Frame& frame) { evidence = frame.bytes; });
  EXPECT_EQ(evidence, "a user namespace cannot be made (ENOSPC: user.max_user_namespaces is 0)");
  EXPECT_EQ(WhyNoUserNamespace(EINVAL), "a user namespace cannot be made (EINVAL)");
}

}  // namespace
}  // namespace pidproof::refusal::proc_refusal_test
