// A document that an earlier pidproof wrote is read by every later one of the same schema.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "reports/document/document.h"

namespace pidproof::reports::golden_document_test {
namespace {

std::string Golden() {
  std::stringstream text;
  text << std::ifstream(PIDPROOF_SOURCE_DIR "/reports/document/golden_document.json").rdbuf();
  return text.str();
}

// What was in it is still there, under the same name and with the same value; more may be.
void ExpectKept(const nlohmann::json& before, const nlohmann::json& now, const std::string& where) {
  if (before.is_object()) {
    for (const auto& [key, value] : before.items()) {
      ASSERT_TRUE(now.contains(key)) << where << "." << key;
      ExpectKept(value, now[key], where + "." + key);
    }
  } else if (before.is_array()) {
    ASSERT_EQ(now.size(), before.size()) << where;
    for (std::size_t i = 0; i < before.size(); ++i) {
      ExpectKept(before[i], now[i], where + "[" + std::to_string(i) + "]");
    }
  } else if (where != ".tool") {
    EXPECT_EQ(now, before) << where;
  }
}

TEST(GoldenDocument, IsReadAndWrittenAgainWithoutLoss) {
  const std::string golden = Golden();
  ASSERT_FALSE(golden.empty());
  const Document document = FromJson(golden);
  EXPECT_FALSE(document.features.empty());
  EXPECT_FALSE(document.cells.empty());
  ExpectKept(nlohmann::json::parse(golden), nlohmann::json::parse(ToJson(document)), "");
}

}  // namespace
}  // namespace pidproof::reports::golden_document_test
