#include "reports/formats/first_world.h"

#include <gtest/gtest.h>

namespace pidproof::reports::formats::first_world_test {
namespace {

Feature Of(const std::string& name, const std::string& since, Availability availability,
           const std::string& refused_by = "") {
  Feature feature{"native", name, since, availability, "", "e"};
  feature.refused_by = refused_by;
  return feature;
}

TEST(LevelOf, IsTheLastReleaseThatLacksNothing) {
  constexpr auto kPresent = Availability::kPresent;
  constexpr auto kAbsent = Availability::kAbsent;
  std::vector<Feature> features = {Of("a", "5.3", kPresent), Of("b", "5.10", kPresent),
                                   Of("c", "5.10", kPresent), Of("d", "6.9", kAbsent),
                                   Of("e", "6.12", kPresent)};
  EXPECT_EQ(LevelOf(features), "5.10");
  features[2].availability = Availability::kFiltered;
  EXPECT_EQ(LevelOf(features), "5.3");
  features[2].refused_by = "libc";
  EXPECT_EQ(LevelOf(features), "5.10");
  features[0].availability = kAbsent;
  EXPECT_EQ(LevelOf(features), "");
  EXPECT_EQ(LevelOf({Of("outside/x", "5.3", kAbsent), Of("b", "5.4", kPresent)}), "5.4");
  EXPECT_EQ(LevelOf({}), "");
}

}  // namespace
}  // namespace pidproof::reports::formats::first_world_test
