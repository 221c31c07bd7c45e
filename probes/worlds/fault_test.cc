#include "probes/worlds/fault.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "probes/system/abi.h"
#include "probes/system/child.h"
#include "probes/system/errno_name.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/worlds/fault_testing.h"
#include "probes/worlds/world.h"

namespace pidproof::fault_test {
namespace {

TEST(Fault, IsReadFromTheCommandLine) {
  EXPECT_EQ(Fault::Parse("lost-wakeup").kind, Fault::kLostWakeup);
  EXPECT_EQ(Fault::Parse("lost-wakeup").rate, 1);
  EXPECT_EQ(Fault::Parse("lost-wakeup@1e-3").rate, 1e-3);
  EXPECT_EQ(World::Parse("fault:status-lost@0.5").fault.kind, Fault::kStatusLost);
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

// A zombie, examined by every call of the referee that resembles a call under test.
TEST(Fault, IsMadeByNoCallOfTheReferee) {
  for (const KnownFault& known : KnownFaults()) {
    EXPECT_EQ(
        Playing(known.name,
                [] {
                  Child child = Require(Child::Make(body::Lingers, {.how = SpawnOptions::kClone3}));
                  const int pidfd = child.pidfd().get();
                  const short alive = Require(sys::Poll(pidfd, POLLIN, 0));
                  const sys::Status sent = sys::PidfdSendSignal(pidfd, SIGKILL, nullptr, 0);
                  child.AwaitZombie();
                  const int there = sys::PidfdSendSignal(pidfd, 0, nullptr, 0).error();
                  const short ended = Require(sys::Poll(pidfd, POLLIN, 0));
                  const int of_own = sys::PidfdGetfd(pidfd, 0, 0).error();
                  const int status = Require(sys::Waitid(abi::kIdPidfd, pidfd, WEXITED)).si_status;
                  const int again = sys::Waitid(abi::kIdPidfd, pidfd, WEXITED).error();
                  child.Disown();
                  return fmt::format("{} {} {} {} {} {} {}", alive, sent.error(), there, ended,
                                     ErrnoName(of_own), status, ErrnoName(again));
                }),
        "0 0 0 1 ESRCH 9 ECHILD")
        << known.name;
  }
}

TEST(Fault, HasAWorldEachThatShowsItsName) {
  for (const KnownFault& known : KnownFaults()) {
    const World world = World::Parse("fault:" + std::string(known.name));
    EXPECT_EQ(world.fault.kind, known.kind);
    EXPECT_TRUE(world.pretends());
    EXPECT_FALSE(world.filters());
  }
}

}  // namespace
}  // namespace pidproof::fault_test
