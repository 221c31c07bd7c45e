#include "reports/fleet/where.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace pidproof::reports::fleet::where_test {
namespace {

// What is wrong with an expression, up to what it may hold; or empty.
std::string Complaint(const std::string& expression) {
  try {
    ParseWhere(expression);
    return "";
  } catch (const std::invalid_argument& error) {
    const std::string text = error.what();
    return text.substr(0, text.find("; it takes"));
  }
}

TEST(ParseWhere, BindsAndBeforeOr) {
  const auto sql = [](const std::string& expression) { return ParseWhere(expression).sql; };
  const std::string a = "r.host LIKE $1 ESCAPE '\\'";
  const std::string b = "r.host LIKE $2 ESCAPE '\\'";
  const std::string c = "r.host LIKE $3 ESCAPE '\\'";
  EXPECT_EQ(sql("host:a or host:b host:c"), "(" + a + " OR (" + b + " AND " + c + "))");
  EXPECT_EQ(sql("(host:a or host:b) and host:c"), "((" + a + " OR " + b + ") AND " + c + ")");
  EXPECT_EQ(sql("not host:a host:b"), "(NOT " + a + " AND " + b + ")");
  EXPECT_EQ(sql("!(host:a host:b)"), "NOT (" + a + " AND " + b + ")");
}

TEST(ParseWhere, TakesGlobsAsAShell) {
  EXPECT_EQ(std::get<std::string>(ParseWhere("host:a*b?c%d_e").parameters.at(0)), "a%b_c\\%d\\_e");
}

TEST(ParseWhere, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(Complaint(""), "where, at character 1: a condition is missing");
  EXPECT_EQ(Complaint("host:a or"), "where, at character 10: a condition is missing");
  EXPECT_EQ(Complaint("host:a)"), "where, at character 7: unexpected ')'");
  EXPECT_EQ(Complaint("(host:a"), "where, at character 8: a ')' is missing");
  EXPECT_EQ(Complaint("color:red"), "where, at character 1: 'color' is unknown");
  EXPECT_EQ(Complaint("release"), "where, at character 1: 'release' is not a condition");
  EXPECT_EQ(Complaint("release>="), "where, at character 1: 'release>=' has no value");
  EXPECT_EQ(Complaint("release>=new"),
            "where, at character 1: release new is not one such as 6.12");
  EXPECT_EQ(Complaint("host:a feature:x=maybe"),
            "where, at character 8: 'maybe' is not of availability: present, absent, filtered, "
            "denied, unclear");
  EXPECT_EQ(Complaint("count:3"), "where, at character 1: count takes <, <=, =, !=, >= or >");
  EXPECT_EQ(Complaint("count>many"), "where, at character 1: 'many' is not a count");
  EXPECT_NE(Complaint("count>1 or host:a"), "");
  EXPECT_NE(Complaint("not count>1"), "");
  EXPECT_NE(Complaint("count>1 count<9"), "");
  EXPECT_EQ(Complaint("count>1 (host:a or host:b) not host:c"), "");
  EXPECT_NE(Complaint(std::string(1'000, '(')), "");
}

TEST(ParseWhere, SurvivesAnything) {
  std::mt19937 random(5);
  const std::string_view words[] = {
      "host:",    "a",    "(",  ")", "not ", "or ",       "and ",
      "!",        " ",    "=",  ">", "<=",   "count",     "path:pidfd",
      "verdict:", "\x80", "\n", "'", "$1",   "feature:x", "release>6"};
  for (int i = 0; i < 5'000; ++i) {
    std::string expression;
    for (int word = 0; word < 8; ++word) expression += words[random() % std::size(words)];
    try {
      const Where where = ParseWhere(expression);
      EXPECT_EQ(where.sql.find('\n'), std::string::npos);
    } catch (const std::invalid_argument& error) {
      EXPECT_TRUE(std::string(error.what()).starts_with("where, at character "));
    }
  }
}

TEST(CountCondition, Compares) {
  EXPECT_TRUE((CountCondition{">", 3}).Holds(4));
  EXPECT_FALSE((CountCondition{">", 3}).Holds(3));
  EXPECT_TRUE((CountCondition{"<=", 3}).Holds(3));
  EXPECT_TRUE((CountCondition{"!=", 3}).Holds(4));
  EXPECT_FALSE((CountCondition{"=", 3}).Holds(4));
}

}  // namespace
}  // namespace pidproof::reports::fleet::where_test
