#include "reports/expect.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>

namespace pidproof::reports {
namespace {

using Files = std::map<std::string, std::string>;

std::vector<Expectation> Read(const Files& files) {
  return ReadExpectations("dir/top", [&](const std::string& file) {
    const auto at = files.find(file);
    if (at == files.end()) throw std::runtime_error(file + ": missing");
    return at->second;
  });
}

Matrix Sample() {
  Matrix matrix;
  matrix.features = {{"native", "pidfd_open", "5.3", "present", "EINVAL", "tried"},
                     {"native", "poll", "5.3", "absent", "", "tried"},
                     {"all:eperm", "poll", "5.3", "filtered", "", "tried"}};
  Cell cell;
  cell.world = "native";
  cell.scenario = "pid_reuse/signal";
  cell.path = "legacy_pid";
  cell.verdict = "hazardous";
  cell.why = "hit";
  matrix.cells = {cell};
  return matrix;
}

const char kBase[] = "feature * present | all [x]\nverdict * * upheld | all [x]\n";

TEST(Misfits, IsEmptyWhereEverythingFits) {
  EXPECT_TRUE(Misfits(Read({{"dir/top",
                             "include base\n# why\nfeature poll absent | old [x]\n"
                             "verdict pid_reuse/* legacy_pid hazardous | exposed [x]\n"},
                            {"dir/base", kBase}}),
                      Sample())
                  .empty());
}

TEST(Misfits, AllowsEachOfSeveralWords) {
  const char kRest[] = "feature * present | all [x]\nverdict * * upheld/hazardous | all [x]\n";
  EXPECT_TRUE(Misfits(Read({{"dir/top",
                             std::string(kRest) + "feature poll present/absent | either [x]\n"}}),
                      Sample())
                  .empty());
  EXPECT_EQ(
      Misfits(
          Read({{"dir/top", std::string(kRest) + "feature poll present/filtered | either [x]\n"}}),
          Sample())
          .size(),
      1u);
}

TEST(Misfits, AsksForAReasonThatNamesWhatRestricts) {
  const auto expectations =
      Read({{"dir/top",
             "feature * present/absent | any [x]\nverdict * * upheld/broken:named | x [x]\n"}});
  Matrix matrix = Sample();
  matrix.cells[0].verdict = "broken";
  matrix.cells[0].why = "pipe2: emfile";
  EXPECT_TRUE(Misfits(expectations, matrix, {"descriptor", "EMFILE"}).empty());
  EXPECT_EQ(Misfits(expectations, matrix, {"ENOMEM"}).size(), 1u);
  EXPECT_EQ(Misfits(expectations, matrix).size(), 1u);
  matrix.cells[0].verdict = "violated";
  EXPECT_EQ(Misfits(expectations, matrix, {"EMFILE"}).size(), 1u) << "which no reason excuses";
}

TEST(Misfits, ExcusesARunThatFailedByWhatRestricts) {
  const auto expectations = Read({{"dir/top", "include base\n"}, {"dir/base", kBase}});
  Matrix matrix;
  matrix.run.failure = "no census of native: pipe2: EMFILE";
  EXPECT_TRUE(Misfits(expectations, matrix, {"EMFILE"}).empty());
  EXPECT_EQ(Misfits(expectations, matrix, {"ENOMEM"}).size(), 3u);
  EXPECT_EQ(Misfits(expectations, matrix).size(), 3u);
}

TEST(Misfits, OfARestrictedHostAreWhatItsLimitsDoNotExcuse) {
  const std::string file = PIDPROOF_SOURCE_DIR "/ci/environments/expected/restricted";
  const auto expectations = ReadExpectations(file, [](const std::string& name) {
    std::ifstream stream(name);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  });
  const auto misfits = [&](const std::string& verdict, const std::string& why) {
    Matrix matrix = Sample();
    matrix.cells[0].verdict = verdict;
    matrix.cells[0].why = why;
    return Misfits(expectations, matrix, {"EMFILE"}).size();
  };
  for (const char* verdict : {"violated", "hung", "crashed"}) {
    EXPECT_EQ(misfits(verdict, "open: EMFILE"), 1u) << verdict;
  }
  for (const char* verdict : {"broken", "inconclusive"}) {
    EXPECT_EQ(misfits(verdict, "open: EMFILE"), 0u) << verdict;
    EXPECT_EQ(misfits(verdict, "open: ENOENT"), 1u) << verdict;
  }
}

TEST(Misfits, AllowsWhatIsOlderOnlyWhereTheKernelIs) {
  const auto count = [&](const std::string& release) {
    Matrix matrix = Sample();
    matrix.host.release = release;  // poll is absent, and came with 5.3
    return Misfits(Read({{"dir/top",
                          "include base\nverdict * * hazardous | exposed [x]\n"
                          "feature poll present/absent:older | by release [x]\n"},
                         {"dir/base", kBase}}),
                   matrix)
        .size();
  };
  EXPECT_EQ(count("5.2.21-generic"), 0u);
  EXPECT_EQ(count("4.18.0-553.el8"), 0u);
  EXPECT_EQ(count("5.3.0"), 1u);
  EXPECT_EQ(count("5.10.0-30-cloud-amd64"), 1u);  // by number, not by letter
  EXPECT_EQ(count("6.1"), 1u);
  EXPECT_EQ(count("of gVisor"), 0u);
}

TEST(Misfits, HoldsOtherWorldsAgainstWhatIsExpectedOfThem) {
  const std::string top =
      "feature * present | all [x]\nfeature poll absent | old [x]\n"
      "verdict * * hazardous | exposed [x]\nworld all:eperm\nfeature poll ";
  const auto misfits = [&](const std::string& word) {
    Matrix matrix = Sample();
    matrix.features[2].refused_by = "seccomp";
    return Misfits(Read({{"dir/top", top + word + " | refused [x]\n"}}), matrix);
  };
  EXPECT_TRUE(misfits("filtered").empty());
  EXPECT_TRUE(misfits("filtered:seccomp").empty());
  EXPECT_TRUE(misfits("absent/filtered:seccomp").empty());
  EXPECT_EQ(misfits("filtered:yama").size(), 1u);
  EXPECT_EQ(misfits("absent").size(), 1u);
}

// A view's expectations are those of its kernel, and then its own.
TEST(Misfits, IncludesAFileIntoTheWorldThatIsSpokenOf) {
  const auto misfits = [&](const std::string& rest) {
    return Misfits(Read({{"dir/top",
                          "include base\nfeature poll absent | old [x]\n"
                          "verdict * * hazardous | exposed [x]\n"
                          "world all:eperm\ninclude base\n" +
                              rest},
                         {"dir/base", kBase}}),
                   Sample());
  };
  const std::vector<std::string> without = misfits("");
  ASSERT_EQ(without.size(), 2u);
  EXPECT_EQ(without[0].substr(0, 28), "surprise: poll is filtered (");
  EXPECT_EQ(without[1].substr(0, 40), "missing: the document has no row of * in");
  EXPECT_EQ(misfits("feature poll filtered | refused [x]\n").size(), 1u);
  const std::string back = "feature poll filtered | refused [x]\nworld native\n";
  EXPECT_EQ(misfits(back + "feature poll present | here again [x]\n").front().substr(0, 26),
            "surprise: poll is absent (");
}

// What a kernel of our own reported is a misfit, and comes first; a line may say that it is known.
TEST(Misfits, NamesFirstWhatAKernelOfItsOwnReported) {
  Matrix matrix = Sample();
  matrix.run.kernel_watch = "own kernel";
  matrix.kernel_log = {{.time = 1.5, .level = 4, .kind = "warning", .text = "WARNING: CPU: 0 at x"},
                       {.kind = "taint", .text = "kernel.tainted was 0"}};
  const auto misfits = [&](const std::string& top) {
    return Misfits(Read({{"dir/top", std::string("include base\nfeature poll absent | old [x]\n"
                                                 "verdict * * hazardous | exposed [x]\n") +
                                         top},
                         {"dir/base", kBase}}),
                   matrix);
  };
  EXPECT_EQ(misfits(""), (std::vector<std::string>{"kernel: warning: WARNING: CPU: 0 at x",
                                                   "kernel: taint: kernel.tainted was 0"}));
  EXPECT_EQ(misfits("feature x absent | y [z]\n").front(), "kernel: warning: WARNING: CPU: 0 at x");
  EXPECT_EQ(misfits("kernel_log WARNING: CPU: * at x | not ours [the source]\n"),
            std::vector<std::string>{"kernel: taint: kernel.tainted was 0"});
  EXPECT_TRUE(misfits("kernel_log * | not ours [the source]\n").empty());
  matrix.run.kernel_watch = "shared kernel";
  EXPECT_TRUE(misfits("").empty());
  EXPECT_EQ(misfits("kernel_log * | not ours [the source]\n"),
            std::vector<std::string>{"stale: dir/top:4 decides no row; remove it"});
  EXPECT_THROW(misfits("kernel_log *\n"), std::runtime_error);
}

TEST(Misfits, AsksNoLineForWhatFollowsFromOtherRows) {
  Matrix matrix = Sample();
  matrix.features.pop_back();  // of a world in which the scenario was not run
  matrix.scenarios = {{"pid_reuse/signal", "?", "torture", {{"pidfd", "ok", "must", "x", "y"}}}};
  matrix.cells[0].verdict = "unsupported";
  const auto misfits = [&] {
    return Misfits(
        Read({{"dir/top", "feature * present | all [x]\nfeature poll absent | old [x]\n"}}),
        matrix);
  };
  EXPECT_TRUE(misfits().empty()) << "nothing is claimed of the legacy path";
  matrix.cells[0].path = "pidfd";
  EXPECT_EQ(misfits().size(), 1u);
  matrix.cells[0].missing = "poll";
  EXPECT_TRUE(misfits().empty());
  matrix.cells[0].missing = "pidfd_open";
  EXPECT_EQ(misfits().size(), 1u) << "which is there";
  matrix.cells[0].missing = "isolation";
  EXPECT_EQ(misfits().size(), 1u) << "which is there too";
  matrix.host.isolation = "none: EPERM";
  EXPECT_TRUE(misfits().empty());
}

TEST(Misfits, AllowsFewUndecidedRacesAndNotMany) {
  const auto misfits = [](std::size_t undecided) {
    Matrix matrix = Sample();
    matrix.cells[0].opportunities = 1;
    matrix.cells.resize(40, matrix.cells[0]);
    for (std::size_t i = 0; i < undecided; ++i) matrix.cells[i].verdict = "inconclusive";
    return Misfits(
        Read(
            {{"dir/top", "feature * present/absent | all [x]\nverdict * * hazardous | all [x]\n"}}),
        matrix);
  };
  EXPECT_TRUE(misfits(2).empty());
  EXPECT_EQ(misfits(3).size(), 3u);
  Matrix one = Sample();
  one.cells[0].verdict = "inconclusive";
  EXPECT_EQ(Misfits(Read({{"dir/top", kBase}}), one).size(), 2u) << "which no machine decides";
}

TEST(Misfits, AsksUpheldRacesForABound) {
  Matrix matrix = Sample();
  matrix.cells[0].verdict = "upheld";
  const auto misfits = [&](std::uint64_t opportunities, const std::string& bounds) {
    matrix.cells[0].opportunities = opportunities;
    return Misfits(Read({{"dir/top",
                          "feature * present/absent | all [x]\n"
                          "verdict * * upheld/hazardous | all [x]\n" +
                              bounds}}),
                   matrix);
  };
  const std::string tenth = "bound * * 1e-1 | a few say nothing [x]\n";
  EXPECT_TRUE(misfits(30, tenth).empty());
  ASSERT_EQ(misfits(28, tenth).size(), 1u);
  EXPECT_EQ(misfits(28, tenth)[0],
            "too little evidence: pid_reuse/signal legacy_pid: 0 in 28 opportunities: with 95 % "
            "confidence fewer than 1 in 9; expected a bound below 1e-1: a few say nothing [x] "
            "(dir/top:3)");
  EXPECT_TRUE(misfits(28, "").empty());
  EXPECT_TRUE(misfits(28, tenth + "bound pid_reuse/* * 0.5 | rare here [x]\n")[0].starts_with(
      "stale: dir/top:3"))
      << "the later line decides";
  EXPECT_EQ(misfits(5000, "bound * pidfd 1e-3 | x [x]\n").size(), 1u) << "which is stale";
  matrix.cells[0].verdict = "hazardous";
  EXPECT_EQ(misfits(28, tenth).size(), 1u) << "which is stale: harm that came needs no bound";
}

TEST(Misfits, NamesSurprisesStaleLinesAndRowsNothingIsExpectedOf) {
  const auto misfits =
      Misfits(Read({{"dir/top",
                     "feature poll present | new [x]\nfeature select absent | old [x]\n"
                     "verdict * legacy_pid upheld | all [x]\n"}}),
              Sample());
  ASSERT_EQ(misfits.size(), 5u);
  EXPECT_EQ(misfits[0], "unexpected: pidfd_open is present, and nothing is expected of it (tried)");
  EXPECT_EQ(misfits[1], "surprise: poll is absent (tried); expected present: new [x] (dir/top:1)");
  EXPECT_EQ(misfits[2],
            "surprise: pid_reuse/signal legacy_pid is hazardous (hit); expected upheld: all [x] "
            "(dir/top:3)");
  EXPECT_EQ(misfits[3],
            "missing: the document has no row of select in the native world (dir/top:2)");
  EXPECT_EQ(misfits[4], "stale: dir/top:2 decides no row; remove it");
}

TEST(Misfits, NeverPassesADocumentThatSaysNothing) {
  const auto expectations = Read({{"dir/top", "include base\n"}, {"dir/base", kBase}});
  EXPECT_EQ(Misfits(expectations, Matrix{}).size(), 3u);
  EXPECT_EQ(Misfits({}, Matrix{}).size(), 2u);
  Matrix elsewhere = Sample();
  elsewhere.cells.clear();
  std::erase_if(elsewhere.features, [](const Feature& row) { return row.world == "native"; });
  EXPECT_EQ(Misfits({}, elsewhere),
            std::vector<std::string>{"missing: there is no line, so nothing is expected"});
  Matrix cut = Sample();
  cut.features.resize(1);
  cut.cells[0].verdict = "upheld";
  EXPECT_TRUE(Misfits(expectations, cut).empty());
  cut.run.interrupted = true;
  EXPECT_EQ(Misfits(expectations, cut).size(), 1u);
  cut.run.interrupted = false;
  cut.run.failure = "no census of native";
  EXPECT_EQ(Misfits(expectations, cut).size(), 1u);
  const auto named = Read(
      {{"dir/top", "include base\nfeature clone3 present | there [x]\n"}, {"dir/base", kBase}});
  EXPECT_EQ(Misfits(named, cut)[1].find("missing"), 0u);
}

TEST(ReadExpectations, NamesTheLineAndTheMend) {
  const auto complaint = [](const Files& files) -> std::string {
    try {
      Read(files);
    } catch (const std::runtime_error& mistake) {
      return mistake.what();
    }
    return "";
  };
  EXPECT_EQ(complaint({{"dir/top", "\nfeatures x present | y [z]\n"}}),
            "dir/top:2: 'features' is neither feature, verdict, bound, kernel_log, world nor include");
  for (const char* share : {"0", "1", "weak", "1e-3x"}) {
    EXPECT_EQ(complaint({{"dir/top", std::string("bound x pidfd ") + share + " | y [z]\n"}}),
              std::string("dir/top:1: '") + share +
                  "' is no share; write one above 0 and below 1, such as 1e-2");
  }
  EXPECT_NE(complaint({{"dir/top", "feature x | y [z]\n"}}).find("dir/top:1: write"),
            std::string::npos);
  EXPECT_NE(complaint({{"dir/top", "feature x present absent | y [z]\n"}}).find("dir/top:1: write"),
            std::string::npos);
  EXPECT_NE(complaint({{"dir/top", "feature x present\n"}}).find("reason"), std::string::npos);
  EXPECT_NE(complaint({{"dir/top", "feature x present | no source\n"}}).find("reason"),
            std::string::npos);
  EXPECT_NE(complaint({{"dir/top", "include top\n"}}).find("circle"), std::string::npos);
  EXPECT_NE(complaint({{"dir/top", "include gone\n"}}).find("dir/gone: missing"),
            std::string::npos);
}

}  // namespace
}  // namespace pidproof::reports
