#include "probes/refusal/evaluate_filter.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <stdexcept>

#include "probes/system/isolate.h"
#include "probes/worlds/filter_testing.h"
#include "probes/worlds/world.h"

namespace pidproof::refusal::evaluate_filter_test {
namespace {

using Program = std::vector<sock_filter>;
using Actions = std::set<std::uint32_t>;

sock_filter LoadArgument(unsigned argument) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
                  static_cast<std::uint32_t>(offsetof(seccomp_data, args) + 8 * argument));
}
constexpr sock_filter kReturnA = BPF_STMT(BPF_RET | BPF_A, 0);
sock_filter Return(std::uint32_t action) { return BPF_STMT(BPF_RET | BPF_K, action); }

TEST(EvaluateFilter, GivesEveryAnswerThatUnknownArgumentsLeaveOpen) {
  const Program by_second = {LoadArgument(1), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, 7, 0, 1),
                             Return(Answers(EPERM)), Return(kAllow)};
  EXPECT_EQ(EvaluateFilter(by_second, {SYS_getpid}), (Actions{Answers(EPERM), kAllow}));
  EXPECT_EQ(EvaluateFilter(by_second, {SYS_getpid, {8}}), (Actions{Answers(EPERM), kAllow}));
  EXPECT_EQ(EvaluateFilter(by_second, {SYS_getpid, {{}, 8}}), Actions{Answers(EPERM)});
  EXPECT_EQ(EvaluateFilter(by_second, {SYS_getpid, {{}, 7}}), Actions{kAllow});
}

// What is computed from an unknown argument is unknown; overwriting makes it known again.
TEST(EvaluateFilter, FollowsTheUnknownThroughRegistersAndMemory) {
  const Program through = {LoadArgument(0),
                           BPF_STMT(BPF_ALU | BPF_ADD | BPF_K, 1),
                           BPF_STMT(BPF_ST, 3),
                           BPF_STMT(BPF_LD | BPF_IMM, 5),
                           BPF_STMT(BPF_LDX | BPF_MEM, 3),
                           BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_X, 0, 0, 1),
                           Return(Answers(EPERM)),
                           Return(kAllow)};
  EXPECT_EQ(EvaluateFilter(through, {SYS_getpid}).size(), 2u);
  EXPECT_EQ(EvaluateFilter(through, {SYS_getpid, {4}}), Actions{Answers(EPERM)});
  Program known = through;
  known[4] = BPF_STMT(BPF_LDX | BPF_IMM, 5);
  EXPECT_EQ(EvaluateFilter(known, {SYS_getpid}), Actions{Answers(EPERM)});
}

// For each operation, the errno that results: from the kernel, for a real call.
TEST(EvaluateFilter, ComputesAsTheKernelDoes) {
  constexpr int kFirst = 6;
  constexpr int kSecond = 2;
  for (const unsigned operation :
       {BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_AND, BPF_OR, BPF_XOR, BPF_LSH, BPF_RSH, BPF_NEG}) {
    Program program = {LoadArgument(1),
                       BPF_STMT(BPF_MISC | BPF_TAX, 0),
                       LoadArgument(0),
                       {static_cast<std::uint16_t>(BPF_ALU | operation | BPF_X), 0, 0, 0},
                       BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xff),
                       BPF_STMT(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO),
                       kReturnA};
    if (operation == BPF_NEG) program[3].code = BPF_ALU | BPF_NEG;
    Program only_there = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 1, 0),
                          Return(kAllow)};
    only_there.insert(only_there.end(), program.begin(), program.end());
    World world{"computing", "", {}};
    world.program = only_there;
    int answered = -1;
    Isolate(
        Isolation::kChild, std::chrono::seconds(20),
        [&](const FrameWriter& up) {
          world.Enter();
          errno = 0;
          getpriority(static_cast<__priority_which_t>(kFirst), kSecond);
          up.Send('e', std::to_string(errno));
        },
        [&](const Frame& frame) { answered = std::stoi(std::string(frame.bytes)); });
    EXPECT_EQ(EvaluateFilter(only_there, Call(SYS_getpriority, {kFirst, kSecond})),
              Actions{Answers(answered)})
        << operation;
  }
}

TEST(EvaluateFilter, RefusesWhatTheKernelWouldRefuse) {
  const auto refuses = [](const Program& program) {
    EXPECT_THROW(EvaluateFilter(program, {SYS_getpid}), std::invalid_argument);
  };
  refuses({});
  refuses({LoadArgument(0)});                                        // without a return
  refuses({BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0), Return(kAllow)});  // half a word
  refuses({BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), Return(kAllow)});  // misaligned
  refuses({BPF_STMT(BPF_LD | BPF_W | BPF_ABS, sizeof(seccomp_data)), Return(kAllow)});
  refuses({BPF_STMT(BPF_LD | BPF_W | BPF_IND, 0), Return(kAllow)});  // for packets only
  refuses({BPF_STMT(BPF_ST, BPF_MEMWORDS), Return(kAllow)});
}

TEST(EvaluateFilter, NamesActionsAsTheManualDoes) {
  EXPECT_EQ(ActionName(SECCOMP_RET_KILL_PROCESS), "KILL_PROCESS");
  EXPECT_EQ(ActionName(SECCOMP_RET_KILL_THREAD), "KILL_THREAD");
  EXPECT_EQ(ActionName(SECCOMP_RET_TRAP), "TRAP");
  EXPECT_EQ(ActionName(Answers(ENOSYS)), "ERRNO(ENOSYS)");
  EXPECT_EQ(ActionName(Answers(0)), "ERRNO(0)");
  EXPECT_TRUE(ReachesKernel(SECCOMP_RET_LOG));
  EXPECT_FALSE(ReachesKernel(SECCOMP_RET_TRACE));
}

}  // namespace
}  // namespace pidproof::refusal::evaluate_filter_test
