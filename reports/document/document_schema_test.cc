#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "reports/document/sample_document_testing.h"
#include "reports/document/vocabulary.h"

namespace pidproof::reports::document_schema_test {
namespace {

using nlohmann::json;

json ReadSchema() {
  std::ifstream file(PIDPROOF_SOURCE_DIR "/reports/document/document.schema.json");
  return json::parse(file);
}

class MatrixSchema : public testing::Test {
 protected:
  MatrixSchema() {
    const valijson::adapters::NlohmannJsonAdapter adapter(text_);
    valijson::SchemaParser().populateSchema(adapter, schema_);
  }

  // The first error that the schema finds in a document, or "".
  std::string Complaint(const json& document) const {
    valijson::Validator validator;
    valijson::ValidationResults results;
    const valijson::adapters::NlohmannJsonAdapter adapter(document);
    if (validator.validate(schema_, adapter, &results)) return "";
    valijson::ValidationResults::Error error;
    std::string complaint = "refused: ";
    while (results.popError(error)) complaint += error.description + "; ";
    return complaint;
  }

  json text_ = ReadSchema();
  valijson::Schema schema_;
};

TEST_F(MatrixSchema, AcceptsWhatIsWritten) {
  EXPECT_EQ(Complaint(json::parse(ToJson(sample::SampleDocument()))), "");
}

TEST_F(MatrixSchema, AcceptsHostsThatShowLessAndTheLargestSeed) {
  Document document = sample::SampleDocument();
  document.host.pid_max.reset();
  document.host.seccomp_mode.reset();
  document.run.host_pids_used.reset();
  document.run.seed = UINT64_MAX;
  document.features.clear();
  EXPECT_EQ(Complaint(json::parse(ToJson(document))), "");
}

struct Broken {
  const char* place;  // a JSON pointer
  json value;         // what stands there instead; discarded takes the key away
};

TEST_F(MatrixSchema, RefusesWhatIsNotADocument) {
  const json gone(json::value_t::discarded);
  const Broken cases[] = {
      {"/schema", "pidproof/1"},
      {"/schema", gone},
      {"/tool", "another 1"},
      {"/surplus", 1},
      {"/run/started", "yesterday"},
      {"/run/started", "2026-04-01T12:00:00"},
      {"/run/seconds", -1},
      {"/run/seed", "42"},
      {"/run/slowdown", gone},
      {"/run/interrupted", 0},
      {"/run/host_pids_used", -1},
      {"/run/surplus", 1},
      {"/host/uid", -1},
      {"/host/uid", 4294967296},
      {"/host/isolation", ""},
      {"/host/seccomp_mode", 3},
      {"/host/pid_max", "many"},
      {"/host/libc", gone},
      {"/host/surplus", 1},
      {"/features", json::object()},
      {"/features/0/since", "5"},
      {"/features/0/since", "v5.3"},
      {"/features/0/since", "5.3-rc1"},
      {"/features/0/availability", "yes"},
      {"/features/0/errno", ""},
      {"/features/0/errno", 9},
      {"/features/0/errno", gone},
      {"/features/0/world", ""},
      {"/features/0/feature", "two words"},
      {"/features/0/evidence", nullptr},
      {"/features/0/libc", "2.36"},
      {"/features/0/libc", ""},
      {"/features/0/surplus", 1},
      {"/scenarios/0/name", "without_topic"},
      {"/scenarios/0/question", ""},
      {"/scenarios/0/kind", "benchmark"},
      {"/scenarios/0/claims", gone},
      {"/scenarios/0/surplus", 1},
      {"/scenarios/0/claims/0/path", "pid"},
      {"/scenarios/0/claims/0/expect", "should"},
      {"/scenarios/0/claims/0/reason", ""},
      {"/scenarios/0/claims/0/since", ""},
      {"/scenarios/0/claims/0/since", gone},
      {"/scenarios/0/claims/0/surplus", 1},
      {"/cells/0/verdict", "passed"},
      {"/cells/0/path", "both"},
      {"/cells/0/scenario", "nameless"},
      {"/cells/0/reason", 1},
      {"/cells/0/trials", -1},
      {"/cells/0/trials", 1.5},
      {"/cells/0/outcomes", json::array()},
      {"/cells/0/outcomes/eagain", -1},
      {"/cells/0/outcomes/eagain", "1"},
      {"/cells/0/process_control_path", "pid"},
      {"/cells/0/wait_result", json::object()},
      {"/cells/0/wait_result/eagain", -1},
      {"/cells/0/wait_result/killed", 1},
      {"/cells/3/signal_result/hit_stranger", 1},
      {"/cells/0/seconds", -1},
      {"/cells/0/floor_per_second", nullptr},
      {"/cells/10/strength", "sure"},
      {"/cells/0/surplus", 1},
      {"/run/kernel_watch", "other kernel"},
      {"/kernel_log", "none"},
      {"/kernel_log/0/kind", "fun"},
      {"/kernel_log/0/kind", gone},
      {"/kernel_log/0/level", 8},
      {"/kernel_log/0/time", -1},
      {"/kernel_log/0/text", ""},
      {"/kernel_log/0/surplus", 1},
  };
  for (const Broken& broken : cases) {
    json document = json::parse(ToJson(sample::SampleDocument()));
    const json::json_pointer place(broken.place);
    if (broken.value.is_discarded()) {
      document[place.parent_pointer()].erase(place.back());
    } else {
      document[place] = broken.value;
    }
    EXPECT_NE(Complaint(document), "") << broken.place << " " << broken.value;
  }
}

// The lists of words stand in the schema and in the program; they must stay the same.
TEST_F(MatrixSchema, KnowsTheProgramsWords) {
  const auto words = [](std::span<const Word> list) {
    json names = json::array();
    for (const Word& word : list) names.push_back(word.word);
    return names;
  };
  const json& definitions = text_["definitions"];
  const json& claim = definitions["claim"]["properties"];
  EXPECT_EQ(text_["properties"]["schema"]["const"], kSchema);
  EXPECT_EQ(definitions["path"]["enum"], words(kPaths));
  EXPECT_EQ(claim["expect"]["enum"], words(kExpectations));
  EXPECT_EQ(definitions["feature"]["properties"]["availability"]["enum"], words(kAvailabilities));
  EXPECT_EQ(definitions["scenario"]["properties"]["kind"]["enum"], words(kKinds));
  const json& cell = definitions["cell"]["properties"];
  EXPECT_EQ(cell["verdict"]["enum"], words(kVerdicts));
  EXPECT_EQ(cell["strength"]["enum"], words(kStrengths));
  EXPECT_EQ(cell["signal_result"]["propertyNames"]["enum"], words(kSignalResults));
  EXPECT_EQ(cell["wait_result"]["propertyNames"]["enum"], words(kWaitResults));
  EXPECT_EQ(definitions["kernel_log_line"]["properties"]["kind"]["enum"], words(kKernelTroubles));
}

}  // namespace
}  // namespace pidproof::reports::document_schema_test
