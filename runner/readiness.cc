#include "runner/readiness.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "probes/isolate.h"
#include "runner/output.h"

namespace pidproof {

namespace {

constexpr char kConsumer = 'c';
constexpr char kBranch = 'b';
constexpr char kStep = 's';

std::vector<std::string> Worlds(const reports::Matrix& matrix) {
  std::vector<std::string> names;
  for (const reports::Feature& row : matrix.features) {
    if (std::ranges::find(names, row.world) == names.end()) names.push_back(row.world);
  }
  return names;
}

std::vector<reports::Feature> FeaturesOf(const reports::Matrix& matrix, const std::string& world) {
  std::vector<reports::Feature> features = matrix.features;
  std::erase_if(features, [&](const reports::Feature& row) { return row.world != world; });
  return features;
}

// The worse of two statuses of the gate: not ready, undecided, ready.
int Worse(int one, int other) {
  if (one == 1 || other == 1) return 1;
  return std::max(one, other);
}

}  // namespace

std::vector<Replay> ReplayIn(const World& world, double pace) {
  constexpr double kSeconds = 60;  // each replay has a deadline of its own
  std::vector<Replay> replays;
  Isolate(
      Isolation::kChild,
      std::chrono::milliseconds(static_cast<std::int64_t>(kSeconds * pace * 1000)),
      [&](const FrameWriter& up) {
        world.Enter();
        for (const Replay& replay : ReplayAll(pace)) {
          up.Send(kConsumer, replay.consumer);
          up.Send(kBranch, replay.branch);
          up.Send(kStep, replay.step);
        }
      },
      [&](const Frame& frame) {
        if (frame.kind == kConsumer) replays.push_back({std::string(frame.bytes), "undecided", ""});
        if (replays.empty()) return;
        if (frame.kind == kBranch) replays.back().branch = frame.bytes;
        if (frame.kind == kStep) replays.back().step = frame.bytes;
      });
  return replays;
}

Comparison Compare(const std::vector<reports::Readiness>& rows,
                   const std::vector<Replay>& replays) {
  Comparison comparison;
  for (const Replay& replay : replays) {
    const auto row = std::ranges::find(rows, replay.consumer, &reports::Readiness::consumer);
    if (row == rows.end()) continue;
    const bool same = row->verdict == replay.branch && row->feature == replay.step;
    comparison.agrees &= same;
    const std::string step = replay.step.empty() ? "" : fmt::format(" by {}", replay.step);
    comparison.text += fmt::format(
        "  {:<18} {}{}: {}\n", replay.consumer, replay.branch, step,
        same ? "as computed" : fmt::format("but computed {} {}", row->verdict, row->feature));
  }
  if (!comparison.text.empty()) {
    comparison.text = "\nREPLAYED  their own first calls, made here\n" + comparison.text;
  }
  return comparison;
}

int TellReadiness(const Options& options, const reports::Matrix& matrix, bool measured_here,
                  bool colour) {
  std::vector<std::string> wanted = options.consumers;
  wanted.insert(wanted.end(), options.require.begin(), options.require.end());
  const std::vector<std::string> worlds = Worlds(matrix);
  int status = 0;
  for (const std::string& name : worlds) {
    const std::vector<reports::Feature> features = FeaturesOf(matrix, name);
    const std::vector<reports::Readiness> rows = reports::Assess(features, wanted);
    const auto world = std::ranges::find(options.worlds, name, &World::name);
    const Comparison comparison = measured_here && world != options.worlds.end()
                                      ? Compare(rows, ReplayIn(*world, matrix.run.pace))
                                      : Comparison{};
    const std::string title = worlds.size() == 1 ? "" : fmt::format("\nWORLD  {}\n", name);
    if (!options.quiet) Deliver("-", title + reports::ReadyText(rows, colour) + comparison.text);
    if (options.require.empty()) continue;
    status = Worse(status, reports::ReadyStatus(reports::Assess(features, options.require)));
    constexpr int kUndecided = 3;
    if (!comparison.agrees) status = Worse(status, kUndecided);
  }
  return status;
}

}  // namespace pidproof
