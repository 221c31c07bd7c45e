#include "probes/world.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cstddef>
#include <cstring>
#include <stdexcept>

#include "probes/abi.h"

namespace pidproof {
namespace {

constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW;

// Runs a filter as the kernel would, for the few instructions that ours are made of.
std::uint32_t Evaluate(const std::vector<sock_filter>& program, const seccomp_data& data) {
  std::uint32_t accumulator = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program[at];
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + step.k,
                    sizeof accumulator);
        break;
      case BPF_ALU | BPF_AND | BPF_K:
        accumulator &= step.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += accumulator == step.k ? step.jt : step.jf;
        break;
      case BPF_RET | BPF_K:
        return step.k;
      default:
        ADD_FAILURE() << "unexpected instruction " << step.code;
        return 0;
    }
  }
  ADD_FAILURE() << "the filter has no end";
  return 0;
}

seccomp_data Call(long number, std::initializer_list<std::uint64_t> arguments = {}) {
  seccomp_data data{};
  data.nr = static_cast<int>(number);
  // Every filter begins by loading the architecture and comparing it.
  data.arch = CompileFilter(World::Parse("native"))[1].k;
  std::size_t at = 0;
  for (const std::uint64_t argument : arguments) data.args[at++] = argument;
  return data;
}

std::uint32_t Answers(int error) { return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error); }

TEST(World, RefusesTheCallAndNoNeighbour) {
  const auto filter = CompileFilter(World::Parse("pidfd_open:enosys"));
  EXPECT_EQ(Evaluate(filter, Call(SYS_pidfd_open)), Answers(ENOSYS));
  EXPECT_EQ(Evaluate(filter, Call(SYS_pidfd_send_signal)), kAllow);
  EXPECT_EQ(Evaluate(filter, Call(SYS_clone3)), kAllow);
}

TEST(World, RefusesInEachWay) {
  EXPECT_EQ(Evaluate(CompileFilter(World::Parse("clone3:eperm")), Call(SYS_clone3)),
            Answers(EPERM));
  EXPECT_EQ(Evaluate(CompileFilter(World::Parse("clone3:SIGSYS")), Call(SYS_clone3)),
            SECCOMP_RET_TRAP);
}

TEST(World, LooksAtTheArgumentsOfCallsWithOtherUses) {
  const auto filter = CompileFilter(World::Parse("all:eperm"));
  EXPECT_EQ(Evaluate(filter, Call(SYS_waitid, {P_PID})), kAllow);
  EXPECT_EQ(Evaluate(filter, Call(SYS_waitid, {abi::kIdPidfd})), Answers(EPERM));
  EXPECT_EQ(Evaluate(filter, Call(SYS_clone, {SIGCHLD})), kAllow);
  EXPECT_EQ(Evaluate(filter, Call(SYS_clone, {abi::kClonePidfd | SIGCHLD})), Answers(EPERM));
  EXPECT_EQ(Evaluate(filter, Call(SYS_getsockopt, {0, SOL_SOCKET, SO_PEERCRED})), kAllow);
  EXPECT_EQ(Evaluate(filter, Call(SYS_getsockopt, {0, SOL_SOCKET, abi::kSoPeerPidfd})),
            Answers(EPERM));
}

TEST(World, ChecksTheArchitectureWord) {
  const auto filter = CompileFilter(World::Parse("all:sigsys"));
  seccomp_data foreign = Call(SYS_pidfd_open);
  EXPECT_EQ(Evaluate(filter, foreign), SECCOMP_RET_TRAP);
  foreign.arch ^= 1;
  EXPECT_EQ(Evaluate(filter, foreign), kAllow);
}

TEST(World, BeforeFiveFourOnlyTheIdTypeIsUnknown) {
  const auto filter = CompileFilter(World::Parse("linux-5.3"));
  EXPECT_EQ(Evaluate(filter, Call(SYS_waitid, {abi::kIdPidfd})), Answers(EINVAL));
  EXPECT_EQ(Evaluate(filter, Call(SYS_waitid, {P_ALL})), kAllow);
}

TEST(World, NamesWhatItCannotParse) {
  const auto complaint = [](std::string_view text) -> std::string {
    try {
      World::Parse(text);
    } catch (const std::invalid_argument& mistake) {
      return mistake.what();
    }
    return "";
  };
  EXPECT_NE(complaint("nowhere").find("'nowhere' is not known"), std::string::npos);
  EXPECT_NE(complaint("pidfd_opne:enosys").find("no call 'pidfd_opne'"), std::string::npos);
  EXPECT_NE(complaint("clone3:enosis").find("'enosis' is no errno"), std::string::npos);
  EXPECT_NE(complaint("").find("not known"), std::string::npos);
  EXPECT_NE(complaint("clone3:eperm,").find("not known"), std::string::npos);
}

TEST(World, EveryRegisteredOneCompiles) {
  for (const World* world : Registered<World>::All()) {
    EXPECT_GE(CompileFilter(*world).size(), 5u) << world->name;
    EXPECT_FALSE(world->what.empty()) << world->name;
  }
}

}  // namespace
}  // namespace pidproof
