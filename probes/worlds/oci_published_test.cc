// The profiles that Docker and Podman ship. They are not part of this project: where this machine
// has none, a test is skipped and says how to get it. oci_profile_test.cc has a profile of its own
// for each feature of the format.
#include <errno.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "probes/system/abi.h"
#include "probes/system/isolate.h"
#include "probes/system/sys.h"
#include "probes/worlds/filter_testing.h"
#include "probes/worlds/oci_profile.h"

namespace pidproof::oci_published_test {
namespace {

constexpr Release kToday{6, 18};

std::string Read(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Row {
  std::string_view capabilities;
  refusal::FilteredCall call;
  std::uint32_t answer;
  Release kernel = kToday;
};

class PublishedProfile : public testing::Test {
 protected:
  World Load(std::string_view capabilities, Release kernel) const {
    return LoadOciProfile(file_, json_,
                          {.capabilities = ParseCapabilities(capabilities), .kernel = kernel});
  }

  void Check(const std::vector<Row>& rows) const {
    for (const Row& row : rows) {
      EXPECT_EQ(Evaluate(CompileFilter(Load(row.capabilities, row.kernel)), row.call), row.answer)
          << file_ << " with " << row.capabilities << ": call " << row.call.number;
    }
  }

  void ExpectInstalledWithoutPrivilege() const;

  std::string file_;
  std::string json_;
};

class DockersProfile : public PublishedProfile {
 protected:
  void SetUp() override {
    const char* const named = std::getenv("PIDPROOF_DOCKER_PROFILE");
    file_ = named != nullptr ? named : PIDPROOF_SOURCE_DIR "/out/environments/profiles/docker.json";
    json_ = Read(file_);
    if (named == nullptr && json_.empty()) {
      GTEST_SKIP() << "run ci/environments/run runc-docker, which leaves Docker's profile in "
                   << file_ << ", or set PIDPROOF_DOCKER_PROFILE";
    }
    ASSERT_NE(json_, "") << "PIDPROOF_DOCKER_PROFILE=" << file_ << " cannot be read";
  }
};

class PodmansProfile : public PublishedProfile {
 protected:
  void SetUp() override {
    file_ = "/usr/share/containers/seccomp.json";
    json_ = Read(file_);
    if (json_.empty()) GTEST_SKIP() << "install golang-github-containers-common for " << file_;
  }
};

TEST_F(DockersProfile, AnswersAsDockerDoes) {
  constexpr long kStatmount = 457;
  const std::uint32_t refused = Answers(EPERM);
  // Earlier profiles refuse AF_VSOCK (40) alone, by one rule; those of 2026 AF_ALG (38) too.
  const std::uint32_t af_alg = json_.find("SCMP_CMP_NE") == std::string::npos ? refused : kAllow;
  Check({{"docker", Call(SYS_pidfd_open), kAllow},
         {"docker", Call(SYS_pidfd_send_signal), kAllow},
         {"docker", Call(SYS_waitid, {abi::kIdPidfd}), kAllow},
         {"docker", Call(SYS_process_mrelease), kAllow},
         {"docker", Call(SYS_name_to_handle_at), kAllow},
         {"docker", Call(SYS_clone3), Answers(ENOSYS)},
         {"docker,SYS_ADMIN", Call(SYS_clone3), kAllow},
         {"docker", Call(SYS_clone, {abi::kClonePidfd | SIGCHLD}), kAllow},
         {"docker", Call(SYS_clone, {CLONE_NEWUSER | SIGCHLD}), refused},
         {"docker", Call(SYS_clone, {CLONE_NEWPID | SIGCHLD}), refused},
         {"docker,SYS_ADMIN", Call(SYS_clone, {CLONE_NEWUSER | SIGCHLD}), kAllow},
         {"docker", Call(SYS_pidfd_getfd), refused},
         {"docker,SYS_PTRACE", Call(SYS_pidfd_getfd), kAllow},
         {"docker", Call(SYS_process_madvise), refused},
         {"docker,SYS_PTRACE", Call(SYS_process_madvise), kAllow},
         {"none", Call(SYS_setns), refused},
         {"all", Call(SYS_setns), kAllow},
         {"docker", Call(SYS_open_by_handle_at), refused},
         {"DAC_READ_SEARCH", Call(SYS_open_by_handle_at), kAllow},
         {"docker", Call(SYS_chroot), kAllow},
         {"none", Call(SYS_chroot), refused},
         {"docker", Call(SYS_socket, {37}), kAllow},
         {"docker", Call(SYS_socket, {38}), af_alg},
         {"docker", Call(SYS_socket, {40}), refused},
         {"docker", Call(SYS_socket, {41}), kAllow},
         {"docker", Call(SYS_personality, {0xffffffff}), kAllow},
         {"docker", Call(SYS_personality, {4}), refused},
         {"docker", Call(SYS_io_uring_setup), refused},
         // Whether or not the profile allows it: libseccomp 2.5.4 does not know its name, and for
         // runc it is newer than all rules.
         {"docker", Call(kStatmount), Answers(ENOSYS)},
         {"docker", Call(SYS_ptrace), kAllow},
         {"docker", Call(SYS_ptrace), refused, {4, 7}}});
}

TEST_F(PodmansProfile, AnswersAsPodmanDoes) {
  constexpr long kNoSuchCall = 700;
  Check({{"podman", Call(SYS_clone3), kAllow},
         {"podman", Call(SYS_pidfd_getfd), kAllow},
         {"podman", Call(SYS_process_mrelease), kAllow},
         {"podman", Call(SYS_process_madvise), Answers(EPERM)},
         {"podman,SYS_PTRACE", Call(SYS_process_madvise), kAllow},
         {"podman", Call(SYS_open_by_handle_at), Answers(EPERM)},
         {"podman", Call(SYS_io_uring_setup), Answers(ENOSYS)},
         {"podman", Call(kNoSuchCall), Answers(ENOSYS)},
         // Two entries contradict each other; in real containers it passes.
         {"podman", Call(SYS_setns), kAllow},
         {"podman", Call(SYS_socket, {16, 3, 9}), Answers(EINVAL)},
         {"podman", Call(SYS_socket, {16, 3, 0}), kAllow},
         {"AUDIT_WRITE", Call(SYS_socket, {16, 3, 9}), kAllow}});
}

// What the kernel makes of a profile, for root and for an unprivileged process.
void PublishedProfile::ExpectInstalledWithoutPrivilege() const {
  constexpr uid_t kNobody = 65534;
  const World world = Load("docker", kToday);
  const Ended ended = Isolate(
      Isolation::kChild, std::chrono::seconds(10),
      [&](const FrameWriter&) {
        if (getuid() == 0 && setuid(kNobody) != 0) _exit(1);
        world.Enter();
        const int advised = sys::ProcessMadvise(-1, {}, abi::kMadvCold, 0).error();
        _exit(advised == EPERM && sys::PidfdOpen(-1, 0).error() == EINVAL ? 42 : 2);
      },
      [](const Frame&) {});
  EXPECT_EQ(ended.how, Ended::kExited) << file_ << ended.text;
  EXPECT_EQ(ended.number, 42) << file_;
}

TEST_F(DockersProfile, IsInstalledWithoutPrivilege) { ExpectInstalledWithoutPrivilege(); }

TEST_F(PodmansProfile, IsInstalledWithoutPrivilege) { ExpectInstalledWithoutPrivilege(); }

}  // namespace
}  // namespace pidproof::oci_published_test
