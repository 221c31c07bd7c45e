#include "reports/document/json_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

namespace pidproof::reports::json_text_test {
namespace {

TEST(JsonText, EscapesWhatATerminalObeysAndKeepsItsMeaning) {
  const std::string text = "a\x1b\x7f\u009b\u202e\ufffe\u00e9\u2713";
  const std::string line = JsonLine(text);
  EXPECT_EQ(line, "\"a\\u001b\\u007f\\u009b\\u202e\\ufffe\u00e9\u2713\"");
  EXPECT_EQ(ParseJson(line).get<std::string>(), text);
}

}  // namespace
}  // namespace pidproof::reports::json_text_test
