#include "probes/proposal.h"

#include <errno.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "probes/probe.h"

namespace pidproof::proposal_test {
namespace {

Proposal Made(Answer (*attempt)()) {
  return {.name = "call/flag",
          .what = "a flag",
          .posted = "LWN",
          .tries = "the call",
          .attempt = attempt,
          .present = {0},
          .absent = {EINVAL}};
}

TEST(Proposals, AreFoundByWhatTheAttemptsAnswer) {
  const Proposal here = Made([] { return Answer(0, "flag 0x8"); });
  const Proposal missing = Made([] { return Answer(EINVAL); });
  const Proposal untried = Made([] { return Answer(Answer::kNotTried, "no list"); });
  const std::vector<ProposalFinding> found = TryEach({&here, &missing, &untried}, 1);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].availability, Availability::kPresent);
  EXPECT_NE(found[0].evidence.find("flag 0x8"), std::string::npos) << found[0].evidence;
  EXPECT_EQ(found[1].availability, Availability::kAbsent);
  EXPECT_EQ(found[2].availability, Availability::kUnclear);
  EXPECT_EQ(found[2].evidence, "not tried: no list");
}

// Nothing that a release has is proposed any more, and no host lacks what is.
TEST(Proposals, AreNotFeatures) {
  const std::vector<const Proposal*> all = Registered<Proposal>::All();
  EXPECT_FALSE(all.empty());
  for (const Proposal* proposal : all) {
    EXPECT_EQ(Registered<Probe>::Find(proposal->name), nullptr) << proposal->name;
    EXPECT_FALSE(proposal->what.empty() || proposal->posted.empty()) << proposal->name;
  }
}

}  // namespace
}  // namespace pidproof::proposal_test
