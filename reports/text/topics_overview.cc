#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "reports/document/vocabulary.h"
#include "reports/text/overview.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::text {

namespace {

constexpr std::size_t kTitleWidth = 25;
const TerminalStyle kColourless(false);

struct Topic {
  std::size_t questions = 0;
  std::size_t races = 0;
  std::map<Verdict, std::size_t> pidfd;
  std::map<Verdict, std::size_t> legacy_pid;

  std::string Counted() const {
    const std::string race = fmt::format("{} race{}", races, races == 1 ? "" : "s");
    if (races == 0) return fmt::format("{}", questions);
    return questions == 0 ? race : fmt::format("{} + {}", questions, race);
  }
  // A list of those that are as they should be keeps the rest on one screen.
  enum Kind { kPlain, kOnlyPidHazards, kOther };
  Kind KindOf() const {
    const auto is_plain = [](const auto& count) {
      return count.first == Verdict::kUpheld || count.first == Verdict::kUnsupported;
    };
    if (!std::ranges::all_of(pidfd, is_plain)) return kOther;
    if (std::ranges::all_of(legacy_pid, is_plain)) return kPlain;
    const bool harms = std::ranges::all_of(legacy_pid, [&](const auto& count) {
      return is_plain(count) || count.first == Verdict::kHazardous;
    });
    return harms && pidfd.contains(Verdict::kUpheld) ? kOnlyPidHazards : kOther;
  }
};

std::string_view TopicOf(std::string_view scenario) {
  std::string_view topic = scenario.substr(0, scenario.find('/'));
  constexpr std::string_view kRace = "_race";
  if (topic.ends_with(kRace)) topic.remove_suffix(kRace.size());
  return topic;
}

std::string Verdicts(const std::map<Verdict, std::size_t>& verdicts, const TerminalStyle& style) {
  std::string text;
  for (const auto& [verdict, cells] : verdicts) {
    text += (text.empty() ? "" : ", ") +
            style.Toned(fmt::format("{} {}", cells, verdict), ToneOf(verdict));
  }
  return text;
}

// How much room the column of pidfds takes.
std::size_t WidthOfVerdicts(const std::map<std::string_view, Topic>& topics) {
  std::size_t width = Width(WordOf(Path::kPidfd));
  for (const auto& [name, topic] : topics) {
    if (topic.KindOf() != Topic::kOther) continue;
    width = std::max(width, Width(Verdicts(topic.pidfd, kColourless)));
  }
  return width;
}

std::map<std::string_view, Topic> TopicsOf(const std::vector<Index::Row>& rows) {
  std::map<std::string_view, Topic> topics;
  for (const Index::Row& row : rows) {
    Topic& topic = topics[TopicOf(row.scenario->name)];
    ++(row.scenario->kind == ScenarioKind::kTorture ? topic.races : topic.questions);
    if (row.pidfd != nullptr) ++topic.pidfd[row.pidfd->verdict];
    if (row.legacy_pid != nullptr) ++topic.legacy_pid[row.legacy_pid->verdict];
  }
  return topics;
}

std::string TopicList(std::string_view head, const std::vector<std::string>& topics,
                      const TerminalStyle& style) {
  if (topics.empty()) return "";
  return fmt::format("  {}:\n", head) +
         style.Note(Flow(topics, ", ", TerminalStyle::kColumns - TerminalStyle::kIndent),
                    TerminalStyle::kIndent);
}

}  // namespace

std::string TopicsOverview(const std::vector<Index::Row>& rows, const TerminalStyle& style) {
  const std::map<std::string_view, Topic> topics = TopicsOf(rows);
  const std::size_t width = WidthOfVerdicts(topics);
  std::string text =
      style.Faint(fmt::format("  {}  {}  {}", Padded("topic", kTitleWidth),
                              Padded(WordOf(Path::kPidfd), width), Path::kLegacyPid)) +
      "\n";
  std::vector<std::string> plain;
  std::vector<std::string> by_pid;
  for (const auto& [name, topic] : topics) {
    const std::string title = fmt::format("{} ({})", Printable(name), topic.Counted());
    const Topic::Kind kind = topic.KindOf();
    if (kind == Topic::kPlain) plain.push_back(title);
    if (kind == Topic::kOnlyPidHazards) {
      by_pid.push_back(fmt::format("{}: {}", title, topic.legacy_pid.at(Verdict::kHazardous)));
    }
    if (kind != Topic::kOther) continue;
    const std::size_t used = Width(Verdicts(topic.pidfd, kColourless));
    text +=
        fmt::format("  {}  {}{}  {}\n", Padded(title, kTitleWidth), Verdicts(topic.pidfd, style),
                    std::string(width - used, ' '), Verdicts(topic.legacy_pid, style));
  }
  return text +
         TopicList("upheld, or not supported here, by pidfd; hazardous by PID, so many", by_pid,
                   style) +
         TopicList("upheld, or not supported here, on both paths", plain, style);
}

}  // namespace pidproof::reports::text
