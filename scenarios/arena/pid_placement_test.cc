#include "scenarios/arena/pid_placement.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

#include "probes/system/child.h"
#include "probes/system/require.h"
#include "scenarios/arena/arena_testing.h"

namespace pidproof::scenarios::pid_placement_test {
namespace {

pid_t NextPid() {
  Child child = Require(Child::Make(body::Exits));
  const pid_t pid = child.pid();
  child.Reap();
  return pid;
}

TEST(PidPlacer, PlacesTheNextChildByNsLastPid) {
  RunInArena([](Arena&) {
    PidPlacer placer;
    std::uint64_t used = 0;
    for (const pid_t pid : {500, 400, 400}) {
      if (!placer.Prepare(PidMethod::kLastPid, pid, used)) {
        throw Unsupported("ns_last_pid cannot be written here");
      }
      Require(NextPid() == pid);
    }
    Require(used == 0);
  });
}

TEST(PidPlacer, UsesUpPidsUntilTheWantedOneIsNext) {
  RunInArena([](Arena&) {
    PidPlacer placer;
    std::uint64_t used = 0;
    const pid_t last = NextPid();
    Require(placer.Prepare(PidMethod::kWrap, last + 20, used));
    Require(used == 19);
    Require(NextPid() == last + 20);
  });
}

TEST(PidPlacer, DoesNothingForMethodsThatAreNotItsOwn) {
  PidPlacer placer;
  std::uint64_t used = 0;
  EXPECT_FALSE(placer.Prepare(PidMethod::kSetTid, 300, used));
  EXPECT_FALSE(placer.Prepare(PidMethod::kNoMethod, 300, used));
  EXPECT_EQ(used, 0u);
}

TEST(PidMethod, HasAWordForEach) {
  std::set<std::string_view> words;
  for (const PidMethod method :
       {PidMethod::kSetTid, PidMethod::kLastPid, PidMethod::kPidMax, PidMethod::kWrap}) {
    EXPECT_TRUE(words.insert(Word(method)).second) << Word(method);
  }
  EXPECT_FALSE(words.contains(""));
  EXPECT_EQ(Word(PidMethod::kNoMethod), "");
}

}  // namespace
}  // namespace pidproof::scenarios::pid_placement_test
