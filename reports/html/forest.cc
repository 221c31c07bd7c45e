#include "reports/html/forest.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "reports/document/cost.h"
#include "reports/html/axis.h"
#include "reports/html/figure.h"
#include "reports/html/markup.h"
#include "reports/text/costs.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::html {

namespace {

// Where the columns are: on a small screen those of the numbers are in sight.
constexpr double kNameEnd = 172;
constexpr double kRatioEnd = 217;
constexpr double kInterval = 228;
constexpr double kWord = 318;
constexpr double kPlotLeft = 384;
constexpr double kPlotRight = 890;
constexpr double kPidfdEnd = 960;
constexpr double kPidEnd = 1030;
constexpr double kWidth = 1034;
constexpr std::size_t kLongestName = 28;
constexpr double kHead = 24;
constexpr double kRow = 20;
constexpr double kFoot = 24;

std::string_view ClassOfWord(std::string_view word) {
  return word == "faster" ? "good" : word == "slower" ? "caution" : "quiet";
}

std::string TitleOf(const CostPair& pair) { return text::TitleOf(pair.pidfd->name, {"path"}); }

std::string IntervalOf(const CostPair& pair) {
  return fmt::format("{} to {}", text::Figures(pair.ratio.low), text::Figures(pair.ratio.high));
}

// A triangle at the end of the axis beyond which the interval goes.
std::string Arrow(double x, double y, double direction) {
  return fmt::format("<path class=box d=\"M{} {}v8l{} -4z\"/>", Pixels(x), Pixels(y - 4),
                     Pixels(6 * direction));
}

std::string PairSvg(const CostPair& pair, const LogAxis& axis, double y, std::string_view word) {
  const double at = axis.At(pair.ratio.value);
  const double low = axis.At(pair.ratio.low);
  const double high = axis.At(pair.ratio.high);
  std::string mark =
      fmt::format("<path class=whisker d=\"M{} {}H{}\"/>", Pixels(low), Pixels(y), Pixels(high));
  if (low <= kPlotLeft && !axis.Contains(pair.ratio.low)) mark += Arrow(kPlotLeft + 6, y, -1);
  if (high >= kPlotRight && !axis.Contains(pair.ratio.high)) mark += Arrow(kPlotRight - 6, y, 1);
  if (axis.Contains(pair.ratio.value)) {
    mark += fmt::format("<path class=box d=\"M{} {}h8v8h-8z\"/>", Pixels(at - 4), Pixels(y - 4));
  }
  const double base = y + 4;
  return fmt::format(
      "<g class={}>{}{}{}{}{}{}{}</g>\n", ClassOfWord(word),
      SvgText({kNameEnd, base}, "end ink", text::Clipped(TitleOf(pair), kLongestName)),
      SvgText({kPidfdEnd, base}, "end", text::Duration(*pair.pidfd->median)),
      SvgText({kPidEnd, base}, "end", text::Duration(*pair.legacy->median)), mark,
      SvgText({kRatioEnd, base}, "end strong", text::Figures(pair.ratio.value)),
      SvgText({kInterval, base}, "", IntervalOf(pair)), SvgText({kWord, base}, "toned", word));
}

std::string TopicHtml(std::string_view topic, const std::vector<CostPair>& pairs,
                      const LogAxis& axis, std::optional<double> noise) {
  const double bottom = kHead + kRow * static_cast<double>(pairs.size());
  const double one = axis.At(1);
  std::string content = TicksBelow(axis, kHead - 4, bottom, NumberOfTick) +
                        fmt::format("<path class=one d=\"M{} {}V{}\"/>", Pixels(one),
                                    Pixels(kHead - 4), Pixels(bottom)) +
                        SvgText({one - 8, 12}, "end", "\u2190 pidfd is faster") +
                        SvgText({one + 8, 12}, "", "pidfd is slower \u2192") +
                        SvgText({kRatioEnd, 12}, "end", "ratio") +
                        SvgText({kPidfdEnd, 12}, "end", "pidfd") +
                        SvgText({kPidEnd, 12}, "end", "by PID") +
                        SvgText({kInterval, 12}, "", "99 % interval") + "\n";
  std::vector<std::vector<std::string>> rows;
  double y = kHead + kRow / 2;
  for (const CostPair& pair : pairs) {
    const std::string_view word = WordFor(pair.ratio, pair.p, noise);
    content += PairSvg(pair, axis, y, word);
    y += kRow;
    rows.push_back({TitleOf(pair), text::Duration(*pair.pidfd->median),
                    text::Duration(*pair.legacy->median), text::Figures(pair.ratio.value),
                    IntervalOf(pair), std::string(word), pair.pidfd->mechanism,
                    pair.legacy->mechanism});
  }
  return fmt::format(
      "<h3>{}</h3>\n<div class=wide>{}</div>\n{}", Escaped(topic),
      Svg(kWidth, bottom + kFoot,
          fmt::format("{}: the time by pidfd as a ratio to that by PID, with its 99 % interval",
                      topic),
          content),
      OpensBelow("Table", NumbersTable({"", "pidfd", "by PID", "ratio", "99 % interval", "",
                                        "mechanism by pidfd", "mechanism by PID"},
                                       rows, 3)));
}

}  // namespace

std::string ForestHtml(const std::vector<Benchmark>& rows, std::optional<double> noise) {
  const std::vector<CostPair> pairs = PairsOf(rows);
  if (pairs.empty()) return "";
  constexpr double kFurthest = 1000;  // beyond it an arrow says enough
  std::vector<double> ratios = {0.8, 1.25};
  std::vector<std::string_view> topics;  // in the order of their first pair
  std::map<std::string_view, std::vector<CostPair>> of_topic;
  for (const CostPair& pair : pairs) {
    for (const double ratio : {pair.ratio.low, pair.ratio.high}) {
      ratios.push_back(std::clamp(ratio, 1 / kFurthest, kFurthest));
    }
    const std::string_view topic = TopicOf(*pair.pidfd);
    if (!of_topic.contains(topic)) topics.push_back(topic);
    of_topic[topic].push_back(pair);
  }
  const LogAxis axis(ratios, kPlotLeft, kPlotRight);
  std::string html;
  for (const std::string_view topic : topics) {
    html += TopicHtml(topic, of_topic[topic], axis, noise);
  }
  return html;
}

}  // namespace pidproof::reports::html
