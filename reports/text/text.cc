#include "reports/text/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "reports/document/index.h"
#include "reports/document/vocabulary.h"
#include "reports/text/costs.h"
#include "reports/text/overview.h"
#include "reports/text/summary.h"
#include "reports/text/terminal_style.h"
#include "reports/text/text_layout.h"
#include "reports/text/text_scenarios.h"

namespace pidproof::reports::text {
namespace {

std::string Opening(const Document& document, const TerminalStyle& pen) {
  const Run& run = document.run;
  const Host& host = document.host;
  std::vector<std::string> facts = {Printable(run.started)};
  if (run.seconds > 0) facts.push_back(Seconds(run.seconds));
  if (!HoldsCostsAlone(document)) facts.push_back(fmt::format("seed {}", run.seed));
  facts.push_back(fmt::format("slowdown {:.{}f}", run.slowdown, run.slowdown < 10 ? 1 : 0));
  facts.push_back(fmt::format("uid {}", host.uid));
  facts.push_back(Printable(host.libc));
  if (host.seccomp_mode)
    facts.push_back(fmt::format("seccomp {}", SeccompName(*host.seccomp_mode)));
  if (host.pid_max) facts.push_back(fmt::format("pid_max {}", Thousands(*host.pid_max)));
  if (host.ptrace_scope) facts.push_back(fmt::format("ptrace_scope {}", *host.ptrace_scope));
  if (host.no_new_privs.value_or(false)) facts.push_back("no_new_privs");
  if (host.user_namespace == "inner") facts.push_back("inner user namespace");
  if (host.pid_namespace == "inner") facts.push_back("inner PID namespace");
  if (!host.container.empty()) facts.push_back("container: " + Printable(host.container));
  if (!host.emulator.empty()) facts.push_back("emulator: " + Printable(host.emulator));
  if (!host.hostname.empty()) facts.push_back("host: " + Printable(host.hostname));
  if (!host.fingerprint.empty()) facts.push_back("fingerprint " + Printable(host.fingerprint));
  if (run.host_pids_used) {
    facts.push_back(fmt::format("{} host PIDs used", Thousands(*run.host_pids_used)));
  }
  std::vector<std::string> where = {Printable(document.tool), "Linux " + Printable(host.release),
                                    Printable(host.machine)};
  if (!host.isolation.empty()) where.push_back("isolation: " + Printable(host.isolation));
  std::string text;
  for (const std::string& line : Flow(where, " | ", TerminalStyle::kColumns))
    text += pen.Bold(line) + "\n";
  text += pen.Note(Flow(facts, " | ", TerminalStyle::kColumns), 0);
  if (!run.notes.empty())
    text += pen.Note(Wrapped(Printable("note: " + run.notes), TerminalStyle::kColumns), 0);
  return text;
}

// The answer, and what refused the feature unless it is just missing in the kernel.
std::string Answered(const Feature& feature) {
  const std::string not_run = feature.evaluated ? "  evaluated, not run" : "";
  const std::string answer = Printable(AnswerOf(feature)) + not_run;
  if (feature.refused_by.empty() || feature.refused_by == kRefusedByKernel) return answer;
  return fmt::format("{}  by {} ({})", answer, feature.refused_by, feature.confidence);
}

// Whether the evidence is shown even without --verbose.
bool Remarkable(const Feature& feature) {
  return feature.world == kNative && feature.availability != Availability::kPresent &&
         feature.availability != Availability::kAbsent;
}

// The native features, when they are many: a line for each way in which some are not present.
std::string NativeFeatures(const Document& document, const std::vector<const Feature*>& features,
                           const TerminalStyle& pen) {
  std::vector<std::string> counts;
  for (const Counted& counted : Summarize(document).features) {
    counts.push_back(fmt::format("{} {}", Thousands(counted.rows), counted.word.word));
  }
  const bool can_be_fixed = std::ranges::any_of(features, [](const Feature* feature) {
    return feature->availability != Availability::kPresent && !feature->fix.empty();
  });
  return pen.Heading("FEATURES",
                     fmt::format("{}{}", fmt::join(counts, ", "),
                                 can_be_fixed ? "; how to fix one: pidproof explain NAME" : "")) +
         FeaturesOverview(features, pen) + ProposedOverview(document.proposed, pen);
}

std::string Features(const Document& document, const Index& index, std::string_view world,
                     const TextStyle& style) {
  const TerminalStyle pen(style.colour);
  const Index::Chosen<const Feature*> features = index.Features(world);
  if (features.of == 0) return "";
  if (!style.verbose && world == kNative && features.entries.size() > kMostRows) {
    return NativeFeatures(document, features.entries, pen);
  }
  if (features.entries.empty()) {
    return pen.Heading(fmt::format("FEATURES in {}", Printable(world)),
                       fmt::format("all {} as in native", features.of));
  }
  std::size_t width = Width("feature");
  for (const Feature* feature : features.entries) {
    width = std::max(width, Width(Printable(feature->feature)));
  }
  std::string text = pen.Heading(fmt::format("FEATURES in {}", Printable(world)),
                                 index.ShowsDifferences(world)
                                     ? fmt::format("only the {} of {} that differ from native",
                                                   features.entries.size(), features.of)
                                     : "");
  text += pen.Faint(fmt::format("  {}  since  here      answer", Padded("feature", width))) + "\n";
  for (const Feature* feature : features.entries) {
    text += fmt::format(
        "  {}  {}  {}  {}\n", Padded(Printable(feature->feature), width),
        Padded(Printable(feature->since), 5),
        pen.Toned(Padded(WordOf(feature->availability), 8), ToneOf(feature->availability)),
        Answered(*feature));
    if (style.verbose || Remarkable(*feature)) {
      text += pen.Note(Wrapped(Printable(feature->evidence), TerminalStyle::kColumns - 6), 6);
      if (!feature->fix.empty()) {
        text +=
            pen.Note(Wrapped(Printable("fix: " + feature->fix), TerminalStyle::kColumns - 6), 6);
      }
    }
  }
  return text;
}

// The lines by which the kernel reported trouble.
std::string KernelLog(const Document& document, const TerminalStyle& pen) {
  if (!document.kernel_log || document.kernel_log->empty()) return "";
  std::string text = pen.Heading("KERNEL LOG", Printable(document.run.kernel_watch));
  constexpr std::size_t kIndent = 25;
  for (const KernelLogLine& line : *document.kernel_log) {
    const std::string time = line.time ? fmt::format("{:.3f}", *line.time) : "";
    const auto lines = Wrapped(Printable(line.text), TerminalStyle::kColumns - kIndent);
    text +=
        fmt::format("  {:>10}  {}", time, pen.Toned(Padded(Printable(line.kind), 9), Tone::kBad));
    for (const std::string& each : lines) {
      text += (&each == lines.data() ? "  " : std::string(kIndent, ' ')) + each + "\n";
    }
  }
  return text;
}

std::string Counts(std::string_view title, const std::vector<Counted>& counts,
                   const TerminalStyle& pen) {
  std::string text = fmt::format("  {}", title);
  std::size_t column = Width(text);
  for (const Counted& counted : counts) {
    const std::string count = fmt::format("{} {}", Thousands(counted.rows), counted.word.word);
    if (column + 2 + Width(count) > TerminalStyle::kColumns) {
      text += "\n  " + Padded("", Width(title));
      column = 2 + Width(title);
    }
    text += "  " + pen.Toned(count, counted.word.tone);
    column += 2 + Width(count);
  }
  return counts.empty() ? text + "  none\n" : text + "\n";
}

std::string EvidenceLines(const std::string& sentence) {
  constexpr std::string_view kTitle = "  evidence  ";
  std::string text;
  for (const std::string& line : Wrapped(sentence, TerminalStyle::kColumns - kTitle.size())) {
    text += (text.empty() ? std::string(kTitle) : std::string(kTitle.size(), ' ')) + line + "\n";
  }
  return text;
}

std::string Closing(const Document& document, const TerminalStyle& pen) {
  const Summary summary = Summarize(document);
  std::string meaning;
  for (const std::string& line : Wrapped(summary.meaning, TerminalStyle::kColumns - 2)) {
    meaning += "  " + pen.Toned(line, summary.tone) + "\n";
  }
  return pen.Heading("SUMMARY", "") + Counts("features", summary.features, pen) +
         Counts("verdicts", summary.verdicts, pen) + EvidenceLines(summary.evidence) + meaning;
}

}  // namespace

std::string Text(const Document& document, const TextStyle& style) {
  const Index index(document);
  const TerminalStyle pen(style.colour);
  std::string text = Opening(document, pen);
  for (const std::string_view world : index.worlds())
    text += Features(document, index, world, style);
  for (const std::string_view world : index.worlds()) text += ScenariosText(index, world, style);
  text += Costs(document.benchmarks, pen) + KernelLog(document, pen);
  return HoldsCostsAlone(document) ? text : text + Closing(document, pen);
}

}  // namespace pidproof::reports::text
