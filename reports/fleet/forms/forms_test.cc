#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "reports/document/json_text.h"
#include "reports/fleet/answer.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::fleet::forms::forms_test {
namespace {

std::string Render(std::string_view form, const Answer& answer) {
  return Registered<AnswerForm>::Find(form)->render(answer);
}

Answer Sample() {
  Answer answer{.question = "missing",
                .title = "Hosts by whether pidfd_open is there",
                .columns = {"answer", "refused by"},
                .rows = {},
                .notes = {"A note."},
                .of = 4};
  answer.rows.push_back({{"filtered (EPERM)", "seccomp"}, {"n1", "n2", "n3"}});
  answer.rows.push_back({{"present", ""}, {"n4"}, false});
  return answer;
}

TEST(AnswerForms, AreWhatOthersRead) {
  EXPECT_EQ(Render("text", Sample()), R"(Hosts by whether pidfd_open is there (4 hosts)
  answer            refused by    hosts
  filtered (EPERM)  seccomp           3
      n[1-3]
  present                             1
      n4
  A note.
)");
  EXPECT_EQ(Render("markdown", Sample()), R"(### Hosts by whether pidfd_open is there (4 hosts)

| answer | refused by | hosts | names |
| --- | --- | :-: | :-: |
| filtered (EPERM) | seccomp | 3 | n\[1-3\] |
| present |  | 1 | n4 |

A note.
)");
  EXPECT_EQ(Render("csv", Sample()),
            "\"answer\",\"refused by\",\"hosts\",\"nodeset\",\"matches\"\n"
            "\"filtered (EPERM)\",\"seccomp\",3,\"n[1-3]\",1\n\"present\",\"\",1,\"n4\",0\n");
  EXPECT_EQ(Render("nodeset", Sample()), "n[1-3]\n");
  EXPECT_EQ(Render("prom", Sample()),
            "# HELP pidproof_fleet_hosts Hosts of which a row of the answer is true.\n"
            "# TYPE pidproof_fleet_hosts gauge\n"
            "pidproof_fleet_hosts{question=\"missing\",answer=\"filtered "
            "(EPERM)\",refused_by=\"seccomp\"} 3\n"
            "pidproof_fleet_hosts{question=\"missing\",answer=\"present\",refused_by=\"\"} 1\n"
            "# HELP pidproof_fleet_size Hosts with a whole document.\n"
            "# TYPE pidproof_fleet_size gauge\n"
            "pidproof_fleet_size 4\n");
  const Json json = ParseJson(Render("json", Sample()));
  EXPECT_EQ(json["schema"], "pidproof-fleet/1");
  EXPECT_EQ(json["matching"], 3);
  EXPECT_EQ(json["rows"][0]["cells"]["refused by"], "seccomp");
  EXPECT_EQ(json["rows"][1]["matches"], false);
}

TEST(AnswerForms, OfNothing) {
  const Answer none{.question = "bugs", .title = "Bugs", .columns = {"bug"}, .rows = {}, .of = 2};
  EXPECT_EQ(Render("text", none), "Bugs (2 hosts)\n  none\n");
  EXPECT_EQ(Render("nodeset", none), "");
}

// What stands in a document may be anybody's.
TEST(AnswerForms, KeepHostileTextsHarmless) {
  const std::string hostile = "\x1b[31m<script>&\"'|`\n\\=1+1\xe2\x80\xae";
  Answer answer{
      .question = "sql", .title = hostile, .columns = {hostile, "3", hostile}, .rows = {}};
  answer.rows.push_back({{hostile, hostile, "=cmd"}, {hostile, "n1"}});
  answer.rows.push_back({{hostile, hostile, "=cmd"}, {"n2"}});
  for (const AnswerForm* form : Registered<AnswerForm>::All()) {
    const std::string text = form->render(answer);
    for (const char* bad : {"\x1b", "\xe2\x80\xae"}) {
      EXPECT_EQ(text.find(bad), std::string::npos) << form->name;
    }
  }
  EXPECT_EQ(Render("html", answer).find("<script>"), std::string::npos);
  EXPECT_NE(Render("csv", answer).find("\"'=cmd\""), std::string::npos);
  EXPECT_EQ(Render("nodeset", answer), "n[1-2]\n");
  // Nothing ends a cell of a table, and no label is there twice.
  const std::string markdown = Render("markdown", answer);
  EXPECT_EQ(markdown.substr(markdown.find("\n|")).find("'|"), std::string::npos) << markdown;
  const std::string prom = Render("prom", answer);
  EXPECT_EQ(std::ranges::count(prom, '{'), 1) << prom;
  EXPECT_NE(prom.find(",_3=\""), std::string::npos) << prom;
}

void ExpectNarrow(const std::string& text) {
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
    EXPECT_LE(text::Width(text.substr(at, text.find('\n', at) - at)), 100U);
  }
}

TEST(AnswerForms, TextIsNoWiderThanATerminal) {
  Answer answer{.question = "q", .title = "T", .columns = {"a", "b", "c"}, .rows = {}};
  answer.rows.push_back({{std::string(300, 'x'), std::string(80, 'y'), "z"}, {}});
  for (int i = 0; i < 2'000; i += 2) answer.rows[0].hosts.push_back(fmt::format("node{}", i));
  ExpectNarrow(Render("text", answer));
}

// A row of those that do not fit beside each other is a line for each cell.
TEST(AnswerForms, TextHasRoomForAnyNumberOfColumns) {
  Answer answer{.question = "q", .title = "T", .columns = {}, .rows = {}};
  answer.rows.resize(2);
  answer.rows[0].hosts = std::vector<std::string>{"n1", "n2"};
  for (int column = 1; column <= 60; ++column) {
    answer.columns.push_back(fmt::format("column {}", column));
    for (AnswerRow& row : answer.rows) row.cells.push_back(fmt::format("{:a>150}", column));
    ExpectNarrow(Render("text", answer));
  }
  const std::string text = Render("text", answer);
  EXPECT_NE(text.find("\n  column 60  aaa"), std::string::npos) << text;
  EXPECT_EQ(std::ranges::count(text, '\n'), 1 + 60 + 1 + 1 + 60);
}

}  // namespace
}  // namespace pidproof::reports::fleet::forms::forms_test
