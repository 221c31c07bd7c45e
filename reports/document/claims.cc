#include "reports/document/claims.h"

#include <fmt/format.h>

#include <algorithm>
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

// "; pidfd upheld"
std::string VerdictOf(const Scenario& scenario, Path path, const Index& index) {
  const Cell* cell = index.FindCell(kNative, scenario.name, path);
  return cell == nullptr ? "" : fmt::format("; {} {}", WordOf(path), WordOf(cell->verdict));
}

// Where the claims themselves stand, with their reasons.
std::string ScenarioHtml(const Scenario& scenario, std::size_t claims, const Index& index) {
  return fmt::format("<li><a class=name href=\"#{}\">{}</a> {} claim{}{}{}</li>\n",
                     html::Anchor("scenario", kNative, scenario.name), html::Escaped(scenario.name),
                     claims, claims == 1 ? "" : "s", VerdictOf(scenario, Path::kPidfd, index),
                     VerdictOf(scenario, Path::kLegacyPid, index));
}

// The scenarios of a source are in order.
std::string ScenariosOf(const Source& source, const Index& index) {
  std::string items;
  for (auto at = source.claims.begin(); at != source.claims.end();) {
    const Scenario* scenario = at->scenario;
    const auto end = std::find_if(at, source.claims.end(), [&](const Claimed& claimed) {
      return claimed.scenario != scenario;
    });
    items += ScenarioHtml(*scenario, static_cast<std::size_t>(end - at), index);
    at = end;
  }
  return items;
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
  std::string sources;
  for (const Source& source : BySource(document.scenarios)) {
    sources += fmt::format(
        "<details><summary><b>{}</b>: {}</summary>\n<ul class=claims>\n{}</ul></details>\n",
        html::Escaped(source.name), Heading(source), ScenariosOf(source, index));
  }
  return fmt::format(
      "<section id=claims>\n<h2>Claims</h2>\n<p class=soft>Which scenarios make claims, by where "
      "these are written: man pages, kernel sources, releases.</p>\n{}</section>\n",
      sources);
}

}  // namespace pidproof::reports
