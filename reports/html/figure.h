// Pieces of figures: inline SVG that needs no script, and the tables below them.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/document/watch_grid.h"
#include "reports/html/axis.h"

namespace pidproof::reports::html {

// A point in pixels.
using Point = std::pair<double, double>;

// An image of that size whose name is `label`. It is not shrunk but scrolls in its box.
std::string Svg(double width, double height, std::string_view label, std::string_view content);
// A text, whose class may be empty, to the nearest pixel.
std::string SvgText(Point at, std::string_view css_class, std::string_view text);
// A line through the points, and a mark at each of some.
std::string SvgLine(const std::vector<Point>& points);
std::string SvgMarks(const std::vector<Point>& points);

// Vertical lines at the axis' ticks, from `top` to `bottom`, with their words below.
std::string TicksBelow(const LogAxis& axis, double top, double bottom, std::string (*word)(double));
// Horizontal ones with their words before them.
std::string TicksBeside(const LogAxis& axis, double left, double right,
                        std::string (*word)(double));

// A table with its heads. The first column is of names, so many of the last are of words, the
// others of numbers.
std::string NumbersTable(const std::vector<std::string>& heads,
                         const std::vector<std::vector<std::string>>& rows, std::size_t words = 0);
// What a figure shows in words, in a box that opens.
std::string OpensBelow(std::string_view summary, const std::string& html);

// How each strategy is drawn, the same in all figures: what is by pidfd in cool colours, solid
// lines and round marks, what is by PID in warm ones, dashed lines and square marks.
class Strokes {
 public:
  explicit Strokes(const std::vector<WatchGrid>& grids);
  // What Key draws, once a page.
  static std::string Definition();
  // A piece of the line in the text, in an element of the strategy's class.
  static std::string Key();
  // The class of an element that is, or holds, what is drawn.
  std::string ClassOf(const std::string& strategy) const;

 private:
  std::map<std::string, std::string> classes_;
};

}  // namespace pidproof::reports::html
