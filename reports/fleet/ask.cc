#include "reports/fleet/ask.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace pidproof::reports::fleet {

namespace {

std::string Call(const Question& question) {
  return fmt::format("{}{}{}", question.name, question.words.empty() ? "" : " ", question.words);
}

// "FEATURE" is one word, "[PART]" one or none, and "EXPR..." some.
void CheckWords(const Question& question, std::size_t count) {
  const bool may_lack = question.words.empty() || question.words.starts_with('[');
  const bool may_be_many = question.words.find("...") != std::string_view::npos;
  const std::size_t least = may_lack ? 0 : 1;
  const std::size_t most = question.words.empty() ? 0 : 1;
  if (count >= least && (count <= most || may_be_many)) return;
  throw std::invalid_argument(fmt::format("{} takes {}: pidproof fleet FLEET {}", question.name,
                                          question.words.empty() ? "nothing more" : question.words,
                                          Call(question)));
}

}  // namespace

std::string QuestionsText() {
  std::vector<std::string> calls;
  for (const Question* question : Registered<Question>::All()) calls.push_back(Call(*question));
  return fmt::format("{}", fmt::join(calls, ", "));
}

Answer Ask(Database& fleet, const std::string& name, const Asked& asked) {
  const Question* question = Registered<Question>::Find(name);
  if (question == nullptr) {
    throw std::invalid_argument(
        fmt::format("{} is not a question to a fleet; there are: {}", name, QuestionsText()));
  }
  CheckWords(*question, asked.words.size());
  const ResultTable of = fleet.Query("SELECT count(*) FROM latest");
  Answer answer = question->ask(fleet, asked);
  for (AnswerRow& row : answer.rows) std::ranges::sort(row.hosts);
  answer.of = static_cast<std::uint64_t>(Integer(of.rows.at(0).at(0)));
  return answer;
}

}  // namespace pidproof::reports::fleet
