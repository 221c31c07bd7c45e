#include "reports/text/text_layout.h"

#include <gtest/gtest.h>

namespace pidproof::reports::text::text_layout_test {
namespace {

using Lines = std::vector<std::string>;

TEST(Typeset, PrintableKeepsTextAndTakesControlAway) {
  EXPECT_EQ(Printable("plain, \u00e9\u2713"), "plain, \u00e9\u2713");
  EXPECT_EQ(Printable("a\nb\tc"), "a b c");
  EXPECT_EQ(Printable("\x1b[31m\x07\x7f"), "?[31m??");
  EXPECT_EQ(Printable("\xc2\x9b"
                      "31m"),
            "?31m");
  EXPECT_EQ(Printable("\xff."), "\uFFFD.");
  EXPECT_EQ(Printable("\xc2"), "\uFFFD");
  EXPECT_EQ(Printable(std::string("a\0b", 3)), "a?b");
  EXPECT_EQ(Printable("a\u202Eb\u2066c\u2028d\uFFFEe\uFFFD\u2713"), "a?b?c?d?e\uFFFD\u2713");
}

TEST(Typeset, Thousands) {
  EXPECT_EQ(Thousands(0), "0");
  EXPECT_EQ(Thousands(999), "999");
  EXPECT_EQ(Thousands(1000), "1,000");
  EXPECT_EQ(Thousands(123456), "123,456");
  EXPECT_EQ(Thousands(18446744073709551615U), "18,446,744,073,709,551,615");
}

TEST(Typeset, WidthCountsCharacters) {
  EXPECT_EQ(Width("abc"), 3U);
  EXPECT_EQ(Width("\u2713\u00e9"), 2U);
  EXPECT_EQ(Padded("\u2713", 3), "\u2713  ");
  EXPECT_EQ(Padded("long", 2), "long");
}

TEST(Typeset, WrapsAtBlanks) {
  EXPECT_EQ(Wrapped("", 5), Lines());
  EXPECT_EQ(Wrapped("one two  three", 7), (Lines{"one two", "three"}));
  EXPECT_EQ(Wrapped("one two three", 6), (Lines{"one", "two", "three"}));
  EXPECT_EQ(Wrapped("a \u2713\u2713\u2713\u2713\u2713 b", 3),
            (Lines{"a", "\u2713\u2713\u2713", "\u2713\u2713", "b"}));
}

TEST(Typeset, ClippedIsNoWiderThanAnyWidth) {
  EXPECT_EQ(Clipped("one two three", 13), "one two three");
  EXPECT_EQ(Clipped("one two three", 12), "one two ...");
  EXPECT_EQ(Clipped("one two three", 5), "o ...");
  for (const std::string& text : {std::string("one two three"), std::string(20, ' '),
                                  std::string(20, 'x'), std::string("\u00e9\u00e9\u00e9\u00e9")}) {
    for (std::size_t width = 0; width < 25; ++width) {
      EXPECT_LE(Width(Clipped(text, width)), width) << text;
    }
  }
  EXPECT_EQ(Wrapped("ab", 0).size(), 2U) << "a character a line";
}

TEST(Typeset, FlowKeepsPiecesWhole) {
  EXPECT_EQ(Flow({"ok 1", "esrch 2", "x 3"}, "   ", 14), (Lines{"ok 1   esrch 2", "x 3"}));
}

}  // namespace
}  // namespace pidproof::reports::text::text_layout_test
