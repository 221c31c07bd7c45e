#include "probes/refusal/kernel_evidence.h"

#include <errno.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "probes/refusal/attribution.h"

namespace pidproof::refusal::kernel_evidence_test {
namespace {

// A row of the registry. kOther: a row of another release.
Probe Row(const char* name, const char* call, Release since, std::vector<int> absent,
          std::vector<int> denied = {}) {
  return {.name = name,
          .since = since,
          .what = "",
          .tries = "it",
          .source = "",
          .calls = call == nullptr ? std::vector<std::string_view>{}
                                   : std::vector<std::string_view>{call},
          .attempt = nullptr,
          .present = {0},
          .absent = std::move(absent),
          .denied = std::move(denied)};
}

const Probe kOpen = Row("pidfd_open", "pidfd_open", {5, 3}, {ENOSYS});
const Probe kThread = Row("pidfd_open/thread", "pidfd_open", {6, 9}, {EINVAL, ENOSYS});
const Probe kGetfd = Row("pidfd_getfd", "pidfd_getfd", {5, 6}, {ENOSYS});
const Probe kGetfdChild = Row("pidfd_getfd/child", "pidfd_getfd", {5, 6}, {ENOSYS}, {EPERM});
const Probe kMadvise = Row("process_madvise", "process_madvise", {5, 10}, {ENOSYS});
const Probe kIoctl = Row("ioctl/time_namespace", "ioctl", {6, 11}, {ENOTTY, EOPNOTSUPP});
const Probe kPidfs = Row("pidfs", nullptr, {6, 9}, {Answer::kNoEffect});

struct Seen {
  const Probe& probe;
  int answer;
};

template <Symbol kSymbol>
Symbol Shows(std::string_view) {
  return kSymbol;
}
constexpr auto kUnreadable = Shows<Symbol::kUnreadable>;

// The finding for the first row, in a process with a filter and no way to ask the kernel.
Finding FirstFinding(const std::vector<Seen>& rows, Release kernel,
                     Symbol (*symbol)(std::string_view), int mode = 2) {
  const Circumstances circumstances{.seccomp_mode = mode, .symbol = symbol, .kernel = kernel};
  SeccompReach unable;
  unable.why = "EPERM";
  std::vector<Finding> findings;
  for (const Seen& row : rows) {
    const Attempted plain{.how = Attempted::kAnswered, .number = row.answer, .text = ""};
    findings.push_back(Conclude(row.probe, plain));
    AttributeRefusal(findings.back(), plain, unable, circumstances);
  }
  Corroborate(findings, circumstances);
  return findings.front();
}

std::string InWords(const Finding& finding) {
  std::string words(Word(finding.availability));
  if (!finding.refused_by.empty()) words += " by " + finding.refused_by;
  return words + ", kernel " + finding.kernel_has;
}

struct Case {
  const char* what;
  std::vector<Seen> rows;
  Release kernel;
  Symbol (*symbol)(std::string_view);
  const char* finding;
  int mode = 2;
};

void PrintTo(const Case& it, std::ostream* out) { *out << it.what; }

constexpr char kFiltered[] = "filtered by seccomp, kernel yes";
constexpr char kAbsent[] = "absent by kernel, kernel no";
constexpr char kUnclear[] = "unclear, kernel unknown";

class WhereItCannotBeAsked : public testing::TestWithParam<Case> {};

TEST_P(WhereItCannotBeAsked, TheOtherEvidenceDecides) {
  const Case& it = GetParam();
  const Finding finding = FirstFinding(it.rows, it.kernel, it.symbol, it.mode);
  EXPECT_EQ(InWords(finding), it.finding) << it.what << ": " << finding.evidence;
  const bool blames_release = finding.fix.starts_with("Linux ");
  EXPECT_TRUE(!blames_release || it.kernel < it.rows.front().probe.since) << finding.fix;
  EXPECT_EQ(finding.kernel_has == "no", finding.refused_by == "kernel");
}

INSTANTIATE_TEST_SUITE_P(
    Cases, WhereItCannotBeAsked,
    testing::Values(
        Case{"symbols name the call",
             {{kOpen, ENOSYS}},
             {6, 18},
             Shows<Symbol::kBuiltIn>,
             kFiltered},
        Case{"symbols name the call, old release (a backport)",
             {{kOpen, ENOSYS}},
             {4, 18},
             Shows<Symbol::kBuiltIn>,
             kFiltered},
        Case{"symbols name the call, mode not known",
             {{kOpen, ENOSYS}},
             {6, 18},
             Shows<Symbol::kBuiltIn>,
             kFiltered,
             -1},
        Case{"symbols lack the call", {{kOpen, ENOSYS}}, {5, 2}, Shows<Symbol::kMissing>, kAbsent},
        Case{"symbols lack the call, new release",
             {{kOpen, ENOSYS}},
             {6, 18},
             Shows<Symbol::kMissing>,
             kAbsent},
        Case{
            "built without the call", {{kMadvise, ENOSYS}}, {6, 18}, Shows<Symbol::kStub>, kAbsent},
        Case{"release is late enough", {{kOpen, ENOSYS}}, {6, 18}, kUnreadable, kFiltered},
        Case{"release is late enough, a call that may be left out",
             {{kMadvise, ENOSYS}},
             {6, 18},
             kUnreadable,
             kUnclear},
        Case{"release is too old for the call", {{kOpen, ENOSYS}}, {5, 2}, kUnreadable, kUnclear},
        Case{"nothing is known", {{kOpen, ENOSYS}}, {}, kUnreadable, kUnclear},
        Case{"another row of the call is present, later",
             {{kOpen, ENOSYS}, {kThread, 0}},
             {},
             kUnreadable,
             kFiltered},
        Case{"another row of the call is present, earlier",
             {{kThread, EINVAL}, {kOpen, 0}},
             {},
             kUnreadable,
             kUnclear},
        Case{"an old release's answer",
             {{kThread, EINVAL}, {kOpen, 0}},
             {6, 1},
             kUnreadable,
             kAbsent},
        Case{"an old release's answer from a new one",
             {{kThread, EINVAL}, {kOpen, 0}},
             {6, 18},
             kUnreadable,
             kFiltered},
        Case{"no such call, though a symbol names it",
             {{kThread, ENOSYS}},
             {6, 1},
             Shows<Symbol::kBuiltIn>,
             "filtered by seccomp, kernel unknown"},
        Case{"pidfs rests on it", {{kOpen, ENOSYS}, {kPidfs, 0}}, {}, kUnreadable, kFiltered},
        Case{"pidfs does not rest on it",
             {{kThread, EINVAL}, {kPidfs, 0}},
             {},
             kUnreadable,
             kUnclear},
        Case{"no effect is no filter's",
             {{kIoctl, Answer::kNoEffect}},
             {6, 18},
             kUnreadable,
             kUnclear},
        Case{"not built in, perhaps",
             {{kIoctl, EOPNOTSUPP}},
             {6, 18},
             Shows<Symbol::kBuiltIn>,
             kUnclear},
        Case{"no kernel says EPERM", {{kOpen, EPERM}}, {6, 18}, kUnreadable, kFiltered},
        Case{"no right, as the whole call is refused",
             {{kGetfdChild, EPERM}, {kGetfd, EPERM}},
             {6, 18},
             kUnreadable,
             kFiltered},
        Case{"no right, the call itself is allowed",
             {{kGetfdChild, EPERM}, {kGetfd, 0}},
             {6, 18},
             kUnreadable,
             "denied by lsm, kernel yes"},
        Case{"no filter is installed", {{kOpen, ENOSYS}}, {6, 18}, kUnreadable, kAbsent, 0},
        Case{"no filter is installed, no kernel says EPERM",
             {{kOpen, EPERM}},
             {6, 18},
             kUnreadable,
             "denied by lsm, kernel yes",
             0}));

TEST(CompareWithNative, KnowsThatOneKernelIsOneKernel) {
  const auto column = [](int answer) {
    return std::vector<Finding>{FirstFinding({{kMadvise, answer}}, {6, 18}, kUnreadable)};
  };
  std::vector<Finding> refused = column(ENOSYS);
  ASSERT_EQ(InWords(refused.front()), kUnclear);
  CompareWithNative(column(0), refused);
  EXPECT_EQ(InWords(refused.front()), kFiltered);
  EXPECT_EQ(
      refused.front().fix,
      "let process_madvise through in the seccomp profile (Docker's does with CAP_SYS_PTRACE)");

  refused = column(ENOSYS);
  CompareWithNative({FirstFinding({{kMadvise, ENOSYS}}, {5, 4}, kUnreadable, 0)}, refused);
  EXPECT_EQ(InWords(refused.front()), kAbsent);
  EXPECT_EQ(refused.front().fix, "Linux 5.10 or later");

  refused = column(ENOSYS);
  CompareWithNative(column(ENOSYS), refused);
  EXPECT_EQ(InWords(refused.front()), kUnclear);
}

TEST(SyscallOf, NamesTheSystemCallOfEachRefusableCall) {
  EXPECT_EQ(SyscallOf("waitid/p_pidfd"), "waitid");
  EXPECT_EQ(SyscallOf("ioctl_getversion"), "ioctl");
  EXPECT_EQ(SyscallOf("pidfd_open"), "pidfd_open");
}

}  // namespace
}  // namespace pidproof::refusal::kernel_evidence_test
