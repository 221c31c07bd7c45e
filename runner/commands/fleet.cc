// Questions to a fleet.
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "reports/fleet/answer.h"
#include "reports/fleet/ask.h"
#include "runner/commands/command.h"
#include "runner/files.h"
#include "runner/gate.h"

namespace pidproof::runner::commands {

namespace {

using reports::fleet::Answer;
using reports::fleet::AnswerForm;

struct FleetArguments {
  std::string fleet;
  std::string question;
  std::vector<std::string> words;
  std::string to = "text";
  std::string output = "-";
  std::string fail_on;
};

std::vector<std::string> FormNames() {
  std::vector<std::string> names;
  for (const AnswerForm* form : Registered<AnswerForm>::All()) names.emplace_back(form->name);
  return names;
}

// How many hosts are too many: of "5" or "1%". Empty text: none are.
struct Limit {
  double count = 0;
  bool is_share = false;
};

std::string WrongLimit(const std::string& text) {
  double count = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, count);
  const bool has_end = rest == end || (*rest == '%' && rest + 1 == end && count <= 100);
  if (error == std::errc() && has_end && count > 0) return "";
  return "not a count such as 1, or a share such as 1%";
}

Limit LimitOf(const std::string& text) {
  Limit limit{0, text.ends_with('%')};
  std::from_chars(text.data(), text.data() + text.size(), limit.count);
  return limit;
}

// Rows that name no hosts count themselves.
std::size_t MatchesOf(const Answer& answer) {
  std::size_t without_hosts = 0;
  for (const auto& row : answer.rows) without_hosts += row.matches && row.hosts.empty() ? 1 : 0;
  return MatchingHosts(answer).size() + without_hosts;
}

int Gate(const FleetArguments& asked, const Answer& answer) {
  const std::string& fail_on = asked.fail_on;
  if (fail_on.empty()) return 0;
  if (answer.of == 0) {
    throw Undecided("the fleet has no host with a whole document, so nothing can be determined");
  }
  const Limit limit = LimitOf(fail_on);
  const double most =
      limit.is_share ? limit.count / 100 * static_cast<double>(answer.of) : limit.count;
  const std::size_t matches = MatchesOf(answer);
  if (static_cast<double>(matches) < most) return 0;
  std::string question = asked.question;
  for (const std::string& word : asked.words) question += " " + word;
  PrintLine(fmt::format("{}: {}: {} of {} hosts match: --fail-on {}", asked.fleet, question,
                        matches, answer.of, fail_on));
  return 1;
}

int Fleet(const FleetArguments& asked) {
  RefuseOneForTwo({asked.output}, {asked.fleet});
  CheckDeliverable(asked.output);
  const auto fleet = reports::fleet::OpenFleet(asked.fleet, reports::fleet::Use::kRead);
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const Answer answer = reports::fleet::Ask(
      *fleet, asked.question,
      {.words = asked.words, .now = std::chrono::duration_cast<std::chrono::seconds>(now).count()});
  WriteOutput(asked.output, Registered<AnswerForm>::Find(asked.to)->render(answer));
  return Gate(asked, answer);
}

const Registered<Command> kFleet{{
    .name = "fleet",
    .summary = "Ask a fleet: who lacks what, which programs fall back, who is odd, what changed",
    .example = "pidproof fleet fleet.db missing pidfd_open --to nodeset",
    .declare = [](Arguments& arguments, const Program&) -> Command::Work {
      const auto asked = std::make_shared<FleetArguments>();
      arguments
          .Value("FLEET", asked->fleet, "What merge made: a file, or postgresql://USER@HOST/NAME")
          .Required();
      static const std::string questions = reports::fleet::QuestionsText();
      arguments.Value("QUESTION", asked->question, questions).Required();
      arguments.List("WORDS", asked->words, "What the question takes");
      arguments.Value("--to", asked->to, "The form of the answer (default: text)")
          .Of("FORM")
          .OneOf(FormNames());
      arguments.Value("-o,--output", asked->output, "Write there ('-': stdout, the default)")
          .Of("FILE");
      arguments
          .Value("--fail-on", asked->fail_on,
                 "A gate: exit 1 where so many hosts match, such as 1 or 1%; 3 where the fleet has "
                 "none")
          .Of("COUNT")
          .Checked(WrongLimit);
      return [=] { return Fleet(*asked); };
    },
}};

}  // namespace

}  // namespace pidproof::runner::commands
