#include "reports/document/fingerprint.h"

#include <gtest/gtest.h>

#include <functional>

#include "reports/document/sample_document_testing.h"

namespace pidproof::reports::fingerprint_test {
namespace {

struct Change {
  const char* what;
  std::function<void(Document&)> make;
};

std::string After(const Change& change) {
  Document document = sample::SampleDocument();
  change.make(document);
  return Fingerprint(document);
}

TEST(Fingerprint, IsTheSameForWhatDoesNotMatter) {
  const std::string plain = Fingerprint(sample::SampleDocument());
  EXPECT_EQ(plain.size(), 16u);
  const Change changes[] = {
      {"another day", [](Document& document) { document.run.started = "2027-01-01T00:00:00Z"; }},
      {"another seed", [](Document& document) { ++document.run.seed; }},
      {"another pace", [](Document& document) { document.run.slowdown = 7; }},
      {"another name", [](Document& document) { document.host.hostname = "other"; }},
      {"the digits themselves", [](Document& document) { document.host.fingerprint = "x"; }},
      {"an ordinary user's uid", [](Document& document) { document.host.uid = 1001; }},
      {"more processors", [](Document& document) { document.host.pid_max = 4'194'304; }},
      {"a second filter", [](Document& document) { document.host.seccomp_filters = 2; }},
      {"other words", [](Document& document) { document.features[0].evidence = "x"; }},
      {"a pretended world",
       [](Document& document) { document.features.back().availability = Availability::kUnclear; }},
  };
  for (const Change& change : changes) EXPECT_EQ(After(change), plain) << change.what;
}

TEST(Fingerprint, DiffersWithEverythingThatMatters) {
  const std::string plain = Fingerprint(sample::SampleDocument());
  const Change changes[] = {
      {"release", [](Document& document) { document.host.release += "1"; }},
      {"machine", [](Document& document) { document.host.machine = "aarch64"; }},
      {"root", [](Document& document) { document.host.uid = 0; }},
      {"mode", [](Document& document) { document.host.seccomp_mode = 0; }},
      {"Yama", [](Document& document) { document.host.ptrace_scope = 0; }},
      {"no_new_privs", [](Document& document) { document.host.no_new_privs = false; }},
      {"capabilities", [](Document& document) { document.host.capabilities = "none"; }},
      {"modules", [](Document& document) { document.host.security_modules = ""; }},
      {"user namespace", [](Document& document) { document.host.user_namespace = "inner"; }},
      {"PID namespace", [](Document& document) { document.host.pid_namespace = "initial"; }},
      {"container", [](Document& document) { document.host.container = ""; }},
      {"emulator", [](Document& document) { document.host.emulator = ""; }},
      {"C library", [](Document& document) { document.host.libc = ""; }},
      {"a feature",
       [](Document& document) { document.features[0].availability = Availability::kAbsent; }},
      {"an errno", [](Document& document) { document.features[0].errno_name = "EIO"; }},
      {"a culprit", [](Document& document) { document.features[0].refused_by = "lsm"; }},
  };
  for (const Change& change : changes) EXPECT_NE(After(change), plain) << change.what;
}

}  // namespace
}  // namespace pidproof::reports::fingerprint_test
