#include "reports/html/races.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <vector>

#include "reports/document/statistics.h"
#include "reports/document/strength.h"
#include "reports/html/axis.h"
#include "reports/html/figure.h"
#include "reports/html/markup.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::html {

namespace {

constexpr double kNameEnd = 236;
constexpr double kPlotLeft = 250;
constexpr double kPlotRight = 850;
constexpr double kWidth = 1034;
constexpr double kHead = 24;
constexpr double kRow = 24;
constexpr double kFoot = 24;
constexpr double kApart = 4;  // from the middle of a row to the mark of a path
constexpr std::size_t kLongestName = 36;

// Harm on one path of a race, as shares of its opportunities.
struct Harm {
  std::uint64_t hits;
  std::uint64_t opportunities;
  double share;  // the middle of a bound is its half
  Interval interval;
};

struct RacePair {
  std::string scenario;
  std::optional<Harm> pidfd;
  std::optional<Harm> pid;

  // How many orders of magnitude are surely between the paths.
  double gap() const {
    if (!pidfd || !pid || pid->hits == 0) return 0;
    return std::log10(std::max(pid->interval.low, 1e-12) / std::max(pidfd->interval.high, 1e-12));
  }
};

std::optional<Harm> HarmOf(const Cell& cell) {
  const std::uint64_t opportunities = cell.opportunities.value_or(0);
  if (opportunities == 0) return std::nullopt;
  const std::uint64_t hits = std::min(cell.hits.value_or(0), opportunities);
  if (hits == 0) {
    const double bound = BoundAtZero95(opportunities);
    return Harm{0, opportunities, bound / 2, {0, bound}};
  }
  return Harm{hits, opportunities, static_cast<double>(hits) / static_cast<double>(opportunities),
              Wilson95(hits, opportunities)};
}

std::vector<RacePair> RacesOf(const Document& document) {
  std::map<std::string, RacePair> by_scenario;
  for (const Cell& cell : document.cells) {
    if (cell.world != document.cells.front().world) continue;
    const std::optional<Harm> harm = HarmOf(cell);
    if (!harm) continue;
    RacePair& race = by_scenario[cell.scenario];
    race.scenario = cell.scenario;
    (cell.path == Path::kPidfd ? race.pidfd : race.pid) = harm;
  }
  std::vector<RacePair> races;
  for (auto& [scenario, race] : by_scenario) races.push_back(std::move(race));
  // Of equal gaps, what came to harm first.
  std::ranges::stable_sort(races, [](const RacePair& a, const RacePair& b) {
    const auto worst = [](const RacePair& race) {
      const auto share = [](const std::optional<Harm>& harm) {
        return harm && harm->hits > 0 ? harm->share : 0;
      };
      return std::max(share(race.pidfd), share(race.pid));
    };
    return std::pair(b.gap(), worst(b)) < std::pair(a.gap(), worst(a));
  });
  return races;
}

// An interval with a mark at its share; where no harm came, an arrow from the bound.
std::string HarmSvg(const Harm& harm, const LogAxis& axis, double y, std::string_view css_class) {
  const double high = axis.At(harm.interval.high);
  if (harm.hits == 0) {
    return fmt::format(
        "<g class=\"{}\"><path class=line d=\"M{} {}H{}\"/><path class=line "
        "d=\"M{} {}l-5 3.5l5 3.5\"/></g>",
        css_class, Pixels(high), Pixels(y), Pixels(high - 26), Pixels(high - 21), Pixels(y - 3.5));
  }
  return fmt::format("<g class=\"{}\"><path class=line d=\"M{} {}H{}\"/>{}</g>", css_class,
                     Pixels(axis.At(harm.interval.low)), Pixels(y), Pixels(high),
                     SvgMarks({{axis.At(harm.share), y}}));
}

std::string OpportunitiesOf(const std::optional<Harm>& harm) {
  return harm ? text::Thousands(harm->opportunities) : "-";
}

std::string SharesOf(const std::optional<Harm>& harm) {
  if (!harm) return "not run";
  return RateSentence(harm->hits, harm->opportunities);
}

std::string RaceSvg(const RacePair& race, std::string_view world, const LogAxis& axis, double y) {
  std::string marks;
  if (race.pidfd) marks += HarmSvg(*race.pidfd, axis, y - kApart, "pidfd c0");
  if (race.pid) marks += HarmSvg(*race.pid, axis, y + kApart, "pid c0");
  return fmt::format("<a href=\"#{}\">{}</a>{}{}{}\n", Anchor("scenario", world, race.scenario),
                     SvgText({kNameEnd, y + 4}, "end ink",
                             text::Clipped(text::Printable(race.scenario), kLongestName)),
                     marks, SvgText({930, y + 4}, "end", OpportunitiesOf(race.pidfd)),
                     SvgText({1010, y + 4}, "end", OpportunitiesOf(race.pid)));
}

}  // namespace

std::string RacesHtml(const Document& document) {
  if (document.cells.empty()) return "";
  const std::vector<RacePair> races = RacesOf(document);
  if (races.empty()) return "";
  std::vector<double> ends = {1e-4, 1};
  for (const RacePair& race : races) {
    for (const auto& harm : {race.pidfd, race.pid}) {
      if (harm) ends.push_back(harm->hits == 0 ? harm->interval.high : harm->interval.low);
    }
  }
  const LogAxis axis(ends, kPlotLeft + 30, kPlotRight);
  const double bottom = kHead + kRow * static_cast<double>(races.size());
  std::string content =
      TicksBelow(axis, kHead - 4, bottom, NumberOfTick) + SvgText({kNameEnd, 12}, "end", "race") +
      SvgText({kPlotLeft, 12}, "", "\u2190 harm came less often") +
      SvgText({kPlotRight, 12}, "end", "more often \u2192") + SvgText({930, 12}, "end", "pidfd") +
      SvgText({1010, 12}, "end", "by PID") + "\n";
  std::vector<std::vector<std::string>> rows;
  double y = kHead + kRow / 2;
  for (const RacePair& race : races) {
    content += RaceSvg(race, document.cells.front().world, axis, y);
    y += kRow;
    rows.push_back({race.scenario, SharesOf(race.pidfd), SharesOf(race.pid)});
  }
  return fmt::format(
      "<section id=races>\n<h2>Races</h2>\n<p class=soft>The share of the opportunities in which "
      "harm came, with 95 % confidence, and how many there were. Round marks and solid lines are "
      "by pidfd, square marks and dashed lines by PID. An arrow: no harm came, and at its right "
      "end is the bound. The widest gap between the paths comes first.</p>\n<div class=wide>{}"
      "</div>\n{}</section>\n",
      Svg(kWidth, bottom + kFoot, "The share of harm in each race, by pidfd and by PID", content),
      OpensBelow("Table", NumbersTable({"race", "by pidfd", "by PID"}, rows, 2)));
}

}  // namespace pidproof::reports::html
