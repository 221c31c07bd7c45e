// What no other question asks.
#include <algorithm>

#include "reports/fleet/question.h"

namespace pidproof::reports::fleet::questions::sql {

namespace {

// A column of that name says whom a row is about.
constexpr std::string_view kHost = "host";

Answer Sql(Database& fleet, const Asked& asked) {
  fleet.RefuseWrites();
  const ResultTable table = fleet.Query(asked.words.at(0));
  Answer answer{.question = "sql", .title = "Result", .columns = table.columns, .rows = {}};
  const auto host = std::ranges::find(table.columns, kHost) - table.columns.begin();
  for (const auto& values : table.rows) {
    AnswerRow& row = answer.rows.emplace_back();
    for (const Value& value : values) row.cells.push_back(Text(value));
    if (host < std::ssize(values)) row.hosts = {row.cells[static_cast<std::size_t>(host)]};
  }
  return answer;
}

const Registered<Question> kSql{{
    .name = "sql",
    .words = "STATEMENT",
    .summary = "A select of your own; pidproof(1) names the tables; a column host names hosts",
    .ask = Sql,
}};

}  // namespace

}  // namespace pidproof::reports::fleet::questions::sql
