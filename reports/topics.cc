#include "reports/topics.h"

#include <fmt/format.h>

#include <map>
#include <string_view>

#include "reports/typeset.h"
#include "reports/vocabulary.h"

namespace pidproof::reports {

namespace {

constexpr std::size_t kTitleWidth = 20;
constexpr std::size_t kColumnWidth = 40;

bool IsQuiet(const Cell* cell) {
  return cell == nullptr || cell->verdict == "upheld" || cell->verdict == "unsupported";
}

struct Topic {
  std::size_t scenarios = 0;
  std::map<std::string_view, std::size_t> pidfd;  // verdicts
  std::map<std::string_view, std::size_t> legacy_pid;
};

std::string Counts(const std::map<std::string_view, std::size_t>& verdicts) {
  std::vector<std::string> counts;
  for (const Word& word : kVerdicts) {
    const auto at = verdicts.find(word.word);
    if (at != verdicts.end()) counts.push_back(fmt::format("{} {}", at->second, word.word));
  }
  return fmt::format("{}", fmt::join(counts, ", "));
}

std::string Reasons(const std::vector<const Index::Row*>& rows, const Pen& pen) {
  std::map<std::string_view, std::size_t> reasons;
  for (const Index::Row* row : rows) {
    if (row->pidfd != nullptr && row->pidfd->verdict == "unsupported") ++reasons[row->pidfd->why];
  }
  std::string text;
  for (const auto& [reason, count] : reasons) {
    const std::string line = Printable(fmt::format("{} unsupported: {}", count, reason));
    text += pen.Note(Wrapped(line, Pen::kColumns - 4), 4);
  }
  return text;
}

}  // namespace

bool IsQuiet(const Index::Row& row) { return IsQuiet(row.pidfd) && IsQuiet(row.legacy_pid); }

std::string TopicsText(const std::vector<const Index::Row*>& rows, const Pen& pen) {
  std::map<std::string_view, Topic> topics;
  for (const Index::Row* row : rows) {
    const std::string_view name = row->scenario->name;
    Topic& topic = topics[name.substr(0, name.find('/'))];
    ++topic.scenarios;
    if (row->pidfd != nullptr) ++topic.pidfd[row->pidfd->verdict];
    if (row->legacy_pid != nullptr) ++topic.legacy_pid[row->legacy_pid->verdict];
  }
  std::string text;
  for (const auto& [name, topic] :
       topics) {  // a longer column pushes the next, and never touches it
    const std::string title = fmt::format("{} ({})", Printable(name), Thousands(topic.scenarios));
    text += fmt::format("  {}  {}  {}\n", Padded(title, kTitleWidth),
                        Padded(Counts(topic.pidfd), kColumnWidth), Counts(topic.legacy_pid));
  }
  return text + Reasons(rows, pen) +
         pen.Note({"Every row: --verbose, --only 'TOPIC/*', or the page (--html)."}, 4);
}

}  // namespace pidproof::reports
