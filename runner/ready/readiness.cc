#include "runner/ready/readiness.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "probes/probe.h"
#include "probes/system/deadline.h"
#include "probes/system/frame.h"
#include "probes/system/isolate.h"
#include "reports/document/gaps.h"
#include "reports/text/text_layout.h"
#include "runner/files.h"
#include "runner/gate.h"

namespace pidproof::runner::ready {

namespace {

constexpr char kStartup = 's';

std::vector<std::string> Worlds(const reports::Document& document) {
  std::vector<std::string> names;
  for (const reports::Feature& row : document.features) {
    if (std::ranges::find(names, row.world) == names.end()) names.push_back(row.world);
  }
  return names;
}

std::vector<reports::Feature> FeaturesOf(const reports::Document& document,
                                         const std::string& world) {
  std::vector<reports::Feature> features = document.features;
  std::erase_if(features, [&](const reports::Feature& row) { return row.world != world; });
  return features;
}

// The worlds that an answer is owed for: those that were asked for, or else all that are there.
std::vector<std::string> WorldsOwed(const Options& options, const reports::Document& document,
                                    bool measured_here) {
  if (!measured_here && !options.names_worlds) return Worlds(document);
  std::vector<std::string> names;
  for (const World& world : options.worlds) names.push_back(world.name);
  return names;
}

// What keeps the rows of one world from being an answer, or empty.
std::string GapOf(const std::string& world, const std::vector<reports::Feature>& features) {
  if (features.empty()) return fmt::format("there is no feature of the world {}", world);
  const bool known = std::ranges::any_of(features, [](const reports::Feature& row) {
    return Registered<Probe>::Find(row.feature) != nullptr;
  });
  return known ? "" : fmt::format("no feature of the world {} is one that is known here", world);
}

// The first that is not ready, and how many more.
std::string WhyNotReady(const std::string& world, std::vector<reports::ready::Readiness> rows) {
  std::erase_if(rows, [](const auto& row) { return reports::ready::ReadyStatus({row}) == 0; });
  if (rows.empty()) return "";
  const reports::ready::Readiness& first = rows.front();
  const std::string& answer = first.errno_name.empty() ? first.availability : first.errno_name;
  const std::string more = rows.size() == 1 ? "" : fmt::format(", and {} more", rows.size() - 1);
  return fmt::format("{} in {} is {} by {} ({}){}", first.consumer, world,
                     reports::ready::WordOf(first.impact).word, first.feature, answer, more);
}

// It ended before its first call: for what it met in setting up, which says nothing of the
// consumer.
bool NeverStarted(const ConsumerStartup& startup) {
  return startup.feature.empty() && (startup.impact == reports::ready::Impact::kCrash ||
                                     startup.impact == reports::ready::Impact::kUndecided);
}

// "native", or "broken-late by clone/pidfd".
std::string Decision(reports::ready::Impact impact, const std::string& feature) {
  const std::string_view word = reports::ready::WordOf(impact).word;
  return feature.empty() ? std::string(word) : fmt::format("{} by {}", word, feature);
}

// The worse of two statuses of the gate: not ready, undecided, ready.
int Worse(int one, int other) {
  if (one == 1 || other == 1) return 1;
  return std::max(one, other);
}

}  // namespace

std::vector<ConsumerStartup> StartConsumersIn(const World& world, double slowdown) {
  std::vector<ConsumerStartup> startups;
  Isolate(
      // Each start-up has a deadline of its own; this one is for the sum.
      Isolation::kChild, DeadlineOn(slowdown, std::chrono::seconds(60)),
      [&](const FrameWriter& up) {
        world.Enter();
        for (const ConsumerStartup& startup : StartAllConsumers(slowdown)) {
          SendValues(up, kStartup, startup);
        }
      },
      [&](const Frame& frame) {
        if (frame.kind == kStartup) startups.push_back(ValueOf<ConsumerStartup>(frame));
      });
  return startups;
}

Comparison Compare(const std::vector<reports::ready::Readiness>& rows,
                   const std::vector<ConsumerStartup>& startups) {
  Comparison comparison;
  for (const ConsumerStartup& startup : startups) {
    const auto row =
        std::ranges::find(rows, startup.consumer, &reports::ready::Readiness::consumer);
    if (row == rows.end() || NeverStarted(startup)) continue;
    const std::string computed = Decision(row->impact, row->feature);
    const std::string started = Decision(startup.impact, startup.feature);
    const bool same = computed == started;
    comparison.agrees &= same;
    comparison.text += fmt::format("  {:<18} {}: {}\n", startup.consumer, started,
                                   same ? "as computed" : fmt::format("but computed {}", computed));
  }
  if (!comparison.text.empty()) {
    comparison.text = "\nSTARTED  their own first calls, made here\n" + comparison.text;
  }
  return comparison;
}

int PrintReadiness(const ReadinessQuestion& question, const Options& options,
                   const reports::Document& document, bool measured_here, bool colour) {
  std::vector<std::string> wanted = question.consumers;
  wanted.insert(wanted.end(), question.require.begin(), question.require.end());
  reports::ready::Assess({},
                         wanted);  // throws for a word that names no consumer, whatever was probed
  const std::vector<std::string> worlds = WorldsOwed(options, document, measured_here);
  std::vector<std::string> gaps = reports::Gaps(document);
  std::vector<std::string> reasons;
  if (worlds.empty()) gaps.push_back("there is no feature of any world");
  if (!question.quiet && !document.run.notes.empty()) {
    WriteOutput("-", reports::text::Printable("note: " + document.run.notes) + "\n");
  }
  int status = 0;
  for (const std::string& name : worlds) {
    const std::vector<reports::Feature> features = FeaturesOf(document, name);
    if (std::string gap = GapOf(name, features); !gap.empty()) gaps.push_back(std::move(gap));
    if (features.empty()) continue;
    const std::vector<reports::ready::Readiness> rows = reports::ready::Assess(features, wanted);
    const auto world = std::ranges::find(options.worlds, name, &World::name);
    const Comparison comparison =
        measured_here && world != options.worlds.end()
            ? Compare(rows, StartConsumersIn(*world, document.run.slowdown))
            : Comparison{};
    const std::string title =
        worlds.size() == 1 ? "" : fmt::format("\nWORLD  {}\n", reports::text::Printable(name));
    if (!question.quiet)
      WriteOutput("-", title + reports::ready::ReadyText(rows, colour) + comparison.text);
    if (question.require.empty()) continue;
    const std::vector<reports::ready::Readiness> required =
        reports::ready::Assess(features, question.require);
    status = Worse(status, reports::ready::ReadyStatus(required));
    if (std::string why = WhyNotReady(name, required); !why.empty()) reasons.push_back(why);
    if (comparison.agrees) continue;
    status = Worse(status, kUndecided);
    reasons.push_back(fmt::format("a start-up in {} contradicts what was computed", name));
  }
  if (!gaps.empty()) status = Worse(status, kUndecided);
  reasons.insert(reasons.end(), gaps.begin(), gaps.end());
  if (!reasons.empty()) PrintLine(fmt::format("{}", fmt::join(reasons, "; ")));
  return status;
}

}  // namespace pidproof::runner::ready
