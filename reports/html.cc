#include "reports/html.h"

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "reports/claims.h"
#include "reports/html_page.h"
#include "reports/html_scenarios.h"
#include "reports/index.h"
#include "reports/markup.h"
#include "reports/summary.h"
#include "reports/typeset.h"
#include "reports/vocabulary.h"

namespace pidproof::reports {
namespace {

std::string Head(const Matrix& matrix) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
      "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; "
      "style-src 'unsafe-inline'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=viewport content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=referrer content=no-referrer>\n"
      "<title>pidproof: {} {}</title>\n<style>{}</style>\n</head>\n",
      kPageScriptHash, Escaped(matrix.host.release), Escaped(matrix.host.machine), kPageStyle);
}

std::string Bar() {
  return "<header><strong>pidproof</strong><nav><a href=\"#summary\">Summary</a>"
         "<a href=\"#features\">Features</a><a href=\"#scenarios\">Scenarios</a>"
         "<a href=\"#claims\">Claims</a><a href=\"#legend\">Legend</a></nav>\n"
         "<input id=filter type=search hidden placeholder=\"Filter: reuse is:hazardous\" "
         "aria-label=\"Filter the rows\"></header>\n";
}

std::string Counts(std::string_view title, const std::vector<Counted>& counts,
                   std::span<const Word> list) {
  std::string html = fmt::format("<div class=counts><span>{}</span>", title);
  for (const Counted& counted : counts) {
    html += fmt::format("<button type=button data-find=\"is:{}\"><b>{}</b> {}</button>\n",
                        counted.word.word, Thousands(counted.rows), Badge(counted.word.word, list));
  }
  return html + (counts.empty() ? "none</div>\n" : "</div>\n");
}

std::string Fact(std::string_view name, std::string_view value) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, Escaped(value));
}

std::string Facts(const Run& run, const Host& host) {
  std::string facts = Fact("Isolation of the trials", host.isolation) +
                      Fact("Started", run.started) + Fact("Took", Seconds(run.seconds)) +
                      Fact("Pace", fmt::format("{:.2g}", run.pace)) +
                      Fact("Seed", std::to_string(run.seed)) +
                      Fact("User", fmt::format("uid {}", host.uid)) + Fact("C library", host.libc);
  if (host.seccomp_mode) facts += Fact("Seccomp before any world", SeccompName(*host.seccomp_mode));
  if (host.pid_max) facts += Fact("pid_max", Thousands(*host.pid_max));
  if (host.seccomp_filters) facts += Fact("Seccomp filters", Thousands(*host.seccomp_filters));
  if (host.no_new_privs) facts += Fact("No new privileges", *host.no_new_privs ? "yes" : "no");
  if (host.ptrace_scope) facts += Fact("Yama ptrace_scope", Thousands(*host.ptrace_scope));
  if (host.pid_levels) facts += Fact("Pid namespaces shown", Thousands(*host.pid_levels));
  for (const HostText& fact : kHostTexts) {
    if (!(host.*fact.text).empty()) facts += Fact(fact.title, host.*fact.text);
  }
  if (run.outer_pids_used) facts += Fact("Host pids used", Thousands(*run.outer_pids_used));
  if (!run.kernel_watch.empty()) facts += Fact("Kernel log watched", run.kernel_watch);
  return fmt::format("<dl class=facts>\n{}</dl>\n", facts);
}

// Links to the rows that call for attention first, a screenful at the most.
std::string Alarms(const Matrix& matrix, const Index& index) {
  constexpr std::size_t kMost = 20;
  std::string items;
  std::size_t count = 0;
  for (const Cell& cell : matrix.cells) {
    const Tone tone = ToneOf(cell.verdict, kVerdicts);
    if (tone != Tone::kBad && tone != Tone::kUndecided) continue;
    const Cell* native = index.FindCell(kNative, cell.scenario, cell.path);
    // Another world that says the same has no row of its own on the page.
    if (cell.world != kNative && native != nullptr && native->verdict == cell.verdict) continue;
    if (++count > kMost) continue;
    items +=
        fmt::format("<li>{} <a class=name href=\"#{}\">{}</a> on {}: {}</li>\n",
                    Badge(cell.verdict, kVerdicts), Anchor("scenario", cell.world, cell.scenario),
                    Escaped(cell.scenario), Escaped(cell.path), Escaped(cell.why));
  }
  if (count > kMost) items += fmt::format("<li>and {} more</li>\n", count - kMost);
  return items.empty() ? "" : fmt::format("<ul class=claims>\n{}</ul>\n", items);
}

