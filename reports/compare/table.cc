#include "reports/compare/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reports/document/index.h"
#include "reports/document/strength.h"
#include "reports/document/vocabulary.h"
#include "reports/html/grid.h"

namespace pidproof::reports::compare {
namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kMostNamedHeads = 8;  // more names than this make a Markdown table too wide

std::string MarkOf(const Feature* feature) {
  if (feature == nullptr) return "-";
  if (feature->availability == Availability::kPresent) return "yes";
  if (feature->availability == Availability::kAbsent) return "no";
  return std::string(WordOf(feature->availability));
}

std::string MarkOf(const Cell* cell) {
  return std::string(cell == nullptr ? "-" : WordOf(cell->verdict));
}

std::string MarkOf(const Evidence& evidence) {
  if (evidence.all() == 0) return "-";
  return fmt::format("{}/{}/{}", evidence.strong, evidence.fair, evidence.weak);
}

bool Differs(const html::Grid::Row& row) {
  return std::ranges::adjacent_find(row.marks, std::not_equal_to{}) != row.marks.end();
}

// All marks of a column, for comparing columns.
std::string Everything(const Document& document) {
  std::set<std::string> marks;
  for (const Feature& feature : document.features) {
    if (feature.world == kNative)
      marks.insert(fmt::format("{} {}", feature.feature, MarkOf(&feature)));
  }
  for (const Cell& cell : document.cells) {
    if (cell.world == kNative)
      marks.insert(fmt::format("{} {} {}", cell.scenario, cell.path, MarkOf(&cell)));
  }
  return fmt::format("{}", fmt::join(marks, "\n"));
}

// The environments and their columns, looked up together.
class Comparison {
 public:
  Comparison(const std::vector<NamedDocument>& environments, const TableStyle& style)
      : environments_(environments), style_(style) {
    std::map<std::string, std::size_t> known;
    for (const NamedDocument& environment : environments) {
      const std::string says =
          style.fold ? Everything(environment.document) : fmt::format("{}", column_of_.size());
      const auto [at, is_new] = known.emplace(says, indexes_.size());
      column_of_.push_back(at->second);
      if (is_new) indexes_.emplace_back(environment.document);
    }
  }

  std::string Key() const {
    html::Grid grid{{"", "environment"}, {"release", "machine"}, {}};
    const bool trials = std::ranges::any_of(environments_, [](const auto& environment) {
      return !environment.document.host.isolation.empty();
    });
    if (trials) grid.heads.push_back("isolation");
    const bool races = std::ranges::any_of(environments_, [](const auto& environment) {
      return Weigh(environment.document).all() > 0;
    });
    if (races) grid.heads.push_back("strong/fair/weak");
    for (std::size_t column = 0; column < indexes_.size(); ++column) {
      for (std::size_t i = 0; i < environments_.size(); ++i) {
        if (column_of_[i] != column) continue;
        const Host& host = environments_[i].document.host;
        grid.rows.push_back(
            {{std::to_string(column + 1), environments_[i].name}, {host.release, host.machine}});
        if (trials) {
          grid.rows.back().marks.push_back(host.isolation.substr(0, host.isolation.find(':')));
        }
        if (races) grid.rows.back().marks.push_back(MarkOf(Weigh(environments_[i].document)));
      }
    }
    return Section("Environments", grid, 0);
  }

  std::string Features() const {
    std::set<std::string_view> seen;
    return Rows("Features", {"feature"}, [&](const Document& document, const auto& add) {
      for (const Feature& feature : document.features) {
        if (feature.world != kNative || !seen.insert(feature.feature).second) continue;
        add({feature.feature}, [&](const Index& index) {
          return MarkOf(index.FindFeature(kNative, feature.feature));
        });
      }
    });
  }

  std::string Verdicts() const {
    std::set<std::pair<std::string_view, Path>> seen;
    return Rows("Verdicts", {"scenario", "path"}, [&](const Document& document, const auto& add) {
      for (const Cell& cell : document.cells) {
        if (cell.world != kNative || !seen.emplace(cell.scenario, cell.path).second) continue;
        add({cell.scenario, std::string(WordOf(cell.path))}, [&](const Index& index) {
          return MarkOf(index.FindCell(kNative, cell.scenario, cell.path));
        });
      }
    });
  }

 private:
  // Visits the documents in turn; `visit` adds a row by its names and the mark of each environment.
  template <typename Visit>
  std::string Rows(std::string_view title, std::vector<std::string> corners, Visit visit) const {
    html::Grid grid{std::move(corners), Heads(), {}};
    std::size_t alike = 0;
    const auto add = [&](std::vector<std::string> names, const auto& mark_of) {
      html::Grid::Row row{std::move(names), {}};
      for (const Index& index : indexes_) row.marks.push_back(mark_of(index));
      if (style_.only_differing && !Differs(row)) {
        ++alike;
      } else {
        grid.rows.push_back(std::move(row));
      }
    };
    for (const NamedDocument& environment : environments_) visit(environment.document, add);
    return Section(title, grid, alike);
  }

  std::vector<std::string> Heads() const {
    const bool one_each = indexes_.size() == environments_.size();
    const bool named = style_.markdown && one_each && environments_.size() <= kMostNamedHeads;
    std::vector<std::string> heads;
    for (std::size_t i = 0; i < indexes_.size(); ++i) {
      heads.push_back(named ? environments_[i].name : std::to_string(i + 1));
    }
    return heads;
  }

  std::string Section(std::string_view title, const html::Grid& grid, std::size_t alike) const {
    const std::string left_out =
        alike == 0 ? "" : fmt::format("{} left out that are the same everywhere", alike);
    const std::string table = grid.rows.empty() ? ""
                              : style_.markdown ? grid.Markdown()
                                                : grid.Aligned(kColumns);
    if (style_.markdown) {
      return fmt::format("### {}\n\n{}{}\n", title, table,
                         alike == 0 ? "" : fmt::format("\n{}\n", left_out));
    }
    return fmt::format("{}{}\n{}\n", title, alike == 0 ? "" : fmt::format("  ({})", left_out),
                       table);
  }

  const std::vector<NamedDocument>& environments_;
  const TableStyle& style_;
  std::vector<Index> indexes_;          // one a column
  std::vector<std::size_t> column_of_;  // of each environment
};

}  // namespace

std::string Table(const std::vector<NamedDocument>& environments, const TableStyle& style) {
  const Comparison comparison(environments, style);
  return comparison.Key() + comparison.Features() + comparison.Verdicts();
}

}  // namespace pidproof::reports::compare
