// The exit statuses of `diff` and of `run --baseline`, which gates are built on.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <utility>

#include "runner/program_testing.h"

namespace pidproof::runner::diff_program_test {

namespace {

using Json = nlohmann::json;

class DiffProgram : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(RunProgram(fmt::format("run --only {} --json {}", kRow, before_)).status, 0);
  }

  // The same document but for what the change does to it.
  std::string Changed(const std::function<void(Json&)>& change) const {
    std::ifstream in(before_);
    Json document = Json::parse(in);
    change(document);
    std::ofstream(dir_.File("after.json")) << document.dump();
    return dir_.File("after.json");
  }

  Printed Diff(const std::string& before, const std::string& after) const {
    return RunProgram(fmt::format("diff {} {} 2>&1", before, after));
  }

  static constexpr const char* kRow = "life_cycle/dead_signal";
  TempDir dir_;
  std::string before_ = dir_.File("before.json");
};

Json& CellByPidfd(Json& document) {
  for (Json& cell : document["cells"]) {
    if (cell["path"] == "pidfd") return cell;
  }
  throw std::runtime_error("no cell by pidfd");
}

void Violate(Json& document) {
  Json& cell = CellByPidfd(document);
  cell["verdict"] = "violated";
  cell["why"] = "odd: unexpected outcome";
  cell["outcomes"] = {{"odd", 1}};
}

TEST_F(DiffProgram, SaysThatARunIsLikeItself) {
  const Printed same = Diff(before_, before_);
  EXPECT_EQ(same.status, 0) << same.out;
}

TEST_F(DiffProgram, FailsOnlyWhereTheLaterIsWorse) {
  const std::string after = Changed(Violate);
  const Printed worse = Diff(before_, after);
  EXPECT_EQ(worse.status, 1) << worse.out;
  EXPECT_NE(worse.out.find(kRow), std::string::npos) << worse.out;
  const Printed better = Diff(after, before_);
  EXPECT_EQ(better.status, 0) << better.out;
  EXPECT_NE(better.out.find(kRow), std::string::npos) << better.out;
}

TEST_F(DiffProgram, ExitsWithTwoForWhatIsNoDocument) {
  const std::string absent = dir_.File("absent.json");
  EXPECT_EQ(Diff(before_, absent).status, 2);
  std::ofstream(absent) << "no JSON";
  const Printed junk = Diff(before_, absent);
  EXPECT_EQ(junk.status, 2);
  EXPECT_NE(junk.out.find("absent.json"), std::string::npos) << junk.out;
}

TEST_F(DiffProgram, ExitsWithThreeForWhatCannotBeCompared) {
  const Printed world = Diff(before_, Changed([](Json& document) {
                               for (Json& row : document["cells"]) row["world"] = "elsewhere";
                               for (Json& row : document["features"]) row["world"] = "elsewhere";
                             }));
  EXPECT_EQ(world.status, 3) << world.out;
  const Printed schema =
      Diff(before_, Changed([](Json& document) { document["schema"] = "pidproof/1"; }));
  EXPECT_EQ(schema.status, 3) << schema.out;
}

// A document of pidproof bench: the floor, and one row of that many nanoseconds.
Json CostsAlone(Json document, double nanoseconds) {
  for (const char* part : {"features", "scenarios", "cells"}) document[part] = Json::array();
  document.erase("proposed");
  for (const auto& [name, median] :
       {std::pair("floor/call:getppid", 100.0), std::pair("verbs/call:x", nanoseconds)}) {
    Json samples = Json::array();
    for (int i = 0; i < 11; ++i) samples.push_back(median + i / 10.0);
    document["benchmarks"].push_back({{"name", name}, {"mechanism", "m"}, {"samples", samples}});
  }
  return document;
}

TEST_F(DiffProgram, ComparesCostsOfOneMachineAlone) {
  const auto write = [&](const char* name, const Json& document) {
    std::ofstream(dir_.File(name)) << document.dump();
    return dir_.File(name);
  };
  std::ifstream in(before_);
  const Json document = Json::parse(in);
  const std::string then = write("then.json", CostsAlone(document, 200));
  Json slower = CostsAlone(document, 230);
  EXPECT_EQ(Diff(then, then).status, 0);
  EXPECT_EQ(Diff(then, write("now.json", slower)).status, 1);
  slower["host"]["release"] = "7.0";
  const std::string now = write("now.json", slower);
  const Printed refused = Diff(then, now);
  EXPECT_EQ(refused.status, 3);
  for (const std::string& named : {then, now, std::string("--across"), std::string("7.0 now")}) {
    EXPECT_NE(refused.out.find(named), std::string::npos) << refused.out;
  }
  EXPECT_EQ(std::ranges::count(refused.out, '\n'), 1) << refused.out;
  const Printed across = Diff("--across " + then, now);
  EXPECT_EQ(across.status, 1);
  EXPECT_NE(across.out.find("7.0 now"), std::string::npos) << across.out;
  // Beside verdicts, which are of any two kernels, the costs are left out.
  Json with_verdicts = document;
  with_verdicts["benchmarks"] = slower["benchmarks"];
  const std::string both = write("then.json", with_verdicts);
  with_verdicts["host"]["release"] = "7.0";
  const Printed left_out = Diff(both, write("now.json", with_verdicts));
  EXPECT_EQ(left_out.status, 0);
  EXPECT_NE(left_out.out.find("costs not compared"), std::string::npos) << left_out.out;
}

TEST_F(DiffProgram, RunComparesWithABaselineAtOnce) {
  const auto run = [&](const std::string& arguments) {
    return RunProgram(fmt::format("run --only {} {} 2>&1", kRow, arguments));
  };
  EXPECT_EQ(run("--baseline " + before_).status, 0);
  EXPECT_EQ(run("--baseline " + Changed(Violate)).status, 0);  // better
  EXPECT_EQ(run("--baseline " + dir_.File("absent.json")).status, 2);
}

TEST_F(DiffProgram, RunFailsWhereItIsWorseThanItsBaseline) {
  const std::string run = fmt::format("run --only {} --world trial:pidfd_send_signal:ok", kRow);
  const std::string lied = dir_.File("lied.json");
  ASSERT_EQ(RunProgram(fmt::format("{} --json {} 2>&1", run, lied)).status, 1);
  std::ifstream in(lied);
  Json document = Json::parse(in);
  for (Json& cell : document["cells"]) cell["verdict"] = "upheld";
  std::ofstream(lied) << document.dump();
  const Printed worse = RunProgram(fmt::format("{} --baseline {} 2>&1", run, lied));
  EXPECT_EQ(worse.status, 1);
  EXPECT_NE(worse.out.find("is worse than"), std::string::npos) << worse.out;
}

}  // namespace

}  // namespace pidproof::runner::diff_program_test
