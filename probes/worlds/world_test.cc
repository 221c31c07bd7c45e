#include "probes/worlds/world.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <set>
#include <stdexcept>

#include "probes/system/abi.h"
#include "probes/system/isolate.h"
#include "probes/worlds/filter_testing.h"

namespace pidproof::world_test {
namespace {

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

TEST(World, ComparesTheArgumentsOfCallsWithOtherUses) {
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
  refusal::FilteredCall foreign = Call(SYS_pidfd_open);
  EXPECT_EQ(Evaluate(filter, foreign), SECCOMP_RET_TRAP);
  foreign.arch ^= 1;
  EXPECT_EQ(Evaluate(filter, foreign), kAllow);
}

TEST(World, BeforeFiveFourOnlyTheIdTypeIsUnknown) {
  const auto filter = CompileFilter(World::Parse("linux-5.3"));
  EXPECT_EQ(Evaluate(filter, Call(SYS_waitid, {abi::kIdPidfd})), Answers(EINVAL));
  EXPECT_EQ(Evaluate(filter, Call(SYS_waitid, {P_ALL})), kAllow);
}

TEST(World, KeepsWhatIsForTrialsFromAllElse) {
  const World world = World::Parse("trial:pidfd_open:enosys");
  EXPECT_EQ(world.name, "trial:pidfd_open:enosys");
  EXPECT_TRUE(world.filters() && world.pretends());
  EXPECT_FALSE(world.OutsideTrials().filters());
  EXPECT_TRUE(World::Parse("pidfd_open:enosys").OutsideTrials().filters());
  EXPECT_FALSE(World::Parse("trial:docker-now").OutsideTrials().filters());
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
  EXPECT_NE(complaint("clone3:enosis").find("'enosis' is not an errno"), std::string::npos);
  EXPECT_NE(complaint("").find("not known"), std::string::npos);
  EXPECT_NE(complaint("trial:native").find("'native' refuses no call"), std::string::npos);
  EXPECT_NE(complaint("trial:trial:setns:ok").find("refuses no call"), std::string::npos);
  EXPECT_NE(complaint("clone3:eperm,").find("not known"), std::string::npos);
}

TEST(World, EveryRegisteredOneCompiles) {
  const std::vector<std::string_view> calls = RefusableCalls();
  const std::vector<std::string_view> uses = RefusableUses();
  std::set<std::string_view> known(calls.begin(), calls.end());
  known.insert(uses.begin(), uses.end());
  EXPECT_EQ(known.size(), calls.size() + uses.size());
  std::set<std::string_view> names;
  for (const World* world : Registered<World>::All()) {
    EXPECT_TRUE(names.insert(world->name).second) << world->name << " twice";
    EXPECT_FALSE(world->what.empty()) << world->name;
    EXPECT_EQ(world->what.find('\n'), std::string::npos) << world->name;
    for (const Refusal& refusal : world->refusals) {
      ASSERT_TRUE(known.contains(refusal.call)) << world->name << " " << refusal.call;
    }
    EXPECT_GE(CompileFilter(*world).size(), 5u) << world->name;
    EXPECT_EQ(world->filters() || world->confines(), world->name != "native") << world->name;
  }
}

TEST(World, DistinguishesUsesOfACallByOneArgument) {
  const auto answer = [](std::string_view refusal, const refusal::FilteredCall& call) {
    return Evaluate(CompileFilter(World::Parse(refusal)), call);
  };
  const auto nonblock = Call(SYS_pidfd_open, {1, abi::kPidfdNonblock});
  const auto thread = Call(SYS_pidfd_open, {1, abi::kPidfdThread});
  EXPECT_EQ(answer("pidfd_open/nonblock:einval", nonblock), Answers(EINVAL));
  EXPECT_EQ(answer("pidfd_open/nonblock:einval", thread), kAllow);
  EXPECT_EQ(answer("pidfd_open/thread:einval", thread), Answers(EINVAL));
  EXPECT_EQ(answer("pidfd_open/thread:einval", Call(SYS_pidfd_open, {1, 0})), kAllow);
  EXPECT_EQ(answer("pidfd_send_signal/flags:einval", Call(SYS_pidfd_send_signal, {3, 9, 0, 4})),
            Answers(EINVAL));
  EXPECT_EQ(answer("pidfd_send_signal/flags:einval", Call(SYS_pidfd_send_signal, {3, 9, 0, 0})),
            kAllow);
  const auto self = Call(SYS_pidfd_send_signal, {static_cast<std::uint64_t>(-10000), 0, 0, 0});
  const auto bad = Call(SYS_pidfd_send_signal, {static_cast<std::uint64_t>(-1), 0, 0, 0});
  EXPECT_EQ(answer("pidfd_send_signal/self:ebadf", self), Answers(EBADF));
  EXPECT_EQ(answer("pidfd_send_signal/self:ebadf", bad), kAllow);
  EXPECT_EQ(answer("pidfd_send_signal/self_group:ebadf", self), kAllow);
  EXPECT_EQ(answer("clone/thread:einval", Call(SYS_clone, {abi::kClonePidfd | SIGCHLD})), kAllow);
  EXPECT_EQ(answer("clone/thread:einval", Call(SYS_clone, {abi::kClonePidfd | 0x10000})),
            Answers(EINVAL));
  EXPECT_EQ(answer("seccomp/new_listener:einval", Call(SYS_seccomp, {1, 8})), Answers(EINVAL));
  EXPECT_EQ(answer("seccomp/new_listener:einval", Call(SYS_seccomp, {1, 1})), kAllow);
  // PIDFD_GET_INFO of 64 bytes, and PIDFD_GET_PID_NAMESPACE.
  EXPECT_EQ(answer("ioctl/get_info:einval", Call(SYS_ioctl, {3, 0xc040ff0b})), Answers(EINVAL));
  EXPECT_EQ(answer("ioctl/get_info:einval", Call(SYS_ioctl, {3, 0xff05})), kAllow);
}

TEST(World, RefusesWholeCallsOnlyWhenAllAreMeant) {
  const auto filter = CompileFilter(World::Parse("all:enosys"));
  EXPECT_EQ(Evaluate(filter, Call(SYS_pidfd_open, {1, abi::kPidfdThread})), Answers(ENOSYS));
  EXPECT_EQ(Evaluate(filter, Call(SYS_seccomp, {1, 8})), kAllow);
  EXPECT_EQ(Evaluate(filter, Call(SYS_getsockopt, {0, SOL_SOCKET, abi::kSoPassPidfd})), kAllow);
}

TEST(World, KillsAndAsksATracer) {
  const auto answer = [](std::string_view refusal) {
    return Evaluate(CompileFilter(World::Parse(refusal)), Call(SYS_clone3));
  };
  EXPECT_EQ(answer("clone3:kill"), SECCOMP_RET_KILL_PROCESS);
  EXPECT_EQ(answer("clone3:TRACE"), SECCOMP_RET_TRACE);
}

// One row for each answer of an era: what was not there yet, and what was.
TEST(World, ErasAnswerAsTheirKernelsDid) {
  struct Row {
    std::string_view era;
    refusal::FilteredCall call;
    std::uint32_t answer;
  };
  const auto nonblock = Call(SYS_pidfd_open, {1, abi::kPidfdNonblock});
  const auto get_info = Call(SYS_ioctl, {3, 0xc040ff0b});
  const auto peer = Call(SYS_getsockopt, {3, SOL_SOCKET, abi::kSoPeerPidfd});
  const auto self = Call(SYS_pidfd_send_signal, {static_cast<std::uint64_t>(-10000), 0, 0, 0});
  const Row rows[] = {
      {"linux-5.0", Call(SYS_pidfd_send_signal), Answers(ENOSYS)},
      {"linux-5.1", Call(SYS_pidfd_send_signal), kAllow},
      {"linux-5.1", Call(SYS_clone, {abi::kClonePidfd | SIGCHLD}), Answers(EINVAL)},
      {"linux-5.1", Call(SYS_clone, {SIGCHLD}), kAllow},
      {"linux-5.2", Call(SYS_clone, {abi::kClonePidfd | SIGCHLD}), kAllow},
      {"linux-5.2", nonblock, Answers(ENOSYS)},
      {"linux-5.2", Call(SYS_clone3), Answers(ENOSYS)},
      {"linux-5.3", nonblock, Answers(EINVAL)},
      {"linux-5.3", Call(SYS_clone3), kAllow},
      {"linux-5.4", Call(SYS_waitid, {abi::kIdPidfd}), kAllow},
      {"linux-5.5", Call(SYS_pidfd_getfd), Answers(ENOSYS)},
      {"linux-5.6", Call(SYS_pidfd_getfd), kAllow},
      {"linux-5.8", Call(SYS_process_madvise), Answers(ENOSYS)},
      {"linux-5.10", nonblock, kAllow},
      {"linux-5.10", Call(SYS_process_madvise), kAllow},
      {"linux-5.12", Call(SYS_process_mrelease), Answers(ENOSYS)},
      {"linux-5.15", Call(SYS_process_mrelease), kAllow},
      {"linux-6.1", peer, Answers(ENOPROTOOPT)},
      {"linux-6.5", peer, kAllow},
      {"linux-6.8", Call(SYS_pidfd_open, {1, abi::kPidfdThread}), Answers(EINVAL)},
      {"linux-6.8", Call(SYS_pidfd_send_signal, {3, 9, 0, 2}), Answers(EINVAL)},
      {"linux-6.10", Call(SYS_pidfd_open, {1, abi::kPidfdThread}), kAllow},
      {"linux-6.10", get_info, Answers(ENOTTY)},
      {"linux-6.12", get_info, Answers(EINVAL)},
      {"linux-6.14", get_info, kAllow},
      {"linux-6.14", self, Answers(EBADF)},
      {"linux-6.16", self, kAllow},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Evaluate(CompileFilter(World::Parse(row.era)), row.call), row.answer)
        << row.era << " call " << row.call.number;
  }
}

TEST(World, ErasReportWhatTheyCannotTakeBack) {
  std::size_t eras = 0;
  for (const World* world : Registered<World>::All()) {
    if (!world->name.starts_with("linux-")) continue;
    EXPECT_NE(world->what.find("no filter can take back: "), std::string::npos) << world->name;
    ++eras;
  }
  EXPECT_GT(eras, 0u);
  EXPECT_NE(World::Parse("linux-5.6").what.find("setns with a pidfd (5.8)"), std::string::npos);
  EXPECT_EQ(World::Parse("linux-5.8").what.find("setns"), std::string::npos);
}

// The results of known sandboxes: pidfd_open, pidfd_send_signal, pidfd_getfd, clone3,
// process_mrelease and name_to_handle_at, each A(llow), P (EPERM), N (ENOSYS), T (SIGSYS), K(ill).
TEST(World, PoliciesLeaveWhatWasObserved) {
  struct Row {
    std::string_view name;
    std::string_view answers;
  };
  const Row rows[] = {
      {"docker-19.03", "PPPPPA"},
      {"docker-20.10.0-9", "AAPPPA"},
      {"docker-now", "AAPNAA"},
      {"podman-now", "AAAAAA"},
      {"snap-old", "PPPAPP"},
      {"snap-2.75", "APPAPP"},
      {"android-11", "ATTTTT"},
      {"chromium", "NTTNTT"},
      {"nspawn", "AAPAPA"},
      {"lxd-intercept", "AAAAAA"},
      {"systemd-service-kill", "AAKAKA"},
      {"old-libseccomp-2.4.1", "NNNNNA"},
      {"old-libseccomp-2.4.1-eperm", "PPPPPA"},
      {"asterinas-like", "ANNANN"},
      {"qemu-user-7.2", "AAANNA"},
  };
  const long calls[] = {SYS_pidfd_open, SYS_pidfd_send_signal, SYS_pidfd_getfd,
                        SYS_clone3,     SYS_process_mrelease,  SYS_name_to_handle_at};
  const auto letter = [](std::uint32_t answer) {
    if (answer == kAllow) return 'A';
    if (answer == Answers(EPERM)) return 'P';
    if (answer == Answers(ENOSYS)) return 'N';
    return answer == SECCOMP_RET_TRAP ? 'T' : answer == SECCOMP_RET_KILL_PROCESS ? 'K' : '?';
  };
  for (const Row& row : rows) {
    const auto filter = CompileFilter(World::Parse(row.name));
    std::string answers;
    for (const long call : calls) answers += letter(Evaluate(filter, Call(call)));
    EXPECT_EQ(answers, row.answers) << row.name;
    EXPECT_EQ(Evaluate(filter, Call(SYS_waitid, {abi::kIdPidfd})), kAllow) << row.name;
  }
}

TEST(World, AReadyProgramIsTakenAsItIs) {
  World world{"ready", "kills everything", {}};
  EXPECT_FALSE(world.filters());
  world.program = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS)};
  EXPECT_TRUE(world.filters());
  ASSERT_EQ(CompileFilter(world).size(), 1u);
  EXPECT_EQ(CompileFilter(world)[0].k, SECCOMP_RET_KILL_PROCESS);
}

TEST(World, IsUnsupportedWhereAProgramCannotBeInstalled) {
  World world{"endless", "no program the kernel takes", {}};
  world.program = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0)};
  const Ended ended = Isolate(
      Isolation::kChild, std::chrono::seconds(10), [&](const FrameWriter&) { world.Enter(); },
      [](const Frame&) {});
  EXPECT_EQ(ended.how, Ended::kUnsupported);
  EXPECT_NE(ended.text.find("EINVAL"), std::string::npos) << ended.text;
}

}  // namespace
}  // namespace pidproof::world_test
