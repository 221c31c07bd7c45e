#include "scenarios/watch/placement.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "probes/system/child.h"
#include "probes/system/processors.h"
#include "probes/system/require.h"
#include "scenarios/arena/arena_testing.h"

namespace pidproof::scenarios::watch::placement_test {
namespace {

Placement placement = Placement::kAny;

class EachPlacement : public testing::TestWithParam<Placement> {};

TEST_P(EachPlacement, GivesBothTheirProcessors) {
  placement = GetParam();
  RunInArena([](Arena& arena) {
    const std::vector<std::size_t> before = ProcessorsIn(AllowedProcessors());
    const Child child = arena.Spawn(body::Lingers);
    {
      const Processors processors(placement);
      processors.Place(child.pid());
      const std::vector<std::size_t> ours = ProcessorsIn(AllowedProcessors());
      const std::vector<std::size_t> its = ProcessorsIn(AllowedProcessors(child.pid()));
      Require(ours.size() == (placement == Placement::kAny ? before.size() : 1));
      Require(its.size() == ours.size());
      Require((its == ours) == (placement != Placement::kAcross));
    }
    Require(ProcessorsIn(AllowedProcessors()) == before);
  });
}

INSTANTIATE_TEST_SUITE_P(Watch, EachPlacement,
                         testing::Values(Placement::kAny, Placement::kSame, Placement::kAcross),
                         [](const auto& given) { return std::string(Word(given.param)); });

}  // namespace
}  // namespace pidproof::scenarios::watch::placement_test
