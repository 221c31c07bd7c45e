#include "reports/html/html.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "reports/document/claims.h"
#include "reports/document/index.h"
#include "reports/document/vocabulary.h"
#include "reports/html/costs.h"
#include "reports/html/figure.h"
#include "reports/html/html_page.h"
#include "reports/html/html_scenarios.h"
#include "reports/html/markup.h"
#include "reports/html/paths.h"
#include "reports/html/races.h"
#include "reports/text/summary.h"
#include "reports/text/text_layout.h"

namespace pidproof::reports::html {
namespace {

// Links to the sections that are there.
std::string Bar(const Document& document) {
  const std::string_view answers =
      "<a href=\"#features\">Features</a><a href=\"#scenarios\">Scenarios</a>";
  const std::string races = RacesHtml(document).empty() ? "" : "<a href=\"#races\">Races</a>";
  const std::string bugs =
      KernelBugsHtml(document).empty() ? "" : "<a href=\"#bugs\">Kernel bugs</a>";
  const std::string_view costs = "<a href=\"#costs\">Costs</a>";
  const std::string_view meanings = "<a href=\"#claims\">Claims</a><a href=\"#legend\">Legend</a>";
  const bool has_answers = !HoldsCostsAlone(document);
  return fmt::format(
      "<header><strong>pidproof</strong><nav><a href=\"#summary\">Summary</a>{}{}{}{}{}</nav>\n"
      "<input id=filter type=search hidden placeholder=\"Filter: reuse is:hazardous\" "
      "aria-label=\"Filter the rows\"></header>\n",
      has_answers ? answers : "", races, bugs, document.benchmarks.empty() ? "" : costs,
      has_answers ? meanings : "");
}

std::string Counts(std::string_view title, const std::vector<text::Counted>& counts,
                   std::span<const Word> list) {
  std::string html = fmt::format("<div class=counts><span>{}</span>", title);
  for (const text::Counted& counted : counts) {
    html += fmt::format("<button type=button data-find=\"is:{}\"><b>{}</b> {}</button>\n",
                        counted.word.word, text::Thousands(counted.rows),
                        Badge(counted.word.word, list));
  }
  return html + (counts.empty() ? "none</div>\n" : "</div>\n");
}

std::string Fact(std::string_view name, std::string_view value) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, Escaped(value));
}

std::string Facts(const Document& document) {
  const Run& run = document.run;
  const Host& host = document.host;
  std::string facts;
  if (!host.isolation.empty()) facts += Fact("Isolation of the trials", host.isolation);
  facts += Fact("Started", run.started);
  if (run.seconds > 0) facts += Fact("Duration", text::Seconds(run.seconds));
  facts += Fact("Slowdown", fmt::format("{:.2g}", run.slowdown));
  if (!HoldsCostsAlone(document)) facts += Fact("Seed", std::to_string(run.seed));
  facts += Fact("User", fmt::format("uid {}", host.uid)) + Fact("C library", host.libc);
  if (host.seccomp_mode) facts += Fact("Seccomp before any world", SeccompName(*host.seccomp_mode));
  if (host.pid_max) facts += Fact("pid_max", text::Thousands(*host.pid_max));
  if (host.seccomp_filters)
    facts += Fact("Seccomp filters", text::Thousands(*host.seccomp_filters));
  if (host.no_new_privs) facts += Fact("No new privileges", *host.no_new_privs ? "yes" : "no");
  if (host.ptrace_scope) facts += Fact("Yama ptrace_scope", text::Thousands(*host.ptrace_scope));
  if (host.pid_levels) facts += Fact("PID namespaces shown", text::Thousands(*host.pid_levels));
  for (const HostText& fact : kHostTexts) {
    if (!(host.*fact.text).empty()) facts += Fact(fact.title, host.*fact.text);
  }
  if (run.host_pids_used) facts += Fact("Host PIDs used", text::Thousands(*run.host_pids_used));
  if (!run.kernel_watch.empty()) facts += Fact("Kernel log watched", run.kernel_watch);
  return OpensBelow("The machine and the run", fmt::format("<dl class=facts>\n{}</dl>\n", facts));
}

// Links to the rows that call for attention first, a screenful at the most.
std::string Alarms(const Document& document, const Index& index) {
  constexpr std::size_t kMost = 20;
  std::string items;
  std::size_t count = 0;
  for (const Cell& cell : document.cells) {
    const Tone tone = ToneOf(cell.verdict);
    if (tone != Tone::kBad && tone != Tone::kUndecided) continue;
    const Cell* native = index.FindCell(kNative, cell.scenario, cell.path);
    // Another world that says the same has no row of its own on the page.
    if (cell.world != kNative && native != nullptr && native->verdict == cell.verdict) continue;
    if (++count > kMost) continue;
    items += fmt::format("<li>{} <a class=name href=\"#{}\">{}</a> on {}: {}</li>\n",
                         Badge(cell.verdict), Anchor("scenario", cell.world, cell.scenario),
                         Escaped(cell.scenario), WordOf(cell.path), Escaped(cell.why));
  }
  if (count > kMost) items += fmt::format("<li>and {} more</li>\n", count - kMost);
  return items.empty() ? "" : fmt::format("<ul class=claims>\n{}</ul>\n", items);
}

std::string EvidenceLine(const std::string& evidence) {
  if (evidence.empty()) return "";
  return fmt::format("<div class=counts><span>Evidence</span>{}</div>\n", Escaped(evidence));
}

