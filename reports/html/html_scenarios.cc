#include "reports/html/html_scenarios.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "reports/document/claims.h"
#include "reports/document/strength.h"
#include "reports/document/vocabulary.h"
#include "reports/html/markup.h"
#include "reports/text/race_summary.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::html {
namespace {

std::string WithSource(const Claim& claim) {
  const std::string reason = Escaped(claim.reason);
  return claim.source.empty() ? reason : fmt::format("{} [{}]", reason, Escaped(claim.source));
}

std::string Claims(const Scenario& scenario) {
  if (scenario.claims.empty()) return "";
  std::string items;
  for (const Claim& claim : scenario.claims) {
    const std::string era = EraText(claim.since, claim.until);
    items += fmt::format(
        "<li>{} <span class=name>{}</span> on <span class=name>{}</span>{}<br>{}</li>\n",
        Badge(claim.expect), Escaped(claim.outcome), WordOf(claim.path),
        era.empty() ? "" : ", " + Escaped(era), WithSource(claim));
  }
  return fmt::format("<details><summary>{} claim{}</summary><ul class=claims>\n{}</ul></details>",
                     scenario.claims.size(), scenario.claims.size() == 1 ? "" : "s", items);
}

// An outcome is coloured by its claim; one without a claim is bad.
Tone ToneOfOutcome(const Scenario& scenario, const Cell& cell, std::string_view outcome) {
  for (const Claim& claim : scenario.claims) {
    if (claim.path != cell.path || claim.outcome != outcome) continue;
    return claim.expect == Expect::kMay ? Tone::kGood : ToneOf(claim.expect);
  }
  return Tone::kBad;
}

std::string Bars(const Scenario& scenario, const Cell& cell) {
  double total = 0;
  for (const auto& [word, count] : cell.outcomes) total += static_cast<double>(count);
  if (total == 1) {
    const std::string_view word = OutcomesByCount(cell).front().first;
    if (cell.why.find(word) != std::string::npos) return "";
    return fmt::format("<div class=trials>observed <span class=name>{}</span></div>",
                       Escaped(word));
  }
  std::string bars;
  for (const auto& [word, count] : OutcomesByCount(cell)) {
    // An outcome that was observed at all stays visible.
    const double share = count == 0 ? 0 : std::max(0.8, 100 * static_cast<double>(count) / total);
    bars += fmt::format(
        "<span class=name>{}</span><svg class={} viewBox=\"0 0 100 1\" preserveAspectRatio=none "
        "aria-hidden=true><rect width=\"{:.1f}\" height=\"1\"/></svg><span class=count>{}</span>\n",
        Escaped(word), ClassOf(ToneOfOutcome(scenario, cell, word)), share, text::Thousands(count));
  }
  return bars.empty() ? "" : fmt::format("<div class=bars>\n{}</div>", bars);
}

std::string Trials(const Cell& cell) {
  const auto rate = RateOf(cell);
  if (!rate) return "";
  std::string line =
      fmt::format("{} trials, {} per second", text::Thousands(cell.trials), text::Thousands(*rate));
  if (cell.baseline_per_second) {
    line += fmt::format(" (bare create and reap: {})",
                        text::Thousands(static_cast<std::uint64_t>(*cell.baseline_per_second)));
  }
  return fmt::format("<div class=trials>{}</div>", line);
}

std::string Race(const Cell& cell) {
  std::string html;
  for (const std::string& sentence : text::RaceSentences(cell)) {
    html += fmt::format("<div class=trials>{}</div>", Escaped(sentence));
  }
  for (const std::string& sentence : text::BugSentences(cell)) {
    html += fmt::format("<div class=\"trials {}\">{}</div>", ClassOf(Tone::kCaution),
                        Escaped(sentence));
  }
  return html;
}

// What each actor did and saw in the trials that went wrong.
std::string Records(const Cell& cell) {
  std::string html;
  for (const Record& record : cell.records) {
    std::string events;
    for (const Event& event : record.events) {
      events += fmt::format(
          "<li><span class=count>+{} ns</span> actor {} <span class=name>{}</span>{}</li>\n",
          text::Thousands(event.at), event.actor, Escaped(event.call),
          event.took
              ? fmt::format(": {} after {} ns", Escaped(event.saw), text::Thousands(*event.took))
              : ", and did not return");
    }
    html += fmt::format(
        "<details><summary>Trial {}: {}</summary><div class=trials>processors: {}; pressure: "
        "{}{}</div><ul class=claims>\n{}</ul></details>",
        text::Thousands(record.trial),
        record.outcome.empty() ? "the last that was begun" : Escaped(record.outcome),
        Escaped(record.place), Escaped(record.pressure),
        record.yielding ? "; the last act yields" : "", events);
  }
  return html;
}

std::string CellHtml(const Scenario& scenario, const Cell* cell, Path path) {
  if (cell == nullptr) return "<td></td>";
  const std::optional<Strength> strength = StrengthOf(*cell);
  return fmt::format("<td data-label={}>{}{}\n<div class=why>{}</div>{}{}{}{}</td>\n", path,
                     Badge(cell->verdict), strength ? " " + Badge(*strength) : "",
                     Escaped(cell->why), Trials(*cell), Bars(scenario, *cell), Race(*cell),
                     Records(*cell));
}

std::string RowHtml(const Index::Row& row, std::string_view world) {
  const Scenario& scenario = *row.scenario;
  std::string is(WordOf(scenario.kind));
  for (const Cell* cell : {row.pidfd, row.legacy_pid}) {
    if (cell == nullptr) continue;
    const std::optional<Strength> strength = StrengthOf(*cell);
    is += fmt::format(" {} {}", cell->verdict, strength ? WordOf(*strength) : "");
  }
  const std::string anchor = Anchor("scenario", world, scenario.name);
  return fmt::format(
      "<tr id=\"{}\" data-is=\"{}\"><th scope=row><a class=name href=\"#{}\">{}</a>\n"
      "<div class=\"why soft\">{}</div>{}</th>\n{}{}</tr>\n",
      anchor, is, anchor, Escaped(scenario.name), Escaped(scenario.question), Claims(scenario),
      CellHtml(scenario, row.pidfd, Path::kPidfd),
      CellHtml(scenario, row.legacy_pid, Path::kLegacyPid));
}

std::string KindHtml(const Index::Chosen<Index::Row>& rows, ScenarioKind kind,
                     std::string_view world) {
  std::string body;
  for (const Index::Row& row : rows.entries) {
    if (row.scenario->kind == kind) body += RowHtml(row, world);
  }
  if (body.empty()) return "";
  return fmt::format(
      "<table class=\"sheet scenarios\">\n<colgroup><col><col><col></colgroup>\n"
      "<thead><tr><th scope=col>{}: {}</th><th scope=col>pidfd</th><th scope=col>legacy_pid</th>"
      "</tr></thead>\n<tbody>\n{}</tbody></table>\n",
      kind, EntryOf(kind).means, body);
}

}  // namespace

std::string ScenariosHtml(const Index& index, std::string_view world) {
  const Index::Chosen<Index::Row> rows = index.Rows(world);
  if (rows.of == 0) return "";
  const std::string chosen =
      index.ShowsDifferences(world)
          ? fmt::format("{} of {} end differently from native", rows.entries.size(), rows.of)
          : fmt::format("all {}", rows.of);
  std::string html = fmt::format("<h3>{}: {}</h3>\n", Escaped(world), chosen);
  for (const ScenarioKind kind : {ScenarioKind::kConformance, ScenarioKind::kTorture}) {
    html += KindHtml(rows, kind, world);
  }
  return html;
}

}  // namespace pidproof::reports::html
