#include "reports/text/text.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "reports/document/sample_document_testing.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::text::text_test {
namespace {

std::string Plain(const Document& document) { return Text(document, {}); }

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::size_t Times(const std::string& text, const std::string& part) {
  std::size_t times = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++times;
  return times;
}

TEST(Text, OpensWithWhatWasRunWhere) {
  EXPECT_TRUE(Plain(sample::SampleDocument())
                  .starts_with("pidproof 0.1.0 | Linux 6.12.43+deb13-amd64 | x86_64 | "
                               "isolation: user namespace\n"));
}

TEST(Text, OpensCostsAloneWithWhatIsThere) {
  Document document;
  document.tool = "pidproof 0.1.0";
  document.host.release = "6.1";
  document.host.machine = "x86_64";
  document.host.libc = "glibc 2.36";
  document.run.started = "2026-04-01T12:00:00Z";
  document.benchmarks = sample::SampleBenchmarks();
  EXPECT_TRUE(Plain(document).starts_with(
      "pidproof 0.1.0 | Linux 6.1 | x86_64\n"
      "2026-04-01T12:00:00Z | slowdown 1.0 | uid 0 | glibc 2.36\n\nCOSTS"))
      << Plain(document);
  document.run.seconds = 31;
  EXPECT_TRUE(Has(Plain(document), "12:00:00Z | 31.0 s | slowdown"));
}

TEST(Text, AlignsFeatures) {
  EXPECT_TRUE(Has(Plain(sample::SampleDocument()), R"(
FEATURES in native
  feature               since  here      answer
  pidfd_open            5.3    present   ok
  pidfd_open/nonblock   5.10   present   ok
  pidfd_send_signal     5.1    present   ok
  waitid/p_pidfd        5.4    present   ECHILD
  pidfd_getfd           5.6    filtered  EPERM
      pidfd_getfd(-1, 0, 0) answered EPERM where a kernel answers EBADF, with or without the
      feature: a filter answers
)"));
}

TEST(Text, OtherWorldsShowTheirDifferencesAndSaySo) {
  const std::string text = Plain(sample::SampleDocument());
  EXPECT_TRUE(Has(text, R"(
FEATURES in enosys  only the 2 of 3 that differ from native
  feature              since  here      answer
  pidfd_open           5.3    filtered  ENOSYS
  pidfd_open/nonblock  5.10   filtered  ENOSYS

)"));
  EXPECT_TRUE(Has(text, "SCENARIOS in enosys  only the 1 of 2 that differ from native\n"));
}

TEST(Text, AWorldThatChangesNothingSaysSo) {
  Document document = sample::SampleDocument();
  document.features[8].availability = Availability::kPresent;
  document.features[9].availability = Availability::kPresent;
  EXPECT_TRUE(Has(Plain(document), "FEATURES in enosys  all 3 as in native\n"));
}

TEST(Text, PutsThePathsSideBySide) {
  EXPECT_TRUE(Has(Plain(sample::SampleDocument()), R"(
  conformance          pidfd             legacy_pid
  nonblock/wait_alive  upheld            upheld
  zombie/signal        violated          upheld
    pidfd       esrch: unexpected outcome, although a zombie keeps its PID until its parent waits
                for it
  getfd/copy           unsupported       unsupported [1]
    pidfd       needs pidfd_getfd, which is filtered
)"));
}

TEST(Text, ShowsTheCountsOfTorture) {
  const std::string text = Plain(sample::SampleDocument());
  EXPECT_TRUE(Has(text, R"(
  torture              pidfd             legacy_pid
  pid_reuse/signal     upheld, strong    hazardous
    pidfd       251,034 trials, 25,103 per second (bare create and reap: 41,200)
                esrch 250,100   ok 934
                harm: 0 in 251,034 opportunities: with 95 % confidence fewer than 1 in 83,700
                window (acts at once) open in 100 % of the trials, missed by little in 12; 2 workers
                first to begin: signal 60 %, reap 40 %
                stopped early: the host PID budget was used up (--allow-pid-wrap lifts it)
    legacy_pid  260,000 trials, 26,000 per second (bare create and reap: 41,200)
                hit_stranger 258,999   esrch 1,000   ok 1
                window open in 100 % of the trials
                hit_stranger: kill(2) looks up the PID on each use
  pid_reuse/open       hazardous         -
)"));
  EXPECT_FALSE(Has(text, "no stranger was hit"));
}

TEST(Text, PrintsASharedReasonOnce) {
  const std::string text = Plain(sample::SampleDocument());
  EXPECT_EQ(Times(text, "a PID has no such call"), 1U);
  EXPECT_TRUE(Has(text, "  [1] a PID has no such call: the scenario is about pidfds only\n"));
  Document document = sample::SampleDocument();
  document.cells[9].why = "another reason";
  EXPECT_EQ(Times(Plain(document), "a PID has no such call"), 2U);  // two are not many
}

TEST(Text, ClosesWithASummary) {
  EXPECT_TRUE(Plain(sample::SampleDocument()).ends_with(R"(
SUMMARY
  features  4 present  1 absent  1 filtered  1 denied  1 unclear
  verdicts  6 upheld  2 hazardous  1 violated  1 inconclusive  5 unsupported  1 hung  1 crashed
            1 broken
  evidence  1 upheld race: 1 strong (harm in fewer than 1 of 1,000 opportunities), 0 fair (1 of
            100), 0 weak
  1 violated, 4 could not be decided. 1 known kernel bug met. The kernel reported trouble (2 lines
  in kernel_log).
)"));
}

TEST(Text, QuotesTheKernelWhereItReportedTrouble) {
  Document document = sample::SampleDocument();
  EXPECT_TRUE(Has(Plain(document), R"(
KERNEL LOG  own kernel
      31.250  warning    WARNING: CPU: 1 PID: 412 at kernel/pid.c:7 f+0x1/0x2
              taint      kernel.tainted was 0 and is 512 (new: W)
)"));
  document.kernel_log->clear();
  EXPECT_FALSE(Has(Plain(document), "KERNEL LOG"));
}

TEST(Text, VerboseLeavesNothingOut) {
  const Document document = sample::SampleDocument();
  const std::string text = Text(document, {.colour = false, .verbose = true});
  EXPECT_TRUE(Has(text, "signal 0 to ourselves was accepted"));
  EXPECT_TRUE(Has(text, "Does a signal reach a child that has ended and was not reaped?"));
  EXPECT_TRUE(Has(text, "no stranger was hit"));
  EXPECT_FALSE(Has(Plain(document), "signal 0 to ourselves was accepted"));
}

TEST(Text, NothingIsWiderThanTheTerminal) {
  for (const bool verbose : {false, true}) {
    std::istringstream text(Text(sample::SampleDocument(), {.colour = false, .verbose = verbose}));
    for (std::string line; std::getline(text, line);) {
      EXPECT_LE(Width(line), 100U) << line;
      EXPECT_FALSE(line.ends_with(' ')) << line;
    }
  }
}

TEST(Text, ColoursOnlyWhenAsked) {
  const Document document = sample::SampleDocument();
  EXPECT_FALSE(Has(Plain(document), "\x1b"));
  const std::string text = Text(document, {.colour = true, .verbose = false});
  EXPECT_TRUE(Has(text, "\x1b[32mupheld\x1b[0m\x1b[2m, strong\x1b[0m    \x1b[33mhazardous\x1b[0m"));
  EXPECT_TRUE(Has(text, "\x1b[1;31mviolated\x1b[0m"));
  EXPECT_TRUE(Has(text, "\x1b[2munsupported\x1b[0m"));
  for (const std::string word : {"hung", "crashed", "broken", "inconclusive"}) {
    EXPECT_TRUE(Has(text, "\x1b[35m" + word + "\x1b[0m")) << word;
  }
  std::string stripped;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b')
      i = text.find('m', i);
    else
      stripped += text[i];
  }
  EXPECT_EQ(stripped, Plain(document));
}

TEST(Text, StringsOfTheDocumentCannotSteerTheTerminal) {
  const std::string text = Plain(sample::HostileDocument());
  EXPECT_FALSE(Has(text, "\x1b"));
  EXPECT_FALSE(Has(text, "\x07"));
  EXPECT_FALSE(Has(text, "\xff"));
  EXPECT_TRUE(Has(text, "</script><script>alert(4)</script>?]0;title?"));
}

TEST(Text, WhatWasNotAskedHasNoHeading) {
  Document document = sample::SampleDocument();
  document.features.clear();
  EXPECT_FALSE(Has(Plain(document), "FEATURES"));
  EXPECT_TRUE(Has(Plain(document), "SCENARIOS in native"));
  document = sample::SampleDocument();
  document.cells.clear();
  EXPECT_FALSE(Has(Plain(document), "SCENARIOS"));
}

TEST(Text, AnEmptyDocumentHasOnlyItsEnds) {
  const std::string text = Plain(Document());
  EXPECT_FALSE(Has(text, "FEATURES"));
  EXPECT_FALSE(Has(text, "SCENARIOS"));
  EXPECT_TRUE(Has(text, "  features  none\n  verdicts  none\n"));
}

}  // namespace
}  // namespace pidproof::reports::text::text_test
