// Nothing outside the harness's own namespaces is ever signalled: a crowd that stays, and one that
// comes and goes and so gets PIDs that the harness has used, watch while everything runs.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "probes/system/fd.h"

namespace pidproof::runner::bystanders_test {
namespace {

constexpr int kStruck = 1;

// Blocks every signal, waits for the end of the pipe, and reports whether one is pending.
[[noreturn]] void StandBy(int pipe) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  char nothing;
  while (read(pipe, &nothing, 1) > 0) {
  }
  sigset_t pending;
  sigpending(&pending);
  for (int number = 1; number < NSIG; ++number) {
    if (sigismember(&pending, number) == 1) _exit(kStruck);
  }
  _exit(0);
}

class Crowd {
 public:
  explicit Crowd(int size) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    read_end_ = Fd(ends[0]);
    write_end_ = Fd(ends[1]);
    for (int i = 0; i < size; ++i) {
      const pid_t made = fork();
      if (made == 0) {
        close(write_end_.get());
        StandBy(read_end_.get());
      }
      if (made > 0) members_.push_back(made);
    }
  }
  Crowd(const Crowd&) = delete;
  ~Crowd() { EXPECT_EQ(Dismissed(), 0); }

  std::size_t size() const { return members_.size(); }
  // How many were struck by a signal.
  int Dismissed() {
    write_end_.reset();
    int struck = 0;
    for (const pid_t member : members_) {
      int status = 0;
      if (waitpid(member, &status, 0) == member && status != 0) ++struck;
    }
    members_.clear();
    return struck;
  }

 private:
  Fd read_end_;
  Fd write_end_;
  std::vector<pid_t> members_;
};

TEST(Bystanders, AreNeverSignalled) {
  Crowd staying(64);
  ASSERT_EQ(staying.size(), 64u);
  FILE* harness = popen(PIDPROOF_BINARY " run --for 20ms --quiet --json -", "r");
  ASSERT_NE(harness, nullptr);
  // The document comes at the end: until then, crowds come and go.
  int crowds = 0;
  pollfd output{.fd = fileno(harness), .events = POLLIN, .revents = 0};
  while (poll(&output, 1, 0) == 0) {
    Crowd passing(16);
    EXPECT_EQ(passing.Dismissed(), 0);
    ++crowds;
  }
  std::string document;
  char bytes[65536];
  for (std::size_t count = 0; (count = fread(bytes, 1, sizeof bytes, harness)) > 0;) {
    document.append(bytes, count);
  }
  EXPECT_NE(WEXITSTATUS(pclose(harness)), 1);  // a race may stay undecided beside a crowd
  EXPECT_GT(crowds, 0);
  EXPECT_NE(document.find("natural_reuse/signal"), std::string::npos);
  EXPECT_EQ(staying.Dismissed(), 0);
}

// The watch itself is seen to notice.
TEST(Bystanders, NoticeASignal) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  const pid_t member = fork();
  ASSERT_GE(member, 0);
  if (member == 0) {
    close(write_end.get());
    StandBy(read_end.get());
  }
  sigqueue(member, SIGUSR1, {});
  write_end.reset();
  int status = 0;
  ASSERT_EQ(waitpid(member, &status, 0), member);
  EXPECT_NE(status, 0);
}

}  // namespace
}  // namespace pidproof::runner::bystanders_test
