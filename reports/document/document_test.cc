#include "reports/document/document.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "reports/document/sample_document_testing.h"

namespace pidproof::reports::document_test {
namespace {

using Json = nlohmann::ordered_json;

// The error of FromJson for a text, or "" when it accepts it.
std::string Complaint(const std::string& text) {
  try {
    FromJson(text);
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

TEST(DocumentJson, RoundTrip) {
  const Document document = sample::SampleDocument();
  const std::string text = ToJson(document);
  const Document read = FromJson(text);
  EXPECT_EQ(ToJson(read), text);
  EXPECT_EQ(read.tool, document.tool);
  EXPECT_EQ(read.run.host_pids_used, document.run.host_pids_used);
  EXPECT_EQ(read.run.slowdown, document.run.slowdown);
  EXPECT_EQ(read.run.kernel_watch, "own kernel");
  ASSERT_EQ(read.kernel_log.value().size(), 2U);
  EXPECT_EQ(read.kernel_log->front().time, 31.25);
  EXPECT_EQ(read.kernel_log->front().level, 4U);
  EXPECT_EQ(read.kernel_log->back().kind, "taint");
  EXPECT_EQ(read.kernel_log->back().time, std::nullopt);
  EXPECT_EQ(read.host.uid, document.host.uid);
  EXPECT_EQ(read.host.pid_max, document.host.pid_max);
  EXPECT_EQ(read.host.seccomp_mode, document.host.seccomp_mode);
  EXPECT_EQ(read.host.no_new_privs, true);
  EXPECT_EQ(read.host.seccomp_filters, 1);
  EXPECT_EQ(read.host.ptrace_scope, 1);
  EXPECT_EQ(read.host.pid_levels, 2);
  for (const HostText& fact : kHostTexts) {
    EXPECT_FALSE((read.host.*fact.text).empty()) << fact.key;
    EXPECT_EQ(read.host.*fact.text, document.host.*fact.text) << fact.key;
  }
  ASSERT_EQ(read.features.size(), document.features.size());
  EXPECT_EQ(read.features[0].errno_name, "");
  EXPECT_EQ(read.features[3].errno_name, "ECHILD");
  ASSERT_EQ(read.scenarios.size(), document.scenarios.size());
  EXPECT_EQ(read.scenarios[0].claims[0].since, "5.10");
  EXPECT_EQ(read.scenarios[0].claims[1].since, "");
  EXPECT_EQ(read.scenarios[0].claims[0].source, "pidfd_open(2)");
  EXPECT_EQ(read.scenarios[3].claims[1].until, "6.15");
  ASSERT_EQ(read.cells.size(), document.cells.size());
  EXPECT_EQ(read.cells[10].outcomes, document.cells[10].outcomes);
  EXPECT_EQ(read.cells[10].seconds, document.cells[10].seconds);
  EXPECT_EQ(read.cells[10].baseline_per_second, document.cells[10].baseline_per_second);
  EXPECT_EQ(read.cells[0].seconds, std::nullopt);
}

TEST(DocumentJson, LargestNumbersSurvive) {
  Document document = sample::SampleDocument();
  document.run.seed = std::numeric_limits<std::uint64_t>::max();
  document.host.uid = std::numeric_limits<std::uint32_t>::max();
  const Document read = FromJson(ToJson(document));
  EXPECT_EQ(read.run.seed, document.run.seed);
  EXPECT_EQ(read.host.uid, document.host.uid);
}

TEST(DocumentJson, KeysStandInTheirOrder) {
  const Json json = Json::parse(ToJson(sample::SampleDocument()));
  std::string keys;
  for (const auto& [key, value] : json.items()) keys += key + " ";
  EXPECT_EQ(keys, "schema tool run host features scenarios cells proposed benchmarks kernel_log ");
  keys.clear();
  for (const auto& [key, value] : json["cells"][10].items()) keys += key + " ";
  EXPECT_EQ(
      keys,
      "world scenario path verdict reason trials outcomes process_control_path opportunities "
      "near_misses hits seconds baseline_per_second workers opened_by stopped_early strength rate "
      "rate_low rate_high acts records ");
  EXPECT_EQ(json["cells"][10]["strength"], "strong");
  EXPECT_FALSE(json["cells"][11].contains("strength"));
  EXPECT_FALSE(json["cells"][0].contains("seconds"));
  EXPECT_TRUE(json["features"][0]["errno"].is_null());
}

TEST(DocumentJson, OneRowToALine) {
  const Document document = sample::SampleDocument();
  const std::string text = ToJson(document);
  const std::size_t rows = document.features.size() + document.scenarios.size() +
                           document.cells.size() + document.proposed.size() +
                           document.benchmarks.size() + document.kernel_log->size();
  // Around the rows: two braces, four lines of keys, and two lines for each of six lists.
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(text, '\n')), rows + 2 + 4 + 12);
  EXPECT_EQ(text.back(), '\n');
}

TEST(DocumentJson, EmptyDocumentRoundTrips) {
  Document document;
  document.tool = "pidproof 0";
  const std::string text = ToJson(document);
  EXPECT_EQ(ToJson(FromJson(text)), text);
  EXPECT_FALSE(FromJson(text).kernel_log);
  document.kernel_log.emplace();  // read, and there was nothing
  EXPECT_TRUE(FromJson(ToJson(document)).kernel_log);
}

TEST(DocumentJson, BytesThatAreNotUtf8AreReplaced) {
  const std::string text = ToJson(sample::HostileDocument());
  EXPECT_EQ(text.find('\xff'), std::string::npos);
  EXPECT_NE(FromJson(text).host.release.find("\uFFFD"), std::string::npos);
}

TEST(DocumentJson, AmountsWithoutEndAreLeftOut) {
  Document document = sample::SampleDocument();
  document.cells[10].baseline_per_second = std::numeric_limits<double>::infinity();
  EXPECT_EQ(FromJson(ToJson(document)).cells[10].baseline_per_second, std::nullopt);
}

TEST(DocumentJson, AMedianThatIsLeftOutIsThatOfTheSamples) {
  Document document = sample::SampleDocument();
  document.benchmarks = {{.name = "a", .mechanism = "b", .unsupported = "", .samples = {1, 5, 3}},
                         {.name = "c", .mechanism = "d", .unsupported = "e"}};
  const Document read = FromJson(ToJson(document));
  EXPECT_EQ(read.benchmarks[0].median, 3);
  EXPECT_EQ(read.benchmarks[0].low, 1);
  EXPECT_EQ(read.benchmarks[0].high, 5);
  EXPECT_FALSE(read.benchmarks[1].median);
}

TEST(DocumentJson, UnknownKeysArePassedOver) {
  Json json = Json::parse(ToJson(sample::SampleDocument()));
  json["cells"][0]["later"] = 1;
  EXPECT_EQ(Complaint(json.dump()), "");
}

struct Malformed {
  const char* place;  // a JSON pointer
  Json value;         // null takes the key away
  const char* complaint;
};

TEST(DocumentJson, MalformedDocumentsAreRefusedByName) {
  const Malformed cases[] = {
      {"/schema", "pidproof/1", "schema is \"pidproof/1\", and this program reads \"pidproof/2\""},
      {"/schema", nullptr, "schema is missing: add it, a string"},
      {"/tool", 7, "tool is of type number: make it a string"},
      {"/run", nullptr, "run is missing"},
      {"/run", 3, "run must be an object, but is of type number"},
      {"/run/seed", -1, "run.seed is -1: make it a whole number from 0"},
      {"/run/slowdown", -0.5, "run.slowdown is -0.5: make it a number from 0"},
      {"/run/slowdown", "fast", "run.slowdown is string: make it a number from 0"},
      {"/run/interrupted", "no", "run.interrupted is of type string: make it true or false"},
      {"/host/uid", 4294967296,
       "host.uid is 4294967296: make it a whole number from 0 to 4294967295"},
      {"/host/seccomp_mode", 3, "host.seccomp_mode is 3: make it a whole number from 0 to 2"},
      {"/features", Json::object(), "features is of type object: make it a list"},
      {"/features/1", "x", "features[1] must be an object, but is of type string"},
      {"/features/1/errno", 5, "features[1].errno is of type number"},
      {"/features/1/errno", nullptr, "features[1].errno is missing"},
      {"/features/1/availability", "perhaps",
       "features[1].availability is \"perhaps\": make it one of present, absent, filtered"},
      {"/features/1/feature", "pidfd_open", "features[1].feature \"pidfd_open\" stands twice"},
      {"/scenarios/0/claims/1/expect", "should", "scenarios[0].claims[1].expect is \"should\""},
      {"/scenarios/0/kind", "fun", "scenarios[0].kind is \"fun\""},
      {"/scenarios/1/name", "nonblock/wait_alive", "scenarios[1].name \"nonblock/wait_alive\""},
      {"/cells/2/verdict", "violatd", "cells[2].verdict is \"violatd\": make it one of upheld"},
      {"/cells/2/path", "pid", "cells[2].path is \"pid\": make it one of pidfd, legacy_pid"},
      {"/cells/2/trials", -4, "cells[2].trials is -4"},
      {"/cells/2/trials", 1.5, "cells[2].trials is 1.5"},
      {"/cells/2/outcomes/esrch", -1, "cells[2].outcomes.esrch is -1"},
      {"/cells/2/outcomes", Json::array(), "cells[2].outcomes must be an object"},
      {"/cells/2/scenario", "no/such",
       "cells[2].scenario \"no/such\" is not among the scenarios: list it there"},
      {"/cells/1/path", "pidfd", "cells[1].scenario \"nonblock/wait_alive\" stands twice"},
      {"/kernel_log", "none", "kernel_log is of type string: make it a list"},
      {"/kernel_log/0/kind", "fun", "kernel_log[0].kind is \"fun\": make it one of warning"},
      {"/kernel_log/0/level", 8, "kernel_log[0].level is 8: make it a whole number from 0 to 7"},
      {"/kernel_log/0/text", nullptr, "kernel_log[0].text is missing"},
      {"/cells/10/seconds", "long", "cells[10].seconds is string: make it a number from 0"},
  };
  for (const Malformed& malformed : cases) {
    Json json = Json::parse(ToJson(sample::SampleDocument()));
    const Json::json_pointer place(malformed.place);
    if (malformed.value.is_null()) {
      json[place.parent_pointer()].erase(place.back());
    } else {
      json[place] = malformed.value;
    }
    EXPECT_EQ(Complaint(json.dump()).substr(0, std::string(malformed.complaint).size()),
              malformed.complaint);
  }
}

TEST(DocumentJson, HostileTextIsRefusedInOneLine) {
  const std::string whole = ToJson(sample::SampleDocument());
  const std::string steering_schema =
      R"({"schema":"a\nb\u001b[31m\u202e","tool":"","run":{},"host":{}})";
  for (const std::string& text :
       {std::string(), std::string("null"), std::string("[]"), std::string("{"),
        std::string("\xff\xfe"), std::string(1 << 20, '['), whole.substr(0, whole.size() / 2),
        whole + "x", std::string(R"({"schema": 1e999})"), steering_schema}) {
    const std::string complaint = Complaint(text);
    EXPECT_NE(complaint, "") << text.substr(0, 40);
    EXPECT_LT(complaint.size(), 200U);
    EXPECT_TRUE(std::ranges::none_of(complaint, [](char c) { return c < ' ' || c > '~'; }))
        << complaint;
  }
}

TEST(DocumentJson, TruncatedTextNamesTheByte) {
  EXPECT_EQ(Complaint("{\"schema\": "),
            "not JSON from byte 12 on: give a complete document, as pidproof wrote it");
}

TEST(ExitStatus, FollowsTheWorstVerdict) {
  struct Case {
    std::vector<Verdict> verdicts;
    int status;
  };
  const Case cases[] = {
      {{}, 0},
      {{Verdict::kUpheld, Verdict::kHazardous, Verdict::kUnsupported}, 0},
      {{Verdict::kUnsupported, Verdict::kUnsupported}, 3},
      {{Verdict::kUpheld, Verdict::kViolated}, 1},
      {{Verdict::kHung}, 3},
      {{Verdict::kCrashed, Verdict::kUpheld}, 3},
      {{Verdict::kBroken}, 3},
      {{Verdict::kInconclusive}, 3},
      {{Verdict::kHung, Verdict::kViolated}, 1},
      {{Verdict::kViolated, Verdict::kHung}, 1},
  };
  for (const Case& expected : cases) {
    Document document;
    for (const Verdict verdict : expected.verdicts) {
      document.cells.push_back(sample::SampleCell("a/b", Path::kPidfd, verdict, "", 1, {}));
    }
    EXPECT_EQ(ExitStatus(document), expected.status) << ToJson(document);
  }
}

// Results after trouble in the kernel prove little; on a shared kernel others may have caused it.
TEST(ExitStatus, IsUndecidedWhereAKernelOfItsOwnReportedTrouble) {
  Document document;
  document.run.kernel_watch = "own kernel";
  document.kernel_log.emplace();
  EXPECT_EQ(ExitStatus(document), 0);
  document.kernel_log->push_back({.kind = "oops", .text = "Oops"});
  EXPECT_EQ(ExitStatus(document), 3);
  document.run.kernel_watch = "shared kernel";
  EXPECT_EQ(ExitStatus(document), 0);
}

}  // namespace
}  // namespace pidproof::reports::document_test
