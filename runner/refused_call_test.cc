// Sandboxes refuse calls that a probe makes to set its attempt up. Each of them, refused alone, may
// leave a row unclear; it may make none wrong.
#include <errno.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "runner/census.h"

namespace pidproof::runner::refused_call_test {
namespace {

struct Refused {
  std::string_view name;
  std::uint32_t number;
};

void PrintTo(const Refused& call, std::ostream* out) { *out << call.name; }

World Refusing(const std::vector<Refused>& calls, int error) {
  World world{fmt::format("{}:{}", calls.front().name, error), "", {}};
  world.program = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const Refused& call : calls) {
    world.program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call.number, 0, 1));
    world.program.push_back(
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error)));
  }
  world.program.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  return world;
}

bool RestsOn(const Finding& finding, std::string_view call) {
  return std::ranges::any_of(finding.probe->calls, [&](std::string_view name) {
    return name.substr(0, name.find_first_of("/_")) == call.substr(0, call.find('_')) ||
           name == call;
  });
}

// What is wrong with a row, or empty.
std::string Wrong(const Finding& native, const Finding& seen, std::string_view call) {
  if (native.availability == Availability::kPresent && seen.fix.find("Linux") == 0) {
    return "blames the release";
  }
  if (seen.availability == native.availability && seen.refused_by == native.refused_by) return "";
  switch (seen.availability) {
    case Availability::kUnclear:
      return seen.evidence.empty() ? "gives no reason" : "";
    case Availability::kFiltered:
      if (seen.refused_by != "seccomp") return "names no culprit";
      return seen.confidence == "proven" && !RestsOn(seen, call) ? "blames another call" : "";
    default:
      return "is wrong";
  }
}

class EachCallOfTheStage : public testing::TestWithParam<Refused> {};

TEST_P(EachCallOfTheStage, RefusedAloneMakesNoRowWrong) {
  constexpr double kPace = 4;
  static const Census native = TakeCensus(World::Parse("native"), kPace);
  ASSERT_EQ(native.failure, "");
  for (const int error : {EPERM, ENOSYS}) {
    const Census census = TakeCensus(Refusing({GetParam()}, error), kPace);
    for (const Finding& seen : census.findings) {
      EXPECT_EQ(Wrong(*native.Find(seen.probe->name), seen, GetParam().name), "")
          << census.world << ": " << seen.probe->name << " " << Word(seen.availability) << " by "
          << seen.refused_by << ", " << seen.fix << ": " << seen.evidence;
    }
    EXPECT_TRUE(!census.findings.empty() || !census.failure.empty());
  }
}

// Those that `strace -f pidproof probe` shows, but for those without which no program runs.
INSTANTIATE_TEST_SUITE_P(
    Calls, EachCallOfTheStage,
    testing::Values(
        Refused{"accept4", SYS_accept4}, Refused{"bind", SYS_bind}, Refused{"capget", SYS_capget},
        Refused{"capset", SYS_capset}, Refused{"clone", SYS_clone}, Refused{"connect", SYS_connect},
        Refused{"epoll_create1", SYS_epoll_create1}, Refused{"epoll_ctl", SYS_epoll_ctl},
        Refused{"eventfd2", SYS_eventfd2}, Refused{"fcntl", SYS_fcntl},
        Refused{"fstatfs", SYS_fstatfs}, Refused{"fstat", SYS_newfstatat},
        Refused{"getegid", SYS_getegid}, Refused{"geteuid", SYS_geteuid},
        Refused{"getpid", SYS_getpid}, Refused{"getppid", SYS_getppid},
        Refused{"getsockname", SYS_getsockname}, Refused{"getsockopt", SYS_getsockopt},
        Refused{"getuid", SYS_getuid}, Refused{"io_uring_register", SYS_io_uring_register},
        Refused{"ioctl", SYS_ioctl}, Refused{"kill", SYS_kill}, Refused{"listen", SYS_listen},
        Refused{"mmap", SYS_mmap}, Refused{"msgget", SYS_msgget}, Refused{"openat", SYS_openat},
        Refused{"pidfd_open", SYS_pidfd_open}, Refused{"pipe2", SYS_pipe2},
        Refused{"prctl", SYS_prctl}, Refused{"prlimit64", SYS_prlimit64},
        Refused{"rt_sigaction", SYS_rt_sigaction}, Refused{"rt_sigprocmask", SYS_rt_sigprocmask},
        Refused{"sendto", SYS_sendto}, Refused{"recvmsg", SYS_recvmsg},
        Refused{"setitimer", SYS_setitimer}, Refused{"setresuid", SYS_setresuid},
        Refused{"setsid", SYS_setsid}, Refused{"setsockopt", SYS_setsockopt},
        Refused{"socket", SYS_socket}, Refused{"socketpair", SYS_socketpair},
        Refused{"statfs", SYS_statfs}, Refused{"statx", SYS_statx}, Refused{"uname", SYS_uname},
        Refused{"unshare", SYS_unshare}, Refused{"wait4", SYS_wait4},
        Refused{"waitid", SYS_waitid}),
    [](const auto& call) { return std::string(call.param.name); });

// A sandbox that also refuses to be asked: on a kernel that has the calls they are not its lack.
TEST(RefusedToBeAsked, NoReleaseIsBlamedForWhatTheKernelHas) {
  constexpr double kPace = 4;
  const Census native = TakeCensus(World::Parse("native"), kPace);
  const Census census = TakeCensus(Refusing({{"pidfd_open", SYS_pidfd_open},
                                             {"process_mrelease", SYS_process_mrelease},
                                             {"seccomp", SYS_seccomp},
                                             {"prctl", SYS_prctl}},
                                            ENOSYS),
                                   kPace);
  ASSERT_EQ(census.failure, "");
  const std::string_view calls[] = {"pidfd_open", "process_mrelease"};
  if (std::ranges::none_of(calls, [&](std::string_view call) { return native.Has(call); })) {
    GTEST_SKIP() << "this kernel has neither call";
  }
  for (const std::string_view call : calls) {
    if (!native.Has(call)) continue;
    const Finding& seen = *census.Find(call);
    EXPECT_EQ(seen.refused_by, "seccomp") << seen.evidence;
    EXPECT_EQ(seen.confidence, "inferred");
    EXPECT_EQ(seen.kernel_has, "yes");
    EXPECT_EQ(seen.fix, fmt::format("let {} through in the seccomp profile", call));
  }
}

}  // namespace
}  // namespace pidproof::runner::refused_call_test
