// What applies to the attribution of every probe, and to what probes report themselves.
#include <errno.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <signal.h>

#include <string>

#include "probes/refusal/attribution.h"

namespace pidproof::refusal::attribution_probes_test {
namespace {

std::string Words(const Finding& finding) {
  return fmt::format("{} by {} ({})", Word(finding.availability), finding.refused_by,
                     finding.confidence);
}

TEST(Attribute, BlamesNoFilterWhereNoneIsInstalled) {
  const Circumstances unfiltered{.seccomp_mode = 0, .kernel = {6, 18}};
  for (const Probe* probe : Registered<Probe>::All()) {
    for (const int error : {EPERM, EACCES, ENOSYS, EINVAL, EROFS, EBADF, ENOENT, EOPNOTSUPP}) {
      for (const bool before_kernel : {false, true}) {
        const Attempted plain{Attempted::kAnswered, error, "", before_kernel};
        Finding finding = Conclude(*probe, plain);
        AttributeRefusal(finding, plain, {}, unfiltered);
        EXPECT_NE(finding.availability, Availability::kFiltered) << probe->name << " " << error;
        EXPECT_NE(finding.refused_by, "seccomp") << probe->name << " " << error;
        const bool release = finding.fix.starts_with("Linux ");
        EXPECT_TRUE(!release || probe->since > Release({6, 18})) << probe->name << finding.fix;
      }
    }
    const Attempted killed{Attempted::kSignalled, SIGSYS, "", false};
    Finding finding = Conclude(*probe, killed);
    AttributeRefusal(finding, killed, {}, unfiltered);
    EXPECT_NE(finding.availability, Availability::kFiltered) << probe->name << " SIGSYS";
  }
}

TEST(Attribute, NamesASysctlThatTheAttemptHasSeen) {
  const Probe& ring = *Registered<Probe>::Find("io_uring/waitid");
  Attempted plain{Attempted::kAnswered, EPERM, "kernel.io_uring_disabled is 2", false};
  plain.refused_by = "sysctl";
  plain.fix = "kernel.io_uring_disabled=0";
  for (const int mode : {0, 2, -1}) {
    Finding finding = Conclude(ring, plain);
    AttributeRefusal(finding, plain, {}, {.seccomp_mode = mode});
    EXPECT_EQ(Words(finding), "denied by sysctl (inferred)") << mode;
    EXPECT_EQ(finding.fix, "kernel.io_uring_disabled=0");
    EXPECT_EQ(finding.kernel_has, "unknown");
  }
  // A filter that answers before the kernel is to blame all the same.
  const SeccompReach refused{
      .how = SeccompReach::kNotified, .why = "", .notified = false, .answer = std::nullopt};
  Finding finding = Conclude(ring, plain);
  AttributeRefusal(finding, plain, refused, {.seccomp_mode = 2});
  EXPECT_EQ(Words(finding), "filtered by seccomp (proven)");
}

// Needs trace permission.
const Probe kTakes{
    .name = "pidfd_getfd/sibling",
    .since = {5, 6},
    .what = "",
    .tries = "pidfd_getfd of a sibling",
    .source = "",
    .calls = {"pidfd_getfd"},
    .attempt = []() -> Answer { return 0; },
    .present = {0},
    .absent = {ENOSYS},
    .denied = {EPERM},
    .capability = CAP_SYS_PTRACE,
};

TEST(Attribute, NamesYamaWhereConsentChangesTheAnswer) {
  Attempted plain{Attempted::kAnswered, EPERM, "", false, true};
  Finding finding = Conclude(kTakes, plain);
  AttributeRefusal(finding, plain, {}, {.seccomp_mode = 0, .ptrace_scope = 1});
  EXPECT_EQ(Words(finding), "denied by yama (proven)");
  plain.by_yama = false;
  const auto without_consent = [&](const Circumstances& circumstances) {
    Finding other = Conclude(kTakes, plain);
    AttributeRefusal(other, plain, {}, circumstances);
    return Words(other);
  };
  const auto has_not = [](int) { return false; };
  const auto has = [](int) { return true; };
  EXPECT_EQ(without_consent({.seccomp_mode = 0, .has_capability = has_not, .ptrace_scope = 2}),
            "denied by yama (inferred)");
  EXPECT_EQ(without_consent({.seccomp_mode = 0, .has_capability = has_not, .ptrace_scope = 0}),
            "denied by capability (inferred)");
  EXPECT_EQ(without_consent({.seccomp_mode = 0, .has_capability = has, .ptrace_scope = 2}),
            "denied by namespace (inferred)");
}

}  // namespace
}  // namespace pidproof::refusal::attribution_probes_test
