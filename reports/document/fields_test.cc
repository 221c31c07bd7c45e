#include "reports/document/fields.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "reports/document/sample_document_testing.h"

namespace pidproof::reports::fields_test {
namespace {

using nlohmann::json;

// With a value for each field.
Document FullDocument() {
  Document document = sample::SampleDocument();
  document.run.notes = "a note";
  document.run.failure = "a failure";
  document.run.only = "a/*";
  document.run.conformance_only = true;
  Feature& feature = document.features[4];
  feature.refused_by = "seccomp";
  feature.confidence = "proven";
  feature.kernel_has = "yes";
  feature.fix = "a fix";
  feature.libc = "glibc 2.36";
  feature.evaluated = true;
  Claim& claim = document.scenarios[3].claims[1];
  claim.bug = "a-bug";
  claim.fixed_in = "6.20";
  document.cells[4].missing = "pidfd_getfd";
  return document;
}

// The keys that any of these rows has.
std::set<std::string> KeysOf(const json& rows) {
  std::set<std::string> keys;
  for (const json& row : rows) {
    for (const auto& [key, value] : row.items()) keys.insert(key);
  }
  return keys;
}

// All rows that stand under that key of these rows.
json Within(const json& rows, const char* key) {
  json all = json::array();
  for (const json& row : rows) {
    for (const json& inner : row.value(key, json::array())) all.push_back(inner);
  }
  return all;
}

TEST(Fields, AreAllThatTheSchemaKnows) {
  std::ifstream file(PIDPROOF_SOURCE_DIR "/reports/document/document.schema.json");
  const json definitions = json::parse(file)["definitions"];
  const json document = json::parse(ToJson(FullDocument()));
  const json records = Within(document["cells"], "records");
  const std::pair<const char*, json> rows[] = {
      {"run", json::array({document["run"]})},
      {"host", json::array({document["host"]})},
      {"feature", document["features"]},
      {"scenario", document["scenarios"]},
      {"claim", Within(document["scenarios"], "claims")},
      {"cell", document["cells"]},
      {"act", Within(document["cells"], "acts")},
      {"kernel_bug", Within(document["cells"], "kernel_bugs")},
      {"record", records},
      {"event", Within(records, "events")},
      {"benchmark", document["benchmarks"]},
      {"kernel_log_line", document["kernel_log"]},
  };
  for (const auto& [name, list] : rows) {
    EXPECT_EQ(KeysOf(list), KeysOf(json::array({definitions[name]["properties"]}))) << name;
  }
}

TEST(Fields, AreReadAsTheyWereWritten) {
  const std::string text = ToJson(FullDocument());
  EXPECT_EQ(ToJson(FromJson(text)), text);
}

}  // namespace
}  // namespace pidproof::reports::fields_test
