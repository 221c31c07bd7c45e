#include <fmt/format.h>
#include <gtest/gtest.h>

#include "reports/sample_document.h"
#include "reports/text.h"

namespace pidproof::reports {
namespace {

// A document of so many scenarios of one topic, all upheld on both paths but for the last.
Matrix Many(int count) {
  Matrix matrix;
  for (int i = 0; i < count; ++i) {
    const std::string name = fmt::format("wait/q{:03}", i);
    matrix.scenarios.push_back({.name = name, .asks = "?", .kind = "conformance", .claims = {}});
    for (const char* path : {"pidfd", "legacy_pid"}) {
      const bool last = i + 1 == count;
      matrix.cells.push_back(
          sample::SampleCell(name, path, last ? "violated" : "upheld", "why", 1, {{"ok", 1}}));
    }
  }
  return matrix;
}

bool Has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

TEST(Topics, FoldALongTableButForWhatCallsForAttention) {
  const std::string text = Text(Many(100), {});
  EXPECT_TRUE(Has(text, "wait (100)"));
  EXPECT_TRUE(Has(text, "99 upheld, 1 violated")) << text;
  EXPECT_FALSE(Has(text, "wait/q000"));
  EXPECT_TRUE(Has(text, "wait/q099"));
  EXPECT_TRUE(Has(text, "--verbose"));
}

TEST(Topics, LeaveAShortOrAVerboseTableWhole) {
  EXPECT_TRUE(Has(Text(Many(20), {}), "wait/q000"));
  const std::string text = Text(Many(100), {.colour = false, .verbose = true});
  EXPECT_TRUE(Has(text, "wait/q000"));
  EXPECT_FALSE(Has(text, "wait (100)"));
}

}  // namespace
}  // namespace pidproof::reports
