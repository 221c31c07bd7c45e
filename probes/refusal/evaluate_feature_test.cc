#include "probes/refusal/evaluate_feature.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <linux/seccomp.h>

#include <chrono>
#include <cstddef>

#include "probes/probe_target.h"
#include "probes/system/isolate.h"
#include "probes/system/machine.h"
#include "probes/worlds/filter_testing.h"
#include "probes/worlds/world.h"

namespace pidproof::refusal::evaluate_feature_test {
namespace {

constexpr std::chrono::seconds kDeadline{20};

sock_filter Load(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

// Answers EOWNERDEAD, which no other filter here answers, to exactly these calls.
std::vector<sock_filter> RefusingExactly(const std::vector<FilteredCall>& calls) {
  std::vector<sock_filter> program;
  for (const FilteredCall& call : calls) {
    std::vector<sock_filter> tests{
        Load(offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(call.number), 0, 0)};
    for (std::size_t i = 0; i < 6; ++i) {
      if (!call.arguments[i]) continue;
      tests.push_back(Load(offsetof(seccomp_data, args) + 8 * i));
      tests.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
                               static_cast<std::uint32_t>(*call.arguments[i]), 0, 0));
    }
    tests.push_back(BPF_STMT(BPF_RET | BPF_K, Answers(EOWNERDEAD)));
    for (std::size_t i = 1; i + 1 < tests.size(); i += 2) {
      tests[i].jf = static_cast<std::uint8_t>(tests.size() - i - 1);
    }
    program.insert(program.end(), tests.begin(), tests.end());
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, kAllow));
  return program;
}

// Only the attempt enters the world: how to make its target is found out before.
Availability InWorld(const Probe& probe, const World& world) {
  Attempted attempted;
  Isolate(
      Isolation::kChild, kDeadline,
      [&](const FrameWriter& up) {
        world.Enter();
        SendAttempt(probe, up);
      },
      [&](const Frame& frame) { attempted = ReadAttempt(frame).value_or(attempted); });
  return Conclude(probe, attempted).availability;
}

// The calls are those that the attempt makes, with its arguments: a filter that refuses these makes
// a present feature unavailable.
TEST(CallsOf, AreWhatTheAttemptRestsOn) {
  ProbeTarget::Prepare();
  std::size_t present = 0;
  for (const Probe* probe : Registered<Probe>::All()) {
    const std::vector<FilteredCall> calls = CallsOf(*probe);
    EXPECT_FALSE(calls.empty()) << probe->name;
    if (InWorld(*probe, World::Parse("native")) != Availability::kPresent) continue;
    ++present;
    World world{"refusing", "", {}};
    world.program = RefusingExactly(calls);
    EXPECT_NE(InWorld(*probe, world), Availability::kPresent) << probe->name;
  }
  EXPECT_GT(present, 20u);
}

Finding Native(std::string_view name, Availability availability = Availability::kPresent) {
  return {.probe = Registered<Probe>::Find(name),
          .availability = availability,
          .saw = "EINVAL",
          .evidence = "seen"};
}

Finding In(const std::string& world, const Finding& without) {
  return EvaluateFeature(*without.probe, CompileFilter(World::Parse(world)), without);
}

TEST(EvaluateFeature, ReportsWhatACallerSees) {
  struct Row {
    const char* world;
    const char* saw;
    const char* action;
  };
  for (const Row& row : {Row{"pidfd_open:kill", "SIGSYS", "KILL_PROCESS"},
                         Row{"pidfd_open:sigsys", "SIGSYS", "TRAP"},
                         Row{"pidfd_open:eperm", "EPERM", "ERRNO(EPERM)"},
                         Row{"pidfd_open:trace", "ENOSYS", "TRACE"},
                         Row{"pidfd_open:ok", "no effect", "ERRNO(0)"}}) {
    const Finding finding = In(row.world, Native("pidfd_open"));
    EXPECT_EQ(finding.availability, Availability::kFiltered) << row.world;
    EXPECT_EQ(finding.saw, row.saw);
    EXPECT_EQ(finding.refused_by, "seccomp");
    EXPECT_EQ(finding.confidence, "inferred");
    EXPECT_EQ(finding.kernel_has, "yes");
    EXPECT_TRUE(finding.evaluated);
    EXPECT_EQ(finding.evidence,
              std::string("evaluated, not run: pidfd_open is answered ") + row.action);
  }
}

TEST(EvaluateFeature, LetsThroughWhatTheFilterDoesNotRefuse) {
  const Finding present = In("pidfd_open:kill", Native("waitid/p_pidfd"));
  EXPECT_EQ(present.availability, Availability::kPresent);
  EXPECT_EQ(present.confidence, "inferred");
  EXPECT_TRUE(present.evaluated);
  EXPECT_NE(present.evidence.find("waitid reaches the kernel"), std::string::npos);
  const Finding absent = In("pidfd_open:kill", Native("waitid/p_pidfd", Availability::kAbsent));
  EXPECT_EQ(absent.availability, Availability::kAbsent);
}

TEST(EvaluateFeature, FixesTheKernelBesideTheFilterWhereItLacksTheFeature) {
  Finding lacking = Native("pidfd_open", Availability::kAbsent);
  lacking.fix = "Linux 5.3 or later";
  EXPECT_EQ(In("pidfd_open:kill", lacking).fix,
            "Linux 5.3 or later, and let pidfd_open through in the seccomp profile");
  EXPECT_EQ(In("pidfd_open:kill", Native("pidfd_open")).fix,
            "let pidfd_open through in the seccomp profile");
}

TEST(EvaluateFeature, ComparesTheArguments) {
  EXPECT_EQ(In("pidfd_open/thread:eperm", Native("pidfd_open/thread")).availability,
            Availability::kFiltered);
  EXPECT_EQ(In("pidfd_open/thread:eperm", Native("pidfd_open")).availability,
            Availability::kPresent);
  // The signal's target is not known.
  const Finding open = In("pidfd_send_signal/self:eperm", Native("pidfd_send_signal"));
  EXPECT_EQ(open.availability, Availability::kUnclear);
  EXPECT_NE(open.evidence.find("depends on its arguments"), std::string::npos) << open.evidence;
  // Refused in any case, but with which errno depends: a consumer may distinguish them.
  EXPECT_EQ(In("pidfd_send_signal/self:eperm,pidfd_send_signal:enosys", Native("pidfd_send_signal"))
                .availability,
            Availability::kUnclear);
}

TEST(EvaluateFeature, IsUnclearWhereNoCallGivesAPidfd) {
  const Finding poll = In("pidfd_open:eperm,clone:eperm,clone3:eperm", Native("poll"));
  EXPECT_EQ(poll.availability, Availability::kUnclear);
  EXPECT_EQ(In("pidfd_open:eperm,clone3:eperm", Native("poll")).availability,
            Availability::kPresent);
}

}  // namespace
}  // namespace pidproof::refusal::evaluate_feature_test
