#include "probes/system/isolate.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::isolate_test {
namespace {

using namespace std::chrono_literals;

constexpr auto kLong = 60s;  // never reached: every test ends by an event
// For bodies that never end: much longer than they take to start and send, even on a slow machine.
constexpr auto kShort = 2s;

void Ignore(const Frame&) {}
void Nothing(const FrameWriter&) {}

// A namespace that this user can make; the tests below need one.
Isolation Namespace() {
  const Ended ended = Isolate(Isolation::kNamespace, kLong, Nothing, Ignore);
  return ended.how == Ended::kReturned ? Isolation::kNamespace : Isolation::kUserNamespace;
}

// A pipe whose writing end every descendant inherits: it reaches its end when the last of them is
// gone.
class Crowd {
 public:
  Crowd() {
    int ends[2];
    Require(pipe(ends) == 0);
    from_ = Fd(ends[0]);
    to_ = Fd(ends[1]);
  }
  bool IsGone() {
    to_.reset();
    const Result<short> ready = sys::Poll(from_.get(), POLLIN, 60'000);
    return ready.ok() && (*ready & POLLHUP) != 0;
  }

 private:
  Fd from_;
  Fd to_;
};

[[noreturn]] void HangDeaf() {
  signal(SIGTERM, SIG_IGN);
  for (;;) pause();
}

// A grandchild in a session of its own, like a daemon.
void ForkDaemon() {
  const pid_t child = Require(sys::Fork());
  if (child == 0) {
    setsid();
    HangDeaf();
  }
}

class IsolateEverywhere : public testing::TestWithParam<bool> {
 protected:
  Isolation Where() const { return GetParam() ? Namespace() : Isolation::kChild; }
};

TEST_P(IsolateEverywhere, HandsUpFramesAndReturns) {
  std::string received;
  const Ended ended = Isolate(
      Where(), kLong,
      [](const FrameWriter& up) {
        up.Send('a', "one");
        up.Send('b', std::string(200'000, 'x'));
      },
      [&](const Frame& frame) {
        received += frame.kind + std::to_string(frame.bytes.size()) + " ";
      });
  EXPECT_EQ(ended.how, Ended::kReturned);
  EXPECT_EQ(received, "a3 b200000 ");
}

TEST_P(IsolateEverywhere, ReportsWhatWasThrown) {
  const Ended broken = Isolate(
      Where(), kLong, [](const FrameWriter&) { throw Broken("why"); }, Ignore);
  EXPECT_EQ(broken.how, Ended::kBroken);
  EXPECT_EQ(broken.text, "why");
  const Ended unsupported = Isolate(
      Where(), kLong, [](const FrameWriter&) { throw Unsupported("no"); }, Ignore);
  EXPECT_EQ(unsupported.how, Ended::kUnsupported);
  EXPECT_EQ(unsupported.text, "no");
}

TEST_P(IsolateEverywhere, ReportsAnUncaughtException) {
  const Ended on_thread = Isolate(
      Where(), kLong, [](const FrameWriter&) { std::thread([] { throw Broken("there"); }).join(); },
      Ignore);
  EXPECT_EQ(on_thread.how, Ended::kBroken);
  EXPECT_EQ(on_thread.text, "there");
}

// A failed child may have caused the body's own failure.
TEST_P(IsolateEverywhere, ReportsWhatWasThrownFirst) {
  const Ended ended = Isolate(
      Where(), kLong,
      [](const FrameWriter&) {
        const pid_t child = Require(sys::Fork());
        if (child == 0) throw Broken("first");
        Require(sys::Waitid(P_PID, child, WEXITED));
        throw Broken("then");
      },
      Ignore);
  EXPECT_EQ(ended.text, "first");
}

TEST_P(IsolateEverywhere, DistinguishesACrashFromAnExit) {
  const Ended crash = Isolate(
      Where(), kLong, [](const FrameWriter&) { raise(SIGSEGV); }, Ignore);
  EXPECT_EQ(crash.how, Ended::kSignalled);
  EXPECT_EQ(crash.number, SIGSEGV);
  const Ended exit = Isolate(
      Where(), kLong, [](const FrameWriter&) { _exit(5); }, Ignore);
  EXPECT_EQ(exit.how, Ended::kExited);
  EXPECT_EQ(exit.number, 5);
}

TEST_P(IsolateEverywhere, KillsWhatHangsAndKeepsItsFrames) {
  Crowd crowd;
  std::string received;
  const Ended ended = Isolate(
      Where(), kShort,
      [](const FrameWriter& up) {
        up.Send('a', "word");
        HangDeaf();
      },
      [&](const Frame& frame) { received += frame.bytes; });
  EXPECT_EQ(ended.how, Ended::kDeadline);
  EXPECT_EQ(received, "word");
  EXPECT_TRUE(crowd.IsGone());
}

TEST_P(IsolateEverywhere, RefusesWhatIsNoFrame) {
  const Ended ended = Isolate(
      Where(), kLong,
      [](const FrameWriter&) {
        // The writing end is the only writable descriptor that is close-on-exec.
        const std::string garbage(64, '\xff');
        for (int fd = 3; fd < 64; ++fd) {
          if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY &&
              (fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0) {
            [[maybe_unused]] const ssize_t written = write(fd, garbage.data(), garbage.size());
          }
        }
        HangDeaf();
      },
      Ignore);
  EXPECT_EQ(ended.how, Ended::kBroken);
}

INSTANTIATE_TEST_SUITE_P(Ways, IsolateEverywhere, testing::Bool(), [](const auto& way) {
  return way.param ? std::string("InNamespace") : std::string("AsChild");
});

TEST(IsolateInNamespace, SweepsDaemonsAfterTheTrialHasEnded) {
  Crowd crowd;
  const Ended ended = Isolate(
      Namespace(), kLong, [](const FrameWriter&) { ForkDaemon(); }, Ignore);
  EXPECT_EQ(ended.how, Ended::kReturned);
  EXPECT_TRUE(crowd.IsGone());
}

TEST(IsolateInNamespace, SweepsDaemonsOfATrialThatHangs) {
  Crowd crowd;
  const Ended ended = Isolate(
      Namespace(), kShort,
      [](const FrameWriter&) {
        ForkDaemon();
        HangDeaf();
      },
      Ignore);
  EXPECT_EQ(ended.how, Ended::kDeadline);
  EXPECT_TRUE(crowd.IsGone());
}

TEST(IsolateInNamespace, OutlivesATrialThatNeverStopsWriting) {
  Crowd crowd;
  std::uint64_t frames = 0;
  const Ended ended = Isolate(
      Namespace(), kShort,
      [](const FrameWriter& up) {
        for (;;) up.Send('x', "more");
      },
      [&](const Frame&) { ++frames; });
  EXPECT_EQ(ended.how, Ended::kDeadline);
  EXPECT_GT(frames, 0u);
  EXPECT_TRUE(crowd.IsGone());
}

// The trial is not the first process of its namespace, for which signals work differently.
TEST(IsolateInNamespace, MakesTheTrialPidTwo) {
  pid_t seen = 0;
  Isolate(
      Namespace(), kLong,
      [](const FrameWriter& up) {
        const pid_t mine = getpid();
        up.Send('p', {reinterpret_cast<const char*>(&mine), sizeof mine});
      },
      [&](const Frame& frame) { memcpy(&seen, frame.bytes.data(), sizeof seen); });
  EXPECT_EQ(seen, 2);
}

// When the runner is killed, all processes in its namespaces die.
TEST(IsolateInNamespace, DiesWithItsRunner) {
  const Isolation where = Namespace();
  Crowd crowd;
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const Fd from(ends[0]);
  Fd to(ends[1]);
  const pid_t runner = Require(sys::Fork());
  if (runner == 0) {
    Isolate(
        where, kLong,
        [&](const FrameWriter&) {
          ForkDaemon();
          [[maybe_unused]] const ssize_t written = write(to.get(), "x", 1);
          HangDeaf();
        },
        Ignore);
    _exit(0);
  }
  char begun = 0;
  ASSERT_EQ(read(from.get(), &begun, 1), 1);
  ASSERT_TRUE(sys::Kill(runner, SIGKILL).ok());
  ASSERT_EQ(waitpid(runner, nullptr, 0), runner);
  to.reset();
  EXPECT_TRUE(crowd.IsGone());
}

}  // namespace
}  // namespace pidproof::isolate_test
