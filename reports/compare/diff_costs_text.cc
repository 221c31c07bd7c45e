#include <fmt/format.h>

#include "reports/compare/diff_writers.h"
#include "reports/document/benchmark.h"
#include "reports/text/costs.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::compare {

namespace {

constexpr std::size_t kTitleWidth = 47;
constexpr std::size_t kCostColumns = 100;

// Who watches has one path.
std::string ChangeTitle(const CostChange& change) {
  const bool names_strategy = change.name.find("/strategy:") != std::string::npos;
  const std::vector<std::string_view> without =
      names_strategy ? std::vector<std::string_view>{"path"} : std::vector<std::string_view>{};
  return text::Clipped(text::TitleOf(change.name, without), kTitleWidth);
}

std::string ChangeLine(const CostChange& change) {
  return fmt::format(
      "  {}  {:>8}  {:>8}  {:>5}  {:<14}  {}\n", text::Padded(ChangeTitle(change), kTitleWidth),
      text::Duration(change.before), text::Duration(change.after),
      text::Figures(change.ratio.value),
      fmt::format("{} to {}", text::Figures(change.ratio.low), text::Figures(change.ratio.high)),
      change.word);
}

}  // namespace

std::string CostsText(const Diff& diff) {
  if (!diff.costs) return "";
  std::string out = "\nCOSTS\n";
  for (const std::string& line : CostLines(*diff.costs)) {
    for (const std::string& part : text::Wrapped(text::Printable(line), kCostColumns - 2)) {
      out += "  " + part + "\n";
    }
  }
  std::string_view topic;
  std::size_t left_out = 0;
  for (const CostChange& change : diff.costs->changes) {
    const std::string_view name = change.name;
    if (change.word == "~" && !name.starts_with("floor/")) {
      ++left_out;
      continue;
    }
    if (const std::string_view other = name.substr(0, name.find('/')); other != topic) {
      topic = other;
      out +=
          fmt::format("  {}  {:>8}  {:>8}  {:>5}  {}\n",
                      text::Padded(text::Clipped(text::Printable(topic), kTitleWidth), kTitleWidth),
                      "before", "now", "ratio", "99 % interval");
    }
    out += ChangeLine(change);
  }
  if (left_out > 0) {
    out += fmt::format("  ~ {} other row{}: --format json has {}\n", left_out,
                       left_out == 1 ? "" : "s", left_out == 1 ? "it" : "them");
  }
  return out;
}

}  // namespace pidproof::reports::compare
