// A test fixture: two small documents that differ.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "reports/compare/diff.h"
#include "reports/document/sample_document_testing.h"

namespace pidproof::reports::compare::small {

// A feature, a question asked once and a race, each on both paths.
inline Document Small() {
  Document document;
  document.tool = "pidproof 0.1.0";
  document.run = sample::SampleRun();
  document.host = sample::SampleHost();
  document.features = {{"native", "pidfd_open", "5.3", Availability::kPresent, "", "it opened"}};
  document.scenarios = {{"ask/once",
                         "?",
                         ScenarioKind::kConformance,
                         {{Path::kPidfd, "right", Expect::kMust, "so it is", "a(2)"},
                          {Path::kPidfd, "this", Expect::kMay, "", "a(2)"},
                          {Path::kPidfd, "that", Expect::kMay, "", "a(2)"},
                          {Path::kPidfd, "old", Expect::kMay, "", "a(2)", "", "6.1"},
                          {Path::kPidfd, "new", Expect::kMay, "", "a(2)", "6.1"},
                          {Path::kPidfd, "harm", Expect::kHazard, "", "a(2)"},
                          {Path::kLegacyPid, "right", Expect::kMust, "", "a(2)"},
                          {Path::kLegacyPid, "harm", Expect::kHazard, "", "a(2)"}}},
                        {"race/signal",
                         "?",
                         ScenarioKind::kTorture,
                         {{Path::kPidfd, "ok", Expect::kMay, "", "a(2)"},
                          {Path::kPidfd, "due", Expect::kMust, "", "a(2)"},
                          {Path::kPidfd, "never", Expect::kNever, "", "a(2)"},
                          {Path::kPidfd, "harm", Expect::kHazard, "", "a(2)"},
                          {Path::kLegacyPid, "ok", Expect::kMay, "", "a(2)"},
                          {Path::kLegacyPid, "due", Expect::kMust, "", "a(2)"},
                          {Path::kLegacyPid, "harm", Expect::kHazard, "", "a(2)"}}}};
  const auto race = [](Path path) {
    Cell cell = sample::SampleCell("race/signal", path, Verdict::kUpheld, "all well", 400,
                                   {{"due", 200}, {"ok", 200}});
    cell.opportunities = 400;
    cell.hits = 0;
    return cell;
  };
  document.cells = {
      sample::SampleCell("ask/once", Path::kPidfd, Verdict::kUpheld, "right", 1, {{"right", 1}}),
      sample::SampleCell("ask/once", Path::kLegacyPid, Verdict::kUpheld, "right", 1,
                         {{"right", 1}}),
      race(Path::kPidfd), race(Path::kLegacyPid)};
  return document;
}

using Change = std::function<void(Document&)>;

inline Document Changed(const Change& change) {
  Document document = Small();
  change(document);
  return document;
}

// Each difference as "effect kind name path: before -> after".
inline std::vector<std::string> Lines(const Diff& diff) {
  std::vector<std::string> lines;
  for (const Difference& each : diff.differences) {
    lines.push_back(fmt::format("{} {} {} {}: {} -> {}", each.effect, each.kind, each.name,
                                each.path, each.before, each.after));
  }
  return lines;
}

using Text = std::vector<std::string>;

inline Change Answer(std::size_t cell, Verdict verdict, const std::string& outcome) {
  return [=](Document& document) {
    document.cells[cell].verdict = verdict;
    document.cells[cell].outcomes = {{outcome, 1}};
  };
}

// So many of 400 opportunities of the race.
inline Change Raced(std::size_t cell, Verdict verdict, const std::string& outcome,
                    std::uint64_t count) {
  return [=](Document& document) {
    document.cells[cell].verdict = verdict;
    document.cells[cell].outcomes = {{"due", 400 - count}, {outcome, count}};
    document.cells[cell].hits = count;
  };
}

inline constexpr std::size_t kAskedByPidfd = 0;
inline constexpr std::size_t kAskedByPid = 1;
inline constexpr std::size_t kRaceByPidfd = 2;
inline constexpr std::size_t kRaceByPid = 3;

// One of each effect and more.
inline Document MuchChanged() {
  return Changed([](Document& document) {
    document.features[0].availability = Availability::kAbsent;
    document.features[0].evidence = "ENOSYS";
    document.host.release = "6.13";
    document.cells[kAskedByPidfd].why = "wrong: unexpected outcome";
    Answer(kAskedByPidfd, Verdict::kViolated, "wrong")(document);
    document.cells[kAskedByPid].why = "harm: \x1b[2J 100%, as|is";
    Answer(kAskedByPid, Verdict::kHazardous, "harm")(document);
    Raced(kRaceByPidfd, Verdict::kHazardous, "harm", 300)(document);
  });
}

}  // namespace pidproof::reports::compare::small
