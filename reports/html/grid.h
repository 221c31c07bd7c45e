#pragma once

#include <string>
#include <vector>

namespace pidproof::reports::html {

// A table of short marks with named rows and columns, in the two shapes it can be printed in.
struct Grid {
  struct Row {
    std::vector<std::string> names;  // as many as corners
    std::vector<std::string> marks;  // as many as heads
  };

  std::vector<std::string> corners;  // the heads of the names
  std::vector<std::string> heads;    // the heads of the marks
  std::vector<Row> rows;

  // Aligned columns; those that do not fit beside each other follow below, with the names repeated.
  std::string Aligned(std::size_t width) const;

  // A table of GitHub's Markdown.
  std::string Markdown() const;
};

}  // namespace pidproof::reports::html
