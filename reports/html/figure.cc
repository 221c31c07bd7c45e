#include "reports/html/figure.h"

#include <fmt/format.h>

#include "reports/html/markup.h"

namespace pidproof::reports::html {

namespace {

// Pixels between the end of an axis and the words that belong to it.
constexpr double kBelow = 15;
constexpr double kBeside = 6;

}  // namespace

std::string Svg(double width, double height, std::string_view label, std::string_view content) {
  return fmt::format(
      "<svg class=plot viewBox=\"0 0 {0} {1}\" width={0} height={1} role=img "
      "aria-label=\"{2}\"><title>{2}</title>\n{3}</svg>",
      Pixels(width), Pixels(height), Escaped(label), content);
}

std::string SvgText(Point at, std::string_view css_class, std::string_view text) {
  const std::string classes = css_class.empty() ? "" : fmt::format(" class=\"{}\"", css_class);
  return fmt::format("<text x={:.0f} y={:.0f}{}>{}</text>", at.first, at.second, classes,
                     Escaped(text));
}

std::string SvgLine(const std::vector<Point>& points) {
  std::string path;
  for (const auto& [x, y] : points) {
    path += fmt::format("{}{} {}", path.empty() ? "M" : "L", Pixels(x), Pixels(y));
  }
  return path.empty() ? "" : fmt::format("<path class=line d=\"{}\"/>", path);
}

// Lines of no length, of which the ends are seen.
std::string SvgMarks(const std::vector<Point>& points) {
  std::string path;
  for (const auto& [x, y] : points) path += fmt::format("M{} {}h0", Pixels(x), Pixels(y));
  return path.empty() ? "" : fmt::format("<path class=dot d=\"{}\"/>", path);
}

std::string TicksBelow(const LogAxis& axis, double top, double bottom,
                       std::string (*word)(double)) {
  std::string path;
  std::string words;
  for (const double tick : axis.Ticks()) {
    path += fmt::format("M{} {}V{}", Pixels(axis.At(tick)), Pixels(top), Pixels(bottom));
    words += SvgText({axis.At(tick), bottom + kBelow}, "mid", word(tick));
  }
  return fmt::format("<path class=grid d=\"{}\"/>{}\n", path, words);
}

std::string TicksBeside(const LogAxis& axis, double left, double right,
                        std::string (*word)(double)) {
  std::string path;
  std::string words;
  for (const double tick : axis.Ticks()) {
    path += fmt::format("M{} {}H{}", Pixels(left), Pixels(axis.At(tick)), Pixels(right));
    words += SvgText({left - kBeside, axis.At(tick) + 4}, "end", word(tick));
  }
  return fmt::format("<path class=grid d=\"{}\"/>{}\n", path, words);
}

std::string NumbersTable(const std::vector<std::string>& heads,
                         const std::vector<std::vector<std::string>>& rows, std::size_t words) {
  const auto are_words = [&](std::size_t column) { return column + words >= heads.size(); };
  std::string html = "<div class=wide><table class=numbers><thead><tr>";
  for (std::size_t i = 0; i < heads.size(); ++i) {
    html += (are_words(i) ? "<th scope=col class=words>" : "<th scope=col>") + Escaped(heads[i]);
  }
  html += "</thead>\n<tbody>";
  for (const auto& row : rows) {
    html += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      html += (i == 0         ? "<th scope=row>"
               : are_words(i) ? "<td class=words>"
                              : "<td>") +
              Escaped(row[i]);
    }
    html += "\n";
  }
  return html + "</tbody></table></div>\n";
}

std::string OpensBelow(std::string_view summary, const std::string& html) {
  return fmt::format("<details><summary>{}</summary>\n{}</details>\n", Escaped(summary), html);
}

Strokes::Strokes(const std::vector<WatchGrid>& grids) {
  constexpr std::size_t kColours = 8;  // of the page's style, for each path
  std::map<std::string_view, std::size_t> used;
  for (const WatchGrid& grid : grids) {
    for (const auto& [children, rows] : grid.by_children) {
      for (const std::string& strategy : grid.strategies) {
        const auto row = rows.find(strategy);
        if (row == rows.end() || classes_.contains(strategy)) continue;
        const std::string_view path = KeyOf(*row->second, "path") == "pidfd" ? "pidfd" : "pid";
        classes_[strategy] = fmt::format("{} c{}", path, used[path]++ % kColours);
      }
    }
  }
}

std::string Strokes::Definition() {
  return "<svg class=unseen width=0 height=0 aria-hidden=true><symbol id=\"key\"><path class=line "
         "d=\"M1 "
         "4h22\"/>"
         "<path class=dot d=\"M12 4h0\"/></symbol></svg>\n";
}

std::string Strokes::Key() { return "<svg class=key aria-hidden=true><use href=\"#key\"/></svg>"; }

std::string Strokes::ClassOf(const std::string& strategy) const {
  const auto found = classes_.find(strategy);
  return found == classes_.end() ? "pid c0" : found->second;
}

}  // namespace pidproof::reports::html
