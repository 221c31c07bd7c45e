#include "reports/fingerprint.h"

#include <gtest/gtest.h>

#include <functional>

#include "reports/sample_document.h"

namespace pidproof::reports {
namespace {

struct Change {
  const char* what;
  std::function<void(Matrix&)> make;
};

std::string After(const Change& change) {
  Matrix matrix = sample::SampleDocument();
  change.make(matrix);
  return Fingerprint(matrix);
}

TEST(Fingerprint, IsTheSameForWhatDoesNotMatter) {
  const std::string plain = Fingerprint(sample::SampleDocument());
  EXPECT_EQ(plain.size(), 16u);
  const Change changes[] = {
      {"another day", [](Matrix& matrix) { matrix.run.started = "2027-01-01T00:00:00Z"; }},
      {"another seed", [](Matrix& matrix) { ++matrix.run.seed; }},
      {"another pace", [](Matrix& matrix) { matrix.run.pace = 7; }},
      {"another name", [](Matrix& matrix) { matrix.host.hostname = "other"; }},
      {"the digits themselves", [](Matrix& matrix) { matrix.host.fingerprint = "x"; }},
      {"an ordinary user's number", [](Matrix& matrix) { matrix.host.uid = 1001; }},
      {"other words", [](Matrix& matrix) { matrix.features[0].evidence = "x"; }},
      {"a pretended world",
       [](Matrix& matrix) { matrix.features.back().availability = "unclear"; }},
  };
  for (const Change& change : changes) EXPECT_EQ(After(change), plain) << change.what;
}

TEST(Fingerprint, DiffersWithEverythingThatMatters) {
  const std::string plain = Fingerprint(sample::SampleDocument());
  const Change changes[] = {
      {"release", [](Matrix& matrix) { matrix.host.release += "1"; }},
      {"machine", [](Matrix& matrix) { matrix.host.machine = "aarch64"; }},
      {"root", [](Matrix& matrix) { matrix.host.uid = 0; }},
      {"pid_max", [](Matrix& matrix) { matrix.host.pid_max.reset(); }},
      {"filters", [](Matrix& matrix) { matrix.host.seccomp_filters = 2; }},
      {"mode", [](Matrix& matrix) { matrix.host.seccomp_mode = 0; }},
      {"Yama", [](Matrix& matrix) { matrix.host.ptrace_scope = 0; }},
      {"no_new_privs", [](Matrix& matrix) { matrix.host.no_new_privs = false; }},
      {"capabilities", [](Matrix& matrix) { matrix.host.capabilities = "none"; }},
      {"modules", [](Matrix& matrix) { matrix.host.security_modules = ""; }},
      {"user namespace", [](Matrix& matrix) { matrix.host.user_namespace = "inner"; }},
      {"pid namespace", [](Matrix& matrix) { matrix.host.pid_namespace = "initial"; }},
      {"container", [](Matrix& matrix) { matrix.host.container = ""; }},
      {"emulator", [](Matrix& matrix) { matrix.host.emulator = ""; }},
      {"C library", [](Matrix& matrix) { matrix.host.libc = ""; }},
      {"a feature", [](Matrix& matrix) { matrix.features[0].availability = "absent"; }},
      {"an errno", [](Matrix& matrix) { matrix.features[0].errno_name = "EIO"; }},
      {"a culprit", [](Matrix& matrix) { matrix.features[0].refused_by = "lsm"; }},
  };
  for (const Change& change : changes) EXPECT_NE(After(change), plain) << change.what;
}

}  // namespace
}  // namespace pidproof::reports
