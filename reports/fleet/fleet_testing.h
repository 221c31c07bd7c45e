// For tests: fleets in memory, of small documents.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "reports/document/document.h"
#include "reports/document/sample_document_testing.h"
#include "reports/fleet/ask.h"
#include "reports/fleet/database.h"
#include "reports/fleet/merge.h"
#include "reports/fleet/record.h"

namespace pidproof::reports::fleet::testing {

// A cell of the first world.
inline Cell CellOf(const std::string& scenario, Path path, Verdict verdict) {
  Cell cell;
  cell.world = "native";
  cell.scenario = scenario;
  cell.path = path;
  cell.verdict = verdict;
  cell.why = "w";
  return cell;
}

inline Cell RaceOf(Path path) {
  Cell cell = CellOf("pid_reuse/signal", path,
                     path == Path::kPidfd ? Verdict::kUpheld : Verdict::kHazardous);
  cell.trials = 1000;
  cell.outcomes = {{"esrch", 1000}};
  cell.opportunities = 1000;
  cell.near_misses = 0;
  cell.hits = path == Path::kPidfd ? 0 : 900;
  cell.opened_by = "PID placed by set_tid";
  return cell;
}

// A document of that host with two features and one race by both paths.
inline Document SmallDocument(const std::string& host, const std::string& started = "2026-11-01") {
  Document document;
  document.tool = "pidproof 0.1.0";
  document.run.started = started + "T12:00:00Z";
  document.run.seconds = 1.5;
  document.run.seed = 1;
  document.host.release = "6.12.43";
  document.host.machine = "x86_64";
  document.host.libc = "glibc 2.36";
  document.host.isolation = "pid namespace";
  document.host.hostname = host;
  document.host.fingerprint = "0123456789abcdef";
  document.features = {{"native", "pidfd_open", "5.3", Availability::kPresent, "", "e"},
                       {"native", "pidfd_getfd", "5.6", Availability::kPresent, "", "e"}};
  document.scenarios.push_back({"pid_reuse/signal",
                                "Who is hit?",
                                ScenarioKind::kTorture,
                                {{Path::kPidfd, "esrch", Expect::kMust, "it is gone"}}});
  document.cells = {RaceOf(Path::kPidfd), RaceOf(Path::kLegacyPid)};
  return document;
}

inline void Refuse(Document& document, const std::string& feature) {
  for (Feature& row : document.features) {
    if (row.feature != feature) continue;
    row.availability = Availability::kFiltered;
    row.errno_name = "EPERM";
    row.refused_by = "seccomp";
    row.fix = "allow it in the profile";
  }
}

// A fleet of the documents, merged in their order.
inline std::unique_ptr<Database> FleetOf(const std::vector<Document>& documents) {
  auto fleet = OpenFleet(":memory:", Use::kWrite);
  Merger merger(*fleet);
  RecordReader reader;
  for (const Document& document : documents) merger.Add(reader.Read(ToJson(document), ""));
  merger.Finish();
  return fleet;
}

// Each row of an answer as "cell | cell: hosts", with a '-' before those that do not match.
inline std::vector<std::string> Lines(const Answer& answer) {
  std::vector<std::string> lines;
  for (const AnswerRow& row : answer.rows) {
    lines.push_back(fmt::format("{}{}: {}", row.matches ? "" : "-", fmt::join(row.cells, " | "),
                                fmt::join(row.hosts, " ")));
  }
  return lines;
}

inline std::vector<std::string> LinesOf(Database& fleet, const std::string& question,
                                        const std::vector<std::string>& words = {}) {
  constexpr std::int64_t kNow = 1'796'083'200;  // 2026-12-01
  return Lines(Ask(fleet, question, {.words = words, .now = kNow}));
}

}  // namespace pidproof::reports::fleet::testing