std::string KernelLog(const Document& document) {
  if (!document.kernel_log || document.kernel_log->empty()) return "";
  std::string items;
  for (const KernelLogLine& line : *document.kernel_log) {
    items += fmt::format("<li>{} <span class=name>{}</span></li>\n",
                         Badge(line.kind, kKernelTroubles), Escaped(line.text));
  }
  return fmt::format("<p class=soft>The kernel's log ({})</p>\n<ul class=claims>\n{}</ul>\n",
                     Escaped(document.run.kernel_watch), items);
}

std::string SummarySection(const Document& document, const Index& index) {
  const text::Summary summary = text::Summarize(document);
  return fmt::format(
      "<section id=summary>\n<h1>Linux {} on {}</h1>\n<p class=soft>{}</p>\n"
      "{}<p class=\"meaning {}\">{}</p>\n{}{}{}{}{}</section>\n",
      Escaped(document.host.release), Escaped(document.host.machine), Escaped(document.tool),
      PathsHtml(document, index), ClassOf(summary.tone), Escaped(summary.meaning),
      KernelLog(document), Alarms(document, index), ProgramsHtml(document, index),
      HoldsCostsAlone(document)
          ? ""
          : Counts("Verdicts", summary.verdicts, kVerdicts) + EvidenceLine(summary.evidence) +
                Counts("Features", summary.features, kAvailabilities),
      Facts(document));
}

std::string FeatureRow(const Feature& feature) {
  const std::string anchor = Anchor("feature", feature.world, feature.feature);
  return fmt::format(
      "<tr id=\"{}\" data-is=\"{}\"><th scope=row><a class=name href=\"#{}\">{}</a></th>"
      "<td data-label=since>{}</td><td data-label=here>{}</td>"
      "<td data-label=answer><span class=name>{}</span></td><td>{}</td></tr>\n",
      anchor, WordOf(feature.availability), anchor, Escaped(feature.feature),
      Escaped(feature.since), Badge(feature.availability), Escaped(AnswerOf(feature)),
      Escaped(feature.fix.empty() ? feature.evidence
                                  : fmt::format("{}. Fix: {}", feature.evidence, feature.fix)));
}

std::string FeaturesOf(const Index& index, std::string_view world) {
  const Index::Chosen<const Feature*> features = index.Features(world);
  if (features.of == 0) return "";
  const std::string chosen = index.ShowsDifferences(world)
                                 ? fmt::format("{} of {} answer differently from native",
                                               features.entries.size(), features.of)
                                 : fmt::format("all {}", features.of);
  const std::string heading = fmt::format("<h3>{}: {}</h3>\n", Escaped(world), chosen);
  if (features.entries.empty()) return heading;
  std::string rows;
  for (const Feature* feature : features.entries) rows += FeatureRow(*feature);
  return fmt::format(
      "{}<table class=\"sheet features\">\n"
      "<colgroup><col><col><col><col><col></colgroup>\n<thead><tr><th scope=col>feature</th>"
      "<th scope=col>since</th><th scope=col>here</th><th scope=col>answer</th>"
      "<th scope=col>evidence</th></tr></thead>\n<tbody>\n{}</tbody></table>\n",
      heading, rows);
}

std::string LegendOf(std::string_view title, std::span<const Word> list) {
  std::string entries;
  for (const Word& word : list) {
    entries += fmt::format("<dt>{}</dt><dd>{}</dd>\n", Badge(word.word, list), Escaped(word.means));
  }
  return fmt::format("<h3>{}</h3>\n<dl class=legend>\n{}</dl>\n", title, entries);
}

std::string Legend() {
  return fmt::format("<section id=legend>\n<h2>Legend</h2>\n{}{}{}{}{}</section>\n",
                     LegendOf("Verdicts, of a scenario on a path", kVerdicts),
                     LegendOf("Evidence, of an upheld race", kStrengths),
                     LegendOf("Features, in a world", kAvailabilities),
                     LegendOf("Claims, of an answer on a path", kExpectations),
                     LegendOf("Kernel log, of a line", kKernelTroubles));
}

// What was asked of the kernel, and what it answered.
std::string AnswersHtml(const Index& index) {
  std::string features;
  std::string scenarios;
  for (const std::string_view world : index.worlds()) {
    features += FeaturesOf(index, world);
    scenarios += ScenariosHtml(index, world);
  }
  return fmt::format(
      "<section id=features>\n<h2>Features</h2>\n"
      "<p class=soft>What the kernel offers to this process, and the answer that shows "
      "it.</p>\n"
      "{}</section>\n"
      "<section id=scenarios>\n<h2>Scenarios</h2>\n"
      "<p class=soft>One question, asked on both paths: through a pidfd, and through the "
      "PID.</p>\n"
      "{}</section>\n",
      features, scenarios);
}

}  // namespace

std::string Html(const Document& document) {
  const Index index(document);
  const bool has_answers = !HoldsCostsAlone(document);
  return fmt::format(
      "{}<body>\n{}<main>\n{}{}{}{}</main>\n<script>{}</script>\n</body>\n</html>\n",
      PageHead(fmt::format("pidproof: {} {}", document.host.release, document.host.machine)),
      Bar(document), SummarySection(document, index), has_answers ? AnswersHtml(index) : "",
      RacesHtml(document) + KernelBugsHtml(document) + CostsHtml(document.benchmarks),
      has_answers ? ClaimsHtml(document, index) + Legend() : "", kPageScript);
}

}  // namespace pidproof::reports::html
