#include "reports/compare/expect.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>

namespace pidproof::reports::compare::expect_test {
namespace {

using Files = std::map<std::string, std::string>;

std::vector<Expectation> Read(const Files& files) {
  return ReadExpectations("dir/top", [&](const std::string& file) {
    const auto at = files.find(file);
    if (at == files.end()) throw std::runtime_error(file + ": missing");
    return at->second;
  });
}

Document Sample() {
  Document document;
  document.features = {{"native", "pidfd_open", "5.3", Availability::kPresent, "EINVAL", "tried"},
                       {"native", "poll", "5.3", Availability::kAbsent, "", "tried"},
                       {"all:eperm", "poll", "5.3", Availability::kFiltered, "", "tried"}};
  Cell cell;
  cell.world = "native";
  cell.scenario = "pid_reuse/signal";
  cell.path = Path::kLegacyPid;
  cell.verdict = Verdict::kHazardous;
  cell.why = "hit";
  document.cells = {cell};
  return document;
}

const char kBase[] = "feature * present | all [x]\nverdict * * upheld | all [x]\n";

TEST(Mismatches, IsEmptyWhereEverythingFits) {
  EXPECT_TRUE(Mismatches(Read({{"dir/top",
                                "include base\n# why\nfeature poll absent | old [x]\n"
                                "verdict pid_reuse/* legacy_pid hazardous | exposed [x]\n"},
                               {"dir/base", kBase}}),
                         Sample())
                  .empty());
}

TEST(Mismatches, MissNoRowThatWasNotAskedFor) {
  const auto expectations = Read({{"dir/top",
                                   "include base\nfeature vfork absent | old [x]\n"
                                   "verdict pid_reuse/signal legacy_pid hazardous | exposed [x]\n"
                                   "verdict race/* pidfd upheld | strong [x]\n"
                                   "feature poll absent | old [x]\n"},
                                  {"dir/base", kBase}});
  EXPECT_EQ(Mismatches(expectations, Sample()).size(), 3U);  // vfork is missing and stale
  const auto asks = [](const Expectation& each) { return each.name != "race/*"; };
  EXPECT_EQ(Mismatches(expectations, Sample(), {}, asks).size(), 2U);
  EXPECT_TRUE(Mismatches(expectations, Sample(), {}, [](const Expectation& each) {
                return each.name != "race/*" && each.name != "vfork";
              }).empty());
}

TEST(Mismatches, AllowWhatNeedsAFeatureThatIsTriedWithoutARow) {
  const auto expectations =
      Read({{"dir/top", "include base\nfeature poll absent | old [x]\n"}, {"dir/base", kBase}});
  Document document = Sample();
  document.cells[0].verdict = Verdict::kUnsupported;
  document.cells[0].missing = "vfork";
  EXPECT_EQ(Mismatches(expectations, document).size(), 1U);
  document.run.only = "po* pid_reuse/*";
  EXPECT_TRUE(Mismatches(expectations, document).empty());
}

TEST(Mismatches, AllowsEachOfSeveralWords) {
  const char kRest[] = "feature * present | all [x]\nverdict * * upheld/hazardous | all [x]\n";
  EXPECT_TRUE(Mismatches(Read({{"dir/top", std::string(kRest) +
                                               "feature poll present/absent | either [x]\n"}}),
                         Sample())
                  .empty());
  EXPECT_EQ(
      Mismatches(
          Read({{"dir/top", std::string(kRest) + "feature poll present/filtered | either [x]\n"}}),
          Sample())
          .size(),
      1u);
}

TEST(Mismatches, AsksForAReasonThatNamesWhatRestricts) {
  const auto expectations =
      Read({{"dir/top",
             "feature * present/absent | any [x]\nverdict * * upheld/broken:named | x [x]\n"}});
  Document document = Sample();
  document.cells[0].verdict = Verdict::kBroken;
  document.cells[0].why = "pipe2: emfile";
  EXPECT_TRUE(Mismatches(expectations, document, {"descriptor", "EMFILE"}).empty());
  EXPECT_EQ(Mismatches(expectations, document, {"ENOMEM"}).size(), 1u);
  EXPECT_EQ(Mismatches(expectations, document).size(), 1u);
  document.cells[0].verdict = Verdict::kViolated;
  EXPECT_EQ(Mismatches(expectations, document, {"EMFILE"}).size(), 1u) << "which no reason excuses";
}

TEST(Mismatches, ExcusesARunThatFailedByWhatRestricts) {
  const auto expectations = Read({{"dir/top", "include base\n"}, {"dir/base", kBase}});
  Document document;
  document.run.failure = "no census of native: pipe2: EMFILE";
  EXPECT_TRUE(Mismatches(expectations, document, {"EMFILE"}).empty());
  EXPECT_EQ(Mismatches(expectations, document, {"ENOMEM"}).size(), 3u);
  EXPECT_EQ(Mismatches(expectations, document).size(), 3u);
}

TEST(Mismatches, OfARestrictedHostAreWhatItsLimitsDoNotExcuse) {
  const std::string file = PIDPROOF_SOURCE_DIR "/ci/environments/expected/restricted";
  const auto expectations = ReadExpectations(file, [](const std::string& name) {
    std::ifstream stream(name);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  });
  const auto mismatches = [&](Verdict verdict, const std::string& why) {
    Document document = Sample();
    document.cells[0].verdict = verdict;
    document.cells[0].why = why;
    return Mismatches(expectations, document, {"EMFILE"}).size();
  };
  for (const Verdict verdict : {Verdict::kViolated, Verdict::kHung, Verdict::kCrashed}) {
    EXPECT_EQ(mismatches(verdict, "open: EMFILE"), 1u) << verdict;
  }
  for (const Verdict verdict : {Verdict::kBroken, Verdict::kInconclusive}) {
    EXPECT_EQ(mismatches(verdict, "open: EMFILE"), 0u) << verdict;
    EXPECT_EQ(mismatches(verdict, "open: ENOENT"), 1u) << verdict;
  }
}

// Of poll, which came with 5.3, on a kernel of that release.
std::size_t MismatchesOfPoll(const std::string& release, Availability availability,
                             const std::string& expected) {
  Document document = Sample();
  document.host.release = release;
  document.features[1].availability = availability;
  const std::string top = fmt::format(
      "include base\nverdict * * hazardous | exposed [x]\nfeature poll {} | x [x]\n", expected);
  return Mismatches(Read({{"dir/top", top}, {"dir/base", kBase}}), document).size();
}

TEST(Mismatches, AllowsWhatIsOlderOnlyWhereTheKernelIs) {
  const auto count = [](const std::string& release) {
    return MismatchesOfPoll(release, Availability::kAbsent, "present/absent:older");
  };
  EXPECT_EQ(count("5.2.21-generic"), 0u);
  EXPECT_EQ(count("4.18.0-553.el8"), 0u);
  EXPECT_EQ(count("5.3.0"), 1u);
  EXPECT_EQ(count("5.10.0-30-cloud-amd64"), 1u);  // by number, not by letter
  EXPECT_EQ(count("6.1"), 1u);
  EXPECT_EQ(count("of gVisor"), 0u);
}

TEST(Mismatches, ExpectsAFeatureFromItsReleaseOn) {
  EXPECT_EQ(MismatchesOfPoll("5.2.21", Availability::kAbsent, "since"), 0u);
  EXPECT_EQ(MismatchesOfPoll("5.2.21", Availability::kPresent, "since"), 1u);
  EXPECT_EQ(MismatchesOfPoll("5.3.0", Availability::kPresent, "since"), 0u);
  EXPECT_EQ(MismatchesOfPoll("5.3.0", Availability::kAbsent, "since"), 1u);
  EXPECT_EQ(MismatchesOfPoll("5.3.0", Availability::kDenied, "since"), 1u);
}

TEST(Mismatches, HoldsOtherWorldsAgainstWhatIsExpectedOfThem) {
  const std::string top =
      "feature * present | all [x]\nfeature poll absent | old [x]\n"
      "verdict * * hazardous | exposed [x]\nworld all:eperm\nfeature poll ";
  const auto mismatches = [&](const std::string& word) {
    Document document = Sample();
    document.features[2].refused_by = "seccomp";
    return Mismatches(Read({{"dir/top", top + word + " | refused [x]\n"}}), document);
  };
  EXPECT_TRUE(mismatches("filtered").empty());
  EXPECT_TRUE(mismatches("filtered:seccomp").empty());
  EXPECT_TRUE(mismatches("absent/filtered:seccomp").empty());
  EXPECT_EQ(mismatches("filtered:yama").size(), 1u);
  EXPECT_EQ(mismatches("absent").size(), 1u);
}

// A view's expectations are those of its kernel, and then its own.
TEST(Mismatches, IncludesAFileIntoTheWorldThatIsSpokenOf) {
  const auto mismatches = [&](const std::string& rest) {
    return Mismatches(Read({{"dir/top",
                             "include base\nfeature poll absent | old [x]\n"
                             "verdict * * hazardous | exposed [x]\n"
                             "world all:eperm\ninclude base\n" +
                                 rest},
                            {"dir/base", kBase}}),
                      Sample());
  };
  const std::vector<std::string> without = mismatches("");
  ASSERT_EQ(without.size(), 2u);
  EXPECT_EQ(without[0].substr(0, 28), "surprise: poll is filtered (");
  EXPECT_EQ(without[1].substr(0, 40), "missing: the document has no row of * in");
  EXPECT_EQ(mismatches("feature poll filtered | refused [x]\n").size(), 1u);
  const std::string back = "feature poll filtered | refused [x]\nworld native\n";
  EXPECT_EQ(mismatches(back + "feature poll present | here again [x]\n").front().substr(0, 26),
            "surprise: poll is absent (");
}

// Trouble of a kernel that ran nothing else is a mismatch, and comes first; a line may allow it.
TEST(Mismatches, NamesFirstWhatAKernelOfItsOwnReported) {
  Document document = Sample();
  document.run.kernel_watch = "own kernel";
  document.kernel_log = {
      {.time = 1.5, .level = 4, .kind = "warning", .text = "WARNING: CPU: 0 at x"},
      {.kind = "taint", .text = "kernel.tainted was 0"}};
  const auto mismatches = [&](const std::string& top) {
    return Mismatches(Read({{"dir/top", std::string("include base\nfeature poll absent | old [x]\n"
                                                    "verdict * * hazardous | exposed [x]\n") +
                                            top},
                            {"dir/base", kBase}}),
                      document);
  };
  EXPECT_EQ(mismatches(""), (std::vector<std::string>{"kernel: warning: WARNING: CPU: 0 at x",
                                                      "kernel: taint: kernel.tainted was 0"}));
  EXPECT_EQ(mismatches("feature x absent | y [z]\n").front(),
            "kernel: warning: WARNING: CPU: 0 at x");
  EXPECT_EQ(mismatches("kernel_log WARNING: CPU: * at x | not ours [the source]\n"),
            std::vector<std::string>{"kernel: taint: kernel.tainted was 0"});
  EXPECT_TRUE(mismatches("kernel_log * | not ours [the source]\n").empty());
  document.run.kernel_watch = "shared kernel";
  EXPECT_TRUE(mismatches("").empty());
  EXPECT_EQ(mismatches("kernel_log * | not ours [the source]\n"),
            std::vector<std::string>{"stale: dir/top:4 decides no row; remove it"});
  EXPECT_THROW(mismatches("kernel_log *\n"), std::runtime_error);
}

TEST(Mismatches, AsksNoLineForWhatFollowsFromOtherRows) {
  Document document = Sample();
  document.features.pop_back();  // of a world in which the scenario was not run
  document.scenarios = {{"pid_reuse/signal",
                         "?",
                         ScenarioKind::kTorture,
                         {{Path::kPidfd, "ok", Expect::kMust, "x", "y"}}}};
  document.cells[0].verdict = Verdict::kUnsupported;
  const auto mismatches = [&] {
    return Mismatches(
        Read({{"dir/top", "feature * present | all [x]\nfeature poll absent | old [x]\n"}}),
        document);
  };
  EXPECT_TRUE(mismatches().empty()) << "nothing is claimed of the legacy path";
  document.cells[0].path = Path::kPidfd;
  EXPECT_EQ(mismatches().size(), 1u);
  document.cells[0].missing = "poll";
  EXPECT_TRUE(mismatches().empty());
  document.cells[0].missing = "pidfd_open";
  EXPECT_EQ(mismatches().size(), 1u) << "which is there";
  document.cells[0].missing = "isolation";
  EXPECT_EQ(mismatches().size(), 1u) << "which is there too";
  document.host.isolation = "none: EPERM";
  EXPECT_TRUE(mismatches().empty());
}

TEST(Mismatches, AllowsFewUndecidedRacesAndNotMany) {
  const auto mismatches = [](std::size_t undecided) {
    Document document = Sample();
    document.cells[0].opportunities = 1;
    document.cells.resize(40, document.cells[0]);
    for (std::size_t i = 0; i < undecided; ++i) document.cells[i].verdict = Verdict::kInconclusive;
    return Mismatches(
        Read(
            {{"dir/top", "feature * present/absent | all [x]\nverdict * * hazardous | all [x]\n"}}),
        document);
  };
  EXPECT_TRUE(mismatches(2).empty());
  EXPECT_EQ(mismatches(3).size(), 3u);
  Document one = Sample();
  one.cells[0].verdict = Verdict::kInconclusive;
  EXPECT_EQ(Mismatches(Read({{"dir/top", kBase}}), one).size(), 2u) << "which no machine decides";
}

TEST(Mismatches, AsksUpheldRacesForABound) {
  Document document = Sample();
  document.cells[0].verdict = Verdict::kUpheld;
  const auto mismatches = [&](std::uint64_t opportunities, const std::string& bounds) {
    document.cells[0].opportunities = opportunities;
    return Mismatches(Read({{"dir/top",
                             "feature * present/absent | all [x]\n"
                             "verdict * * upheld/hazardous | all [x]\n" +
                                 bounds}}),
                      document);
  };
  const std::string tenth = "bound * * 1e-1 | a few say nothing [x]\n";
  EXPECT_TRUE(mismatches(30, tenth).empty());
  ASSERT_EQ(mismatches(28, tenth).size(), 1u);
  EXPECT_EQ(mismatches(28, tenth)[0],
            "too little evidence: pid_reuse/signal legacy_pid: 0 in 28 opportunities: with 95 % "
            "confidence fewer than 1 in 9; expected a bound below 1e-1: a few say nothing [x] "
            "(dir/top:3)");
  EXPECT_TRUE(mismatches(28, "").empty());
  EXPECT_TRUE(mismatches(28, tenth + "bound pid_reuse/* * 0.5 | rare here [x]\n")[0].starts_with(
      "stale: dir/top:3"))
      << "the later line decides";
  EXPECT_EQ(mismatches(5000, "bound * pidfd 1e-3 | x [x]\n").size(), 1u) << "which is stale";
  document.cells[0].verdict = Verdict::kHazardous;
  EXPECT_EQ(mismatches(28, tenth).size(), 1u) << "which is stale: harm that came needs no bound";
}

TEST(Mismatches, NamesSurprisesStaleLinesAndRowsNothingIsExpectedOf) {
  const auto mismatches =
      Mismatches(Read({{"dir/top",
                        "feature poll present | new [x]\nfeature select absent | old [x]\n"
                        "verdict * legacy_pid upheld | all [x]\n"}}),
                 Sample());
  ASSERT_EQ(mismatches.size(), 5u);
  EXPECT_EQ(mismatches[0],
            "unexpected: pidfd_open is present, and nothing is expected of it (tried)");
  EXPECT_EQ(mismatches[1],
            "surprise: poll is absent (tried); expected present: new [x] (dir/top:1)");
  EXPECT_EQ(mismatches[2],
            "surprise: pid_reuse/signal legacy_pid is hazardous (hit); expected upheld: all [x] "
            "(dir/top:3)");
  EXPECT_EQ(mismatches[3],
            "missing: the document has no row of select in the native world (dir/top:2)");
  EXPECT_EQ(mismatches[4], "stale: dir/top:2 decides no row; remove it");
}

TEST(Mismatches, NeverPassesADocumentThatSaysNothing) {
  const auto expectations = Read({{"dir/top", "include base\n"}, {"dir/base", kBase}});
  EXPECT_EQ(Mismatches(expectations, Document{}).size(), 3u);
  EXPECT_EQ(Mismatches({}, Document{}).size(), 2u);
  Document elsewhere = Sample();
  elsewhere.cells.clear();
  std::erase_if(elsewhere.features, [](const Feature& row) { return row.world == "native"; });
  EXPECT_EQ(Mismatches({}, elsewhere),
            std::vector<std::string>{"missing: there is no line, so nothing is expected"});
  Document cut = Sample();
  cut.features.resize(1);
  cut.cells[0].verdict = Verdict::kUpheld;
  EXPECT_TRUE(Mismatches(expectations, cut).empty());
  cut.run.interrupted = true;
  EXPECT_EQ(Mismatches(expectations, cut).size(), 1u);
  cut.run.interrupted = false;
  cut.run.failure = "no census of native";
  EXPECT_EQ(Mismatches(expectations, cut).size(), 1u);
  const auto named = Read(
      {{"dir/top", "include base\nfeature clone3 present | there [x]\n"}, {"dir/base", kBase}});
  EXPECT_EQ(Mismatches(named, cut)[1].find("missing"), 0u);
}

}  // namespace
}  // namespace pidproof::reports::compare::expect_test
