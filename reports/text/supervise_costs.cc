#include "reports/text/supervise_costs.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "reports/text/costs.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::text {

namespace {

std::string CountOf(const std::optional<double>& count) {
  return count ? Thousands(static_cast<std::uint64_t>(*count)) : "-";
}

std::string RestartsASecond(const Benchmark& row) {
  constexpr double kSecond = 1e9;
  if (!row.median || *row.median <= 0) return "-";
  return Thousands(static_cast<std::uint64_t>(std::llround(kSecond / *row.median)));
}

}  // namespace

std::string SuperviseCosts(const std::vector<Benchmark>& rows, const TerminalStyle& style) {
  std::string text;
  for (const Benchmark& row : rows) {
    if (TopicOf(row) != "supervise" || !row.unsupported.empty()) continue;
    const bool harms = row.misdirected.value_or(0) > 0;
    text +=
        fmt::format("  {}{:>8}{:>14}{:>12}{:>8}{:>7}{:>8}  {}\n",
                    Padded(Printable(std::string(KeyOf(row, "strategy"))), 22),
                    Printable(std::string(KeyOf(row, "workers"))), RestartsASecond(row),
                    row.cpu ? Duration(*row.cpu) : "-", CountOf(row.stops), CountOf(row.lost),
                    CountOf(row.doubled),
                    style.Toned(CountOf(row.misdirected), harms ? Tone::kCaution : Tone::kQuiet));
  }
  if (text.empty()) return "";
  return style.Faint("  supervising workers that crash, while a thread stops others") + "\n" +
         style.Faint(fmt::format("  {}{:>8}{:>14}{:>12}{:>8}{:>7}{:>8}  {}", Padded("", 22),
                                 "workers", "restarts/s", "processor", "stops", "lost", "double",
                                 "misdirected")) +
         "\n" + text;
}

}  // namespace pidproof::reports::text
