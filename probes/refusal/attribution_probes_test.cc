// What holds of the attribution of every probe, and what probes have seen themselves.
#include <errno.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>

#include "probes/refusal/attribution.h"

namespace pidproof {
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
  // A filter that answers before the kernel is the culprit all the same.
  const SeccompReach refused{
      .how = SeccompReach::kNotified, .why = "", .told = false, .answer = std::nullopt};
  Finding finding = Conclude(ring, plain);
  AttributeRefusal(finding, plain, refused, {.seccomp_mode = 2});
  EXPECT_EQ(Words(finding), "filtered by seccomp (proven)");
}

}  // namespace
}  // namespace pidproof
