#include "reports/document/claims.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "reports/document/vocabulary.h"
#include "reports/html/markup.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports {

namespace {

// "wait(2)" of "wait(2) NOTES", "kernel/exit.c" of "kernel/exit.c do_wait"; two words where the
// first is only a maker's name, as in "Linux 6.15 PIDFD_INFO_EXIT".
std::string NameOf(const std::string& source) {
  std::size_t end = source.find_first_of(" ,;");
  const std::string first = source.substr(0, end);
  if (first.find_first_of("(/.") == std::string::npos && end != std::string::npos) {
    end = source.find_first_of(" ,;", end + 1);
  }
  return source.substr(0, end);
}

bool IsPage(const std::string& name) { return name.ends_with(')'); }

std::size_t ScenariosIn(const Source& source) {
  std::set<const Scenario*> scenarios;
  for (const Claimed& claimed : source.claims) scenarios.insert(claimed.scenario);
  return scenarios.size();
}

std::string Heading(const Source& source) {
  const std::size_t scenarios = ScenariosIn(source);
  return fmt::format("{} claim{} in {} scenario{}", source.claims.size(),
                     source.claims.size() == 1 ? "" : "s", scenarios, scenarios == 1 ? "" : "s");
}

std::string RowHtml(const Claimed& claimed, const Index& index) {
  const auto& [scenario, claim] = claimed;
  const Cell* cell = index.FindCell(kNative, scenario->name, claim->path);
  const std::string era = EraText(claim->since, claim->until);
  return fmt::format(
      "<tr><th scope=row><a class=name href=\"#{}\">{}</a></th><td data-label=path>{}</td>"
      "<td data-label=claim>{} <span class=name>{}</span></td><td>{}{} [{}]</td><td>{}</td></tr>\n",
      html::Anchor("scenario", kNative, scenario->name), html::Escaped(scenario->name),
      WordOf(claim->path), html::Badge(claim->expect), html::Escaped(claim->outcome),
      html::Escaped(claim->reason), era.empty() ? "" : "; " + html::Escaped(era),
      html::Escaped(claim->source), cell == nullptr ? "" : html::Badge(cell->verdict));
}

}  // namespace

std::vector<Source> BySource(const std::vector<Scenario>& scenarios) {
  std::map<std::pair<bool, std::string>, Source> sources;  // pages sort first
  for (const Scenario& scenario : scenarios) {
    for (const Claim& claim : scenario.claims) {
      const std::string name = claim.source.empty() ? "no source" : NameOf(claim.source);
      Source& source = sources[{!IsPage(name), name}];
      source.name = name;
      source.claims.push_back({&scenario, &claim});
    }
  }
  std::vector<Source> ordered;
  for (auto& [key, source] : sources) ordered.push_back(std::move(source));
  return ordered;
}

std::string EraText(std::string_view since, std::string_view until) {
  if (since.empty() && until.empty()) return "";
  if (until.empty()) return fmt::format("so since {}", since);
  return since.empty() ? fmt::format("so before {}", until)
                       : fmt::format("so since {} and before {}", since, until);
}

std::string ClaimsText(const std::vector<Scenario>& scenarios) {
  std::string text;
  std::size_t claims = 0;
  for (const Source& source : BySource(scenarios)) {
    claims += source.claims.size();
    text += fmt::format("{}: {}\n", text::Printable(source.name), Heading(source));
    for (const auto& [scenario, claim] : source.claims) {
      const std::string era = EraText(claim->since, claim->until);
      text += text::Printable(fmt::format("  {:<36} {:<10} {:<6} {}: {}{} [{}]", scenario->name,
                                          claim->path, claim->expect, claim->outcome, claim->reason,
                                          era.empty() ? "" : "; " + era, claim->source)) +
              "\n";
    }
  }
  return text + fmt::format("in all {} claims in {} scenarios\n", claims, scenarios.size());
}

std::string ClaimsHtml(const Document& document, const Index& index) {
  std::string pages;
  for (const Source& source : BySource(document.scenarios)) {
    std::string rows;
    for (const Claimed& claimed : source.claims) rows += RowHtml(claimed, index);
    pages += fmt::format(
        "<details><summary><b>{}</b>: {}</summary>\n<table class=\"sheet claimed\">\n"
        "<colgroup><col><col><col><col><col></colgroup>\n"
        "<thead><tr><th scope=col>scenario</th><th scope=col>path</th><th scope=col>claim</th>"
        "<th scope=col>because</th><th scope=col>here</th></tr></thead>\n<tbody>\n{}</tbody>"
        "</table></details>\n",
        html::Escaped(source.name), Heading(source), rows);
  }
  return fmt::format(
      "<section id=claims>\n<h2>Claims</h2>\n<p class=soft>What is claimed, by where it is "
      "written: "
      "man pages, kernel sources, releases.</p>\n{}</section>\n",
      pages);
}

}  // namespace pidproof::reports
