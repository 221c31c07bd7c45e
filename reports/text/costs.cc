#include "reports/text/costs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "reports/document/cost.h"
#include "reports/text/own_costs.h"
#include "reports/text/supervise_costs.h"
#include "reports/text/text_layout.h"
#include "reports/text/watch_costs.h"

namespace pidproof::reports::text {

std::string TitleOf(std::string_view row, const std::vector<std::string_view>& without) {
  std::string name(row);
  for (const std::string_view key : without) name = Without(name, key);
  std::string title;
  for (std::size_t at = name.find('/'); at != std::string::npos; at = name.find('/', at + 1)) {
    const std::size_t value = name.find(':', at);
    if (value == std::string::npos) break;
    const std::string said = name.substr(value + 1, name.find('/', at + 1) - value - 1);
    const bool is_size = name.substr(at + 1, value - at - 1) == "parent_mib";
    title += title.empty() ? "" : ", ";
    title += is_size ? said + " MiB" : said;
  }
  return Printable(title);
}

std::string Figures(double value) {
  if (value >= 1e6) return fmt::format("{:.1e}", value);
  const int decimals = value < 10 ? 2 : value < 100 ? 1 : 0;
  return fmt::format("{:.{}f}", value, decimals);
}

namespace {

Tone ToneOf(std::string_view word) {
  return word == "faster" ? Tone::kGood : word == "slower" ? Tone::kCaution : Tone::kQuiet;
}

std::string PairLine(const CostPair& pair, std::size_t width, std::optional<double> noise,
                     const TerminalStyle& style) {
  const std::string_view word = WordFor(pair.ratio, pair.p, noise);
  return fmt::format(
      "  {}  {:>8}  {:>8}  {:>5}  {:<14}  {}\n", Padded(TitleOf(pair.pidfd->name, {"path"}), width),
      Duration(*pair.pidfd->median), Duration(*pair.legacy->median), Figures(pair.ratio.value),
      fmt::format("{} to {}", Figures(pair.ratio.low), Figures(pair.ratio.high)),
      style.Toned(word, ToneOf(word)));
}

// What nothing of that topic can cost less than.
std::string FloorOfTopic(const std::vector<Benchmark>& rows, std::string_view topic) {
  const Benchmark* const floor = topic == "creation" ? CreationFloorOf(rows) : FloorOf(rows);
  return floor == nullptr ? "" : fmt::format("   floor {}", Duration(*floor->median));
}

std::string Pairs(const std::vector<Benchmark>& rows, std::optional<double> noise,
                  const TerminalStyle& style) {
  const std::vector<CostPair> pairs = PairsOf(rows);
  std::size_t width = 0;
  for (const CostPair& pair : pairs)
    width = std::max(width, Width(TitleOf(pair.pidfd->name, {"path"})));
  std::string text;
  std::string_view topic;
  for (const CostPair& pair : pairs) {
    if (TopicOf(*pair.pidfd) != topic) {
      topic = TopicOf(*pair.pidfd);
      text += style.Faint(fmt::format("  {}  {:>8}  {:>8}  {:>5}  {}{}",
                                      Padded(Printable(topic), width), "pidfd", "by PID", "ratio",
                                      "99 % interval", FloorOfTopic(rows, topic))) +
              "\n";
    }
    text += PairLine(pair, width, noise, style);
  }
  return text;
}

// The rows that could not be measured, those with the same reason on one line.
std::string Unsupported(const std::vector<Benchmark>& rows, const TerminalStyle& style) {
  std::map<std::string, std::vector<std::string>> names;
  for (const Benchmark& row : rows) {
    if (!row.unsupported.empty()) names[row.unsupported].push_back(Printable(row.name));
  }
  std::string text;
  for (const auto& [reason, list] : names) {
    const std::string more = list.size() == 1 ? "" : fmt::format(", and {} more", list.size() - 1);
    text += style.Note(Wrapped(fmt::format("not measured, {}:", Printable(reason)),
                               TerminalStyle::kColumns - 2),
                       2) +
            style.Note(Wrapped(list[0] + more, TerminalStyle::kColumns - 4), 4);
  }
  return text;
}

}  // namespace

std::string Duration(double nanoseconds) {
  struct Unit {
    double size;
    const char* name;
  };
  for (const Unit unit : {Unit{1e9, "s"}, Unit{1e6, "ms"}, Unit{1e3, "us"}}) {
    if (nanoseconds < unit.size) continue;
    return fmt::format("{} {}", Figures(nanoseconds / unit.size), unit.name);
  }
  return fmt::format("{:.0f} ns", nanoseconds);
}

std::string Costs(const std::vector<Benchmark>& rows, const TerminalStyle& style) {
  if (rows.empty()) return "";
  const std::optional<double> noise = NoiseOf(rows);
  std::string text =
      style.Heading("COSTS", "floor: getppid(2), or a child that shares all and exits at once");
  if (const std::string reason = NoiseReason(noise); !reason.empty()) {
    text += style.Toned(
                fmt::format("  noisy machine: {}, so nothing is called faster or slower", reason),
                Tone::kCaution) +
            "\n";
  }
  constexpr std::string_view kWords =
      "~: no sure difference; exponent: how the cost grows from 100 children on, 0 not, 1 in "
      "proportion";
  text += style.Faint(fmt::format("  {}", kWords)) + "\n";
  return text + Pairs(rows, noise, style) + WatchCosts(rows, style) + SuperviseCosts(rows, style) +
         OwnCosts(rows, style) + Unsupported(rows, style);
}

}  // namespace pidproof::reports::text
