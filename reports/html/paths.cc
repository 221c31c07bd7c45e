#include "reports/html/paths.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "reports/html/figure.h"
#include "reports/html/markup.h"
#include "reports/ready/ready.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::html {

namespace {

// How the questions ended, best known first.
struct Shares {
  std::size_t upheld = 0;
  std::size_t hazardous = 0;
  std::size_t violated = 0;
  std::size_t undecided = 0;  // or did not end
  std::size_t unsupported = 0;

  std::size_t all() const { return upheld + hazardous + violated + undecided + unsupported; }
};

void Count(Verdict verdict, Shares& shares) {
  switch (verdict) {
    case Verdict::kUpheld:
      ++shares.upheld;
      break;
    case Verdict::kHazardous:
      ++shares.hazardous;
      break;
    case Verdict::kViolated:
      ++shares.violated;
      break;
    case Verdict::kUnsupported:
      ++shares.unsupported;
      break;
    default:
      ++shares.undecided;
  }
}

// What was seen of one path.
struct Seen {
  Shares shares;
  std::set<std::string> kernel_bugs;          // by which it came to harm
  std::vector<std::string> harmed_otherwise;  // scenarios
};

Seen Look(const Document& document, std::string_view world, Path path) {
  Seen seen;
  for (const Cell& cell : document.cells) {
    if (cell.world != world || cell.path != path) continue;
    Count(cell.verdict, seen.shares);
    if (cell.verdict != Verdict::kHazardous) continue;
    for (const KernelBug& bug : cell.kernel_bugs) seen.kernel_bugs.insert(bug.name);
    if (cell.kernel_bugs.empty()) seen.harmed_otherwise.push_back(cell.scenario);
  }
  return seen;
}

struct Piece {
  std::size_t count;
  std::string_view word;
  std::string_view css_class;
};

// Harm by PID is expected, and of another colour than harm by pidfd.
std::string BarHtml(std::string_view name, const Shares& shares, std::string_view harm_class) {
  const Piece pieces[] = {{shares.upheld, "upheld", "good"},
                          {shares.hazardous, "hazardous", harm_class},
                          {shares.violated, "violated", "bad"},
                          {shares.undecided, "undecided", "undecided"},
                          {shares.unsupported, "not possible here", "quiet"}};
  std::string rectangles;
  std::string words;
  double from = 0;
  for (const auto& [count, word, css_class] : pieces) {
    if (count == 0) continue;
    const double width = 100 * static_cast<double>(count) / static_cast<double>(shares.all());
    rectangles += fmt::format("<rect class={} x=\"{:.2f}\" width=\"{:.2f}\" height=\"1\"/>",
                              css_class, from, width);
    words +=
        fmt::format("<span class={}><b>{}</b> {}</span> ", css_class, text::Thousands(count), word);
    from += width;
  }
  return fmt::format(
      "<div class=path><b>{}</b><svg viewBox=\"0 0 100 1\" preserveAspectRatio=none "
      "aria-hidden=true>{}</svg><div class=shares>{}</div></div>\n",
      name, rectangles, words);
}

std::string Few(const std::vector<std::string>& names) {
  constexpr std::size_t kFew = 4;
  const std::size_t shown = std::min(names.size(), kFew);
  std::string text;
  for (std::size_t i = 0; i < shown; ++i) {
    text += fmt::format("{}<span class=name>{}</span>", i == 0 ? "" : ", ", Escaped(names[i]));
  }
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

std::string Questions(std::size_t count) {
  return fmt::format("{} question{}", text::Thousands(count), count == 1 ? "" : "s");
}

// "34 of 738 questions", of those that could be asked.
std::string HarmedText(const Shares& shares) {
  const std::string of = Questions(shares.all() - shares.unsupported);
  return fmt::format("{} of {}", shares.hazardous == 0 ? "none" : text::Thousands(shares.hazardous),
                     of);
}

std::string HeadlineHtml(const Seen& pidfd, const Seen& pid) {
  if (pidfd.shares.hazardous + pid.shares.hazardous == 0) {
    return "<p class=headline>No harm was seen on either path.</p>\n";
  }
  std::string html = fmt::format("<p class=headline>Harm came by PID in {}, by pidfd in {}.</p>\n",
                                 HarmedText(pid.shares), HarmedText(pidfd.shares));
  if (!pidfd.kernel_bugs.empty()) {
    html += fmt::format("<p>Known kernel bugs by pidfd: {}.</p>\n",
                        Few({pidfd.kernel_bugs.begin(), pidfd.kernel_bugs.end()}));
  }
  if (!pidfd.harmed_otherwise.empty()) {
    html += fmt::format("<p>What a pidfd does not prevent: {}.</p>\n", Few(pidfd.harmed_otherwise));
  }
  return html;
}

std::vector<Feature> FeaturesOf(const Index& index, std::string_view world) {
  std::vector<Feature> features;
  for (const Feature* feature : index.Features(world).entries) features.push_back(*feature);
  return features;
}

std::string_view ClassOf(const ready::Readiness& row) {
  return html::ClassOf(ready::WordOf(row.impact).tone);
}

}  // namespace

std::string PathsHtml(const Document& document, const Index& index) {
  if (document.cells.empty()) return "";
  const std::string_view world = index.worlds().front();
  const Seen pidfd = Look(document, world, Path::kPidfd);
  const Seen pid = Look(document, world, Path::kLegacyPid);
  if (pidfd.shares.all() + pid.shares.all() == 0) return "";
  return fmt::format("{}{}{}", HeadlineHtml(pidfd, pid),
                     pidfd.shares.all() == 0 ? "" : BarHtml("pidfd", pidfd.shares, "bad"),
                     pid.shares.all() == 0 ? "" : BarHtml("PID", pid.shares, "caution"));
}

std::string ProgramsHtml(const Document& document, const Index& index) {
  if (document.features.empty()) return "";
  const std::string_view world = document.features.front().world;
  std::string items;
  std::size_t well = 0;
  std::size_t all = 0;
  for (const ready::Readiness& row : ready::Assess(FeaturesOf(index, world), {})) {
    if (row.impact == ready::Impact::kNotApplicable) continue;
    ++all;
    if (row.impact == ready::Impact::kWorks) {
      ++well;
      continue;
    }
    const ready::Impact impact = row.impact;
    items += fmt::format("<li><b>{}</b> <b class=\"badge {}\">{}</b> {}{}</li>\n",
                         Escaped(row.title), ClassOf(row), Escaped(ready::WordOf(impact).word),
                         row.feature.empty()
                             ? ""
                             : fmt::format("<span class=name>{}</span> is {}", Escaped(row.feature),
                                           Escaped(row.availability)),
                         row.fix.empty() ? "" : ". Fix: " + Escaped(row.fix));
  }
  const std::string line =
      fmt::format("{} of {} programs that use pidfds work by them here", well, all);
  return fmt::format("<div class=counts><span>Programs</span>{}{}</div>\n{}", line,
                     items.empty() ? "." : "; not so:",
                     items.empty() ? "" : fmt::format("<ul class=claims>\n{}</ul>\n", items));
}

std::string KernelBugsHtml(const Document& document) {
  std::vector<std::vector<std::string>> rows;
  for (const Cell& cell : document.cells) {
    for (const KernelBug& bug : cell.kernel_bugs) {
      rows.push_back(
          {bug.name, cell.scenario, std::string(WordOf(cell.path)), cell.world,
           fmt::format("{} of {}", text::Thousands(bug.hits), text::Thousands(cell.trials)),
           bug.fixed_in.empty() ? "no release yet" : bug.fixed_in});
    }
  }
  if (rows.empty()) return "";
  std::ranges::sort(rows);
  return fmt::format(
      "<section id=bugs>\n<h2>Kernel bugs</h2>\n<p class=soft>Known ones that were met here; "
      "<span class=name>pidproof explain NAME</span> says more of each.</p>\n{}</section>\n",
      NumbersTable({"kernel bug", "met by", "path", "world", "trials", "fixed in"}, rows, 5));
}

}  // namespace pidproof::reports::html