std::string Strength(const std::string& evidence) {
  if (evidence.empty()) return "";
  return fmt::format("<div class=counts><span>Evidence</span>{}</div>\n", Escaped(evidence));
}

std::string KernelLog(const Matrix& matrix) {
  if (!matrix.kernel_log || matrix.kernel_log->empty()) return "";
  std::string items;
  for (const KernelLogLine& line : *matrix.kernel_log) {
    items += fmt::format("<li>{} <span class=name>{}</span></li>\n",
                         Badge(line.kind, kKernelTroubles), Escaped(line.text));
  }
  return fmt::format("<p class=soft>The kernel's log ({})</p>\n<ul class=claims>\n{}</ul>\n",
                     Escaped(matrix.run.kernel_watch), items);
}

std::string SummarySection(const Matrix& matrix, const Index& index) {
  const Summary summary = Summarize(matrix);
  return fmt::format(
      "<section id=summary>\n<h1>Linux {} on {}</h1>\n<p class=soft>{}</p>\n"
      "<p class=\"meaning {}\">{}</p>\n{}{}{}{}{}{}</section>\n",
      Escaped(matrix.host.release), Escaped(matrix.host.machine), Escaped(matrix.tool),
      ClassOf(summary.tone), Escaped(summary.meaning), KernelLog(matrix), Alarms(matrix, index),
      Counts("Verdicts", summary.verdicts, kVerdicts), Strength(summary.evidence),
      Counts("Features", summary.features, kAvailabilities), Facts(matrix.run, matrix.host));
}

std::string FeatureRow(const Feature& feature) {
  const std::string anchor = Anchor("feature", feature.world, feature.feature);
  return fmt::format(
      "<tr id=\"{}\" data-is=\"{}\"><th scope=row><a class=name href=\"#{}\">{}</a></th>"
      "<td data-label=since>{}</td><td data-label=here>{}</td>"
      "<td data-label=answer><span class=name>{}</span></td><td>{}</td></tr>\n",
      anchor, Escaped(feature.availability), anchor, Escaped(feature.feature),
      Escaped(feature.since), Badge(feature.availability, kAvailabilities),
      Escaped(AnswerOf(feature)),
      Escaped(feature.mend.empty() ? feature.evidence
                                   : fmt::format("{}. Mend: {}", feature.evidence, feature.mend)));
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
                     LegendOf("Claims, of an answer on a path", kMoods),
                     LegendOf("Kernel log, of a line", kKernelTroubles));
}

}  // namespace

std::string Html(const Matrix& matrix) {
  const Index index(matrix);
  std::string features;
  std::string scenarios;
  for (const std::string_view world : index.worlds()) {
    features += FeaturesOf(index, world);
    scenarios += ScenariosHtml(index, world);
  }
  return fmt::format(
      "{}<body>\n{}<main>\n{}"
      "<section id=features>\n<h2>Features</h2>\n"
      "<p class=soft>What the kernel offers to this process, and the answer that gave it "
      "away.</p>\n"
      "{}</section>\n"
      "<section id=scenarios>\n<h2>Scenarios</h2>\n"
      "<p class=soft>One question, asked on both paths: through a pidfd, and through the "
      "number.</p>\n"
      "{}</section>\n{}{}</main>\n<script>{}</script>\n</body>\n</html>\n",
      Head(matrix), Bar(), SummarySection(matrix, index), features, scenarios,
      ClaimsHtml(matrix, index), Legend(), kPageScript);
}

}  // namespace pidproof::reports
