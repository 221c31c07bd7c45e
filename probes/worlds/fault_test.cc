#include "probes/worlds/fault.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <string>

#include "probes/system/child.h"
#include "probes/system/isolate.h"
#include "probes/system/pidfd_info.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/worlds/world.h"

namespace pidproof {
namespace {

using namespace std::chrono_literals;

// Plays the mistake where it hurts nobody, and returns the word that body sends.
std::string Playing(std::string_view mistake, const std::function<std::string()>& body) {
  std::string word;
  const Ended ended = Isolate(
      Isolation::kChild, 60s,
      [&](const FrameWriter& up) {
        Fault::Parse(mistake).Play();
        up.Send('w', body());
      },
      [&](const Frame& frame) { word = frame.bytes; });
  return ended.how == Ended::kReturned ? word : "ended badly: " + ended.text;
}

Child Ended_(bool zombie) {
  Child child = Require(Child::Make(body::Lingers, {.how = SpawnOptions::kClone3}));
  if (zombie) {
    child.Kill();
    child.AwaitZombie();
  }
  return child;
}

std::string ErrorOf(int error) { return std::to_string(error); }

TEST(Fault, IsReadFromTheCommandLine) {
  EXPECT_EQ(Fault::Parse("lost-wakeup").kind, Fault::kLostWakeup);
  EXPECT_EQ(Fault::Parse("lost-wakeup").rate, 1);
  EXPECT_EQ(Fault::Parse("lost-wakeup@1e-3").rate, 1e-3);
  EXPECT_EQ(World::Parse("fault:status-lost@0.5").mistake.kind, Fault::kStatusLost);
  for (const char* wrong : {"", "lost", "lost-wakeup@", "lost-wakeup@0", "lost-wakeup@1.5",
                            "lost-wakeup@nan", "lost-wakeup@1e-3x"}) {
    EXPECT_THROW(Fault::Parse(wrong), std::invalid_argument) << wrong;
  }
}

TEST(Fault, IsMadeAtItsRate) {
  const std::string made = Playing("lost-wakeup@0.25", [] {
    int count = 0;
    for (int i = 0; i < 4000; ++i) count += fault::Makes(Fault::kLostWakeup) ? 1 : 0;
    return std::string(count > 800 && count < 1200 ? "about a quarter" : std::to_string(count));
  });
  EXPECT_EQ(made, "about a quarter");
}

TEST(Fault, SignalsAreLostOrRefused) {
  EXPECT_EQ(
      Playing("signal-lost",
              [] {
                Child child = Ended_(false);
                static_cast<void>(sys::PidfdSendSignal(child.pidfd().get(), SIGKILL, nullptr, 0));
                return ErrorOf(sys::PidfdSendSignal(child.pidfd().get(), 0, nullptr, 0).error());
              }),
      "0");
  EXPECT_EQ(
      Playing("zombie-dead",
              [] {
                Child child = Ended_(true);
                return ErrorOf(sys::PidfdSendSignal(child.pidfd().get(), 0, nullptr, 0).error());
              }),
      ErrorOf(ESRCH));
}

TEST(Fault, StatusesAreHandedOutWrong) {
  const auto wait_twice = [] {
    Child child = Ended_(true);
    const int pidfd = child.pidfd().get();
    const Result<siginfo_t> first = sys::Waitid(abi::kIdPidfd, pidfd, WEXITED | WNOHANG);
    const Result<siginfo_t> second = sys::Waitid(abi::kIdPidfd, pidfd, WEXITED | WNOHANG);
    child.Disown();
    const std::string status = first.ok() ? std::to_string(first->si_status) : "-";
    return status + " " + ErrorOf(second.error());
  };
  EXPECT_EQ(Playing("signal-lost", wait_twice), "9 " + ErrorOf(ECHILD));  // another mistake
  EXPECT_EQ(Playing("status-twice", wait_twice), "9 0");
  EXPECT_EQ(Playing("status-lost", wait_twice), "- " + ErrorOf(ECHILD));
  EXPECT_EQ(Playing("status-wrong", wait_twice), "10 " + ErrorOf(ECHILD));
}

TEST(Fault, PollIsWrongBothWays) {
  const auto poll = [](bool zombie) {
    return [zombie] {
      const Child child = Ended_(zombie);
      return std::to_string(Require(sys::Poll(const_cast<Child&>(child).pidfd().get(), POLLIN, 0)));
    };
  };
  EXPECT_EQ(Playing("lost-wakeup", poll(true)), "0");
  EXPECT_EQ(Playing("early-wakeup", poll(false)), std::to_string(POLLIN));
  EXPECT_EQ(Playing("early-wakeup", poll(true)), std::to_string(POLLIN));
}

TEST(Fault, CallsByNumberMakeNone) {
  for (const KnownFault& known : KnownFaults()) {
    EXPECT_EQ(Playing(known.name,
                      [] {
                        Child child = Ended_(true);
                        const sys::Status sent = sys::Kill(child.pid(), SIGKILL);
                        const siginfo_t ended = child.Reap();
                        return ErrorOf(sent.error()) + " " + std::to_string(ended.si_status);
                      }),
              "0 9")
        << known.name;
  }
}

TEST(Fault, HasAWorldEachThatTellsItsName) {
  for (const KnownFault& known : KnownFaults()) {
    const World world = World::Parse("fault:" + std::string(known.name));
    EXPECT_EQ(world.mistake.kind, known.kind);
    EXPECT_TRUE(world.pretends());
    EXPECT_FALSE(world.filters());
  }
}

}  // namespace
}  // namespace pidproof
