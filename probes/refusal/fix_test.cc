#include "probes/refusal/fix.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>

#include "probes/refusal/attribution.h"

namespace pidproof::refusal::fix_test {
namespace {

std::string OfFilter(const char* feature, std::string_view saw) {
  return FixOfFilter(*Registered<Probe>::Find(feature), saw);
}

TEST(FixOfFilter, NamesTheSystemCallAndWhatDockersProfileWants) {
  EXPECT_EQ(OfFilter("pidfd_open", "EPERM"), "let pidfd_open through in the seccomp profile");
  EXPECT_EQ(OfFilter("so_peerpidfd", "SIGSYS"), "let getsockopt through in the seccomp profile");
  EXPECT_EQ(OfFilter("waitid/p_pidfd", "EPERM"), "let waitid through in the seccomp profile");
  EXPECT_EQ(OfFilter("pidfd_getfd", "EPERM"),
            "let pidfd_getfd through in the seccomp profile (Docker's does with CAP_SYS_PTRACE)");
  EXPECT_EQ(FixOfFilteredCalls({"clone", "setns"}, "EPERM"),
            "let clone, setns through in the seccomp profile (Docker's does with CAP_SYS_ADMIN)");
}

TEST(FixOfFilter, KnowsThatEnosysIsEnoughForCallersOfClone3) {
  const std::string let =
      "let clone3 through in the seccomp profile (Docker's does with CAP_SYS_ADMIN)";
  EXPECT_EQ(OfFilter("clone3/pidfd", "ENOSYS"), let);
  EXPECT_EQ(OfFilter("clone3/pidfd", "EPERM"), let + ", or answer ENOSYS there");
  EXPECT_EQ(OfFilter("clone3/pidfd", "SIGSYS"), let + ", or answer ENOSYS there");
}

TEST(FixOfKernel, BlamesNoReleaseThatIsLateEnough) {
  const Probe& probe = *Registered<Probe>::Find("process_madvise");
  EXPECT_EQ(FixOfKernel(probe, {.kernel = {5, 4}}), "Linux 5.10 or later");
  EXPECT_EQ(FixOfKernel(probe, {}), "Linux 5.10 or later");
  EXPECT_EQ(FixOfKernel(probe, {.kernel = {6, 1}}),
            "a kernel built with it: Linux 6.1 is late enough, 5.10 was the first to have it");
}

TEST(FixOfLimit, NamesTheLimit) {
  EXPECT_NE(FixOfLimit(EMFILE).find("RLIMIT_NOFILE"), std::string::npos);
  EXPECT_NE(FixOfLimit(ENOSPC).find("user.max_"), std::string::npos);
  EXPECT_NE(FixOfLimit(ENOMEM).find("RLIMIT_AS"), std::string::npos);
  EXPECT_NE(FixOfLimit(EAGAIN).find("RLIMIT_NPROC"), std::string::npos);
}

Finding Attributed(const Probe& probe, const Attempted& plain, const SeccompReach& reach,
                   const Circumstances& circumstances) {
  std::vector<Finding> findings = {Conclude(probe, plain)};
  AttributeRefusal(findings.front(), plain, reach, circumstances);
  Corroborate(findings, circumstances);
  return findings.front();
}

void ExpectFix(const Finding& finding) {
  const bool refused = finding.availability != Availability::kPresent &&
                       finding.availability != Availability::kUnclear;
  EXPECT_TRUE(!refused || !finding.fix.empty()) << finding.probe->name << ": " << finding.evidence;
}

// A filter is not all that stands before a feature which the kernel is too old for.
TEST(Fix, NamesTheReleaseBesideTheFilterWhereTheKernelIsOlder) {
  const Probe& probe = *Registered<Probe>::Find("pidfd_open/thread");
  const SeccompReach earlier{
      .how = SeccompReach::kNotified, .why = "", .notified = false, .answer = std::nullopt};
  const Attempted plain{Attempted::kAnswered, EPERM, "", false};
  const auto fix_on = [&](Release kernel) {
    return Attributed(probe, plain, earlier, {.seccomp_mode = 2, .kernel = kernel}).fix;
  };
  const std::string filter = "let pidfd_open through in the seccomp profile";
  EXPECT_EQ(fix_on({6, 8}), filter + ", on Linux 6.9 or later, or with a backport");
  EXPECT_EQ(fix_on({6, 9}), filter);
}

// Reports add no fixes of their own: each refusal comes with one.
TEST(Fix, IsThereForEveryRefusal) {
  const SeccompReach unable{
      .how = SeccompReach::kUnable, .why = "refused", .notified = false, .answer = std::nullopt};
  const SeccompReach earlier{
      .how = SeccompReach::kNotified, .why = "", .notified = false, .answer = std::nullopt};
  const SeccompReach reached{
      .how = SeccompReach::kNotified, .why = "", .notified = true, .answer = std::nullopt};
  const Circumstances all[] = {{.seccomp_mode = 0, .kernel = {5, 4}},
                               {.seccomp_mode = 2, .kernel = {5, 4}},
                               {.seccomp_mode = 2, .kernel = {6, 18}},
                               {.seccomp_mode = -1},
                               {.seccomp_mode = 0, .emulator = "gVisor"}};
  for (const Probe* probe : Registered<Probe>::All()) {
    for (const Circumstances& circumstances : all) {
      for (const int error : {EPERM, EACCES, ENOSYS, EINVAL, EBADF, ENOTTY, ENOPROTOOPT, EOPNOTSUPP,
                              EMFILE, EAGAIN, ESRCH, Answer::kNoEffect}) {
        const Attempted plain{Attempted::kAnswered, error, "", false};
        for (const SeccompReach& reach : {unable, earlier, reached}) {
          ExpectFix(Attributed(*probe, plain, reach, circumstances));
        }
      }
      const Attempted killed{Attempted::kSignalled, SIGSYS, "", false};
      ExpectFix(Attributed(*probe, killed, {}, circumstances));
    }
  }
}

}  // namespace
}  // namespace pidproof::refusal::fix_test
