// Each input that the fuzzer began with, or found, goes through what the fuzzer calls.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "reports/fuzz/merge_and_ask_testing.h"
#include "reports/fuzz/read_and_render_testing.h"

namespace pidproof::reports::fuzz::corpus_test {
namespace {

std::vector<std::filesystem::path> Corpus() {
  const std::filesystem::directory_iterator files(PIDPROOF_SOURCE_DIR "/reports/fuzz/corpus");
  std::vector<std::filesystem::path> corpus;
  for (const auto& file : files) corpus.push_back(file.path());
  std::ranges::sort(corpus);
  return corpus;
}

std::string TextOf(const std::filesystem::path& file) {
  std::stringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

TEST(Corpus, EachInputIsRefusedInOneLineOrRenderedSafely) {
  for (const auto& file : Corpus()) {
    EXPECT_EQ(Complaint(TextOf(file)), "") << file;
    EXPECT_EQ(FleetComplaint(TextOf(file)), "") << file;
  }
}

// One with features and verdicts, and one with costs: with all keys that there are.
std::vector<std::string> WholeDocuments() {
  return {TextOf(PIDPROOF_SOURCE_DIR "/reports/fuzz/corpus/whole.json"),
          TextOf(PIDPROOF_SOURCE_DIR "/reports/fuzz/corpus/costs.json")};
}

// Else the fuzzer would begin with nothing that is rendered.
TEST(Corpus, TheLargestInputsAreDocuments) {
  for (const char* name : {"whole", "hostile", "empty", "costs", "costs_hostile"}) {
    const std::string file =
        fmt::format("{}/reports/fuzz/corpus/{}.json", PIDPROOF_SOURCE_DIR, name);
    EXPECT_EQ(Read(TextOf(file)).refusal, "") << file;
  }
}

// A string of the worst bytes in the place of each string of a document.
TEST(Corpus, EachStringMayBeHostile) {
  const std::string hostile =
      "\x1b]0;x\x07\r\n\x7f\u009b31m<script>&\"'|`::error::%0A # SKIP \ufffe\u202e\\";
  std::size_t rendered = 0;
  for (const std::string& whole : WholeDocuments()) {
    const nlohmann::json flat = nlohmann::json::parse(whole).flatten();
    for (const auto& [place, value] : flat.items()) {
      if (!value.is_string()) continue;
      nlohmann::json changed = nlohmann::json::parse(whole);
      changed[nlohmann::json::json_pointer(place)] = hostile;
      const std::string text = changed.dump();
      EXPECT_EQ(Complaint(text), "") << place;
      EXPECT_EQ(FleetComplaint(text), "") << place;
      rendered += Read(text).document.has_value();
    }
  }
  EXPECT_GT(rendered, 60U);
}

// Each value in turn is replaced by one of another type.
TEST(Corpus, EachValueMayBeOfAnotherType) {
  for (const std::string& whole : WholeDocuments()) {
    const nlohmann::json flat = nlohmann::json::parse(whole).flatten();
    for (const auto& [place, value] : flat.items()) {
      for (const char* other : {"null", "[]", "{}", "-1", "1e308", "true", "\"\"", "[[{}]]"}) {
        nlohmann::json changed = nlohmann::json::parse(whole);
        changed[nlohmann::json::json_pointer(place)] = nlohmann::json::parse(other);
        EXPECT_EQ(Complaint(changed.dump()), "") << place << " is " << other;
        EXPECT_EQ(FleetComplaint(changed.dump()), "") << place << " is " << other;
      }
    }
  }
}

TEST(Corpus, ADocumentMayEndAnywhere) {
  const std::string whole = TextOf(PIDPROOF_SOURCE_DIR "/reports/fuzz/corpus/whole.json");
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    EXPECT_EQ(Complaint(whole.substr(0, size)), "") << size;
  }
}

TEST(Corpus, NestingMayBeDeep) {
  constexpr std::size_t kDeep = 200'000;
  std::string objects;
  for (std::size_t i = 0; i < kDeep; ++i) objects += "{\"a\":";
  for (const std::string& deep :
       {std::string(kDeep, '['), std::string(kDeep, '[') + std::string(kDeep, ']'), objects,
        objects + "{\"b\":1,\"b\":2", "{\"schema\":" + std::string(kDeep, '[')}) {
    EXPECT_FALSE(Read(deep).document.has_value());
    EXPECT_EQ(Complaint(deep), "");
  }
}

}  // namespace
}  // namespace pidproof::reports::fuzz::corpus_test
