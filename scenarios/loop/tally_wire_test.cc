#include "scenarios/loop/tally_wire.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "probes/system/frame.h"
#include "probes/system/isolate.h"
#include "scenarios/loop/tally.h"

namespace pidproof::scenarios::tally_wire_test {
namespace {

using namespace std::chrono_literals;

const Recorded kRecorded{"hit",
                         8,
                         {{Perturbation::kApart, Perturbation::kSignals, true}, {0, 21, 22}},
                         {{31, 32, "kill", -3, 8, 1}, {33, 0, "waitid", 5, 8, 2}}};

void SendEverything(const FrameWriter& up) {
  SendBaseline(up, 0.5);
  SendOpenedBy(up, "raced");
  SendActors(up, {"one", "two"});
  SendCount(up, "hit", 3, 0.25);
  SendCount(up, "hit", 4, 0.75);
  SendCount(up, "a", 5, 1.5);
  Shares shares;
  shares.began_first = {11, 12, 99};
  shares.won = {13, 14, 99};
  SendShares(up, shares);
  SendRecord(up, kRecorded);
  SendProgress(up, {.seconds = 2.5,
                    .host_pids_used = 41,
                    .opportunities = 42,
                    .near_misses = 43,
                    .exhausted = true});
}

void ExpectRecorded(const std::vector<Recorded>& all) {
  ASSERT_EQ(all.size(), 1u);
  const auto& [outcome, trial, schedule, events] = all.front();
  EXPECT_EQ(outcome, kRecorded.outcome);
  EXPECT_EQ(trial, kRecorded.trial);
  const auto& [perturbation, offsets] = schedule;
  EXPECT_EQ(perturbation, kRecorded.schedule.perturbation);
  EXPECT_EQ(offsets, kRecorded.schedule.offsets);
  ASSERT_EQ(events.size(), kRecorded.events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    const auto& [begun, ended, call, saw, of_trial, actor] = events[i];
    const Event& sent = kRecorded.events[i];
    EXPECT_EQ(begun, sent.begun);
    EXPECT_EQ(ended, sent.ended);
    EXPECT_STREQ(call, sent.call);
    EXPECT_EQ(saw, sent.saw);
    EXPECT_EQ(of_trial, sent.trial);
    EXPECT_EQ(actor, sent.actor);
  }
}

void ExpectEverything(const Tally& tally) {
  const auto& [trials, opportunities, near_misses, first, outcomes, seconds, baseline_per_second,
               host_pids_used, exhausted, opened_by, actors, began_first, won, recorded] = tally;
  EXPECT_EQ(trials, 12u);
  EXPECT_EQ(opportunities, 42u);
  EXPECT_EQ(near_misses, 43u);
  EXPECT_EQ(first, (std::map<std::string, double>{{"a", 1.5}, {"hit", 0.25}}));
  EXPECT_EQ(outcomes, (std::map<std::string, std::uint64_t>{{"a", 5}, {"hit", 7}}));
  EXPECT_EQ(seconds, 2.5);
  EXPECT_EQ(baseline_per_second, 0.5);
  EXPECT_EQ(host_pids_used, 41u);
  EXPECT_TRUE(exhausted);
  EXPECT_EQ(opened_by, "raced");
  EXPECT_EQ(actors, (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(began_first, (std::vector<std::uint64_t>{11, 12}));
  EXPECT_EQ(won, (std::vector<std::uint64_t>{13, 14}));
  ExpectRecorded(recorded);
}

Tally TallyOf(const std::function<void(const FrameWriter&)>& body) {
  Tally tally;
  const Ended ended =
      Isolate(Isolation::kChild, 60s, body, [&](const Frame& frame) { tally.Hear(frame); });
  EXPECT_EQ(ended.how, Ended::kReturned) << ended.text;
  return tally;
}

// Also when a whole tally is passed on to another process.
TEST(TallyWire, CarriesEverything) {
  const Tally tally = TallyOf(SendEverything);
  ExpectEverything(tally);
  const std::optional<Tally> again = Decoded<Tally>(Encoded(tally));
  ASSERT_TRUE(again);
  ExpectEverything(*again);
}

TEST(TallyWire, RefusesAFrameThatIsCut) {
  Isolate(Isolation::kChild, 60s, SendEverything, [](const Frame& frame) {
    for (std::size_t size = 0; size < frame.bytes.size(); ++size) {
      Tally tally;
      EXPECT_THROW(tally.Hear({frame.kind, frame.bytes.substr(0, size)}), MalformedFrame);
      EXPECT_EQ(Encoded(tally), Encoded(Tally()));
    }
  });
}

TEST(TallyWire, PassesOverWhatIsNotItsOwn) {
  Tally tally;
  tally.Hear({'?', "anything"});
  EXPECT_EQ(Encoded(tally), Encoded(Tally()));
}

}  // namespace
}  // namespace pidproof::scenarios::tally_wire_test
