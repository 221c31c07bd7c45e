#include "reports/matrix.h"

#include <fmt/format.h>

#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "reports/cell_json.h"
#include "reports/gaps.h"
#include "reports/json_object.h"
#include "reports/vocabulary.h"

namespace pidproof::reports {
namespace {

Json StringOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json RowOf(const Run& run) {
  Json row = {{"started", run.started},
              {"seconds", run.seconds},
              {"seed", run.seed},
              {"pace", run.pace},
              {"interrupted", run.interrupted}};
  if (!run.notes.empty()) row["notes"] = run.notes;
  if (!run.failure.empty()) row["failure"] = run.failure;
  if (!run.only.empty()) row["only"] = run.only;
  if (run.outer_pids_used) row["outer_pids_used"] = *run.outer_pids_used;
  if (!run.kernel_watch.empty()) row["kernel_watch"] = run.kernel_watch;
  return row;
}

Json RowOf(const KernelLogLine& line) {
  Json row = Json::object();
  if (line.time) row["time"] = *line.time;
  if (line.level) row["level"] = *line.level;
  row["kind"] = line.kind;
  row["text"] = line.text;
  return row;
}

Json RowOf(const Host& host) {
  Json row = {{"release", host.release},
              {"machine", host.machine},
              {"libc", host.libc},
              {"uid", host.uid},
              {"isolation", host.isolation}};
  if (host.pid_max) row["pid_max"] = *host.pid_max;
  if (host.seccomp_mode) row["seccomp_mode"] = *host.seccomp_mode;
  if (host.seccomp_filters) row["seccomp_filters"] = *host.seccomp_filters;
  if (host.ptrace_scope) row["ptrace_scope"] = *host.ptrace_scope;
  if (host.pid_levels) row["pid_levels"] = *host.pid_levels;
  if (host.no_new_privs) row["no_new_privs"] = *host.no_new_privs;
  for (const HostText& fact : kHostTexts) {
    if (!(host.*fact.text).empty()) row[fact.key] = host.*fact.text;
  }
  return row;
}

Json RowOf(const Feature& feature) {
  Json row = {{"world", feature.world},
              {"feature", feature.feature},
              {"since", feature.since},
              {"availability", feature.availability},
              {"errno", StringOrNull(feature.errno_name)},
              {"evidence", feature.evidence}};
  if (!feature.refused_by.empty()) row["refused_by"] = feature.refused_by;
  if (!feature.confidence.empty()) row["confidence"] = feature.confidence;
  if (!feature.kernel_has.empty()) row["kernel_has"] = feature.kernel_has;
  if (!feature.mend.empty()) row["mend"] = feature.mend;
  if (feature.evaluated) row["evaluated"] = true;
  return row;
}

Json RowOf(const Claim& claim) {
  Json row = {{"path", claim.path},
              {"outcome", claim.outcome},
              {"mood", claim.mood},
              {"because", claim.because},
              {"since", StringOrNull(claim.since)}};
  if (!claim.source.empty()) row["source"] = claim.source;
  if (!claim.until.empty()) row["until"] = claim.until;
  if (!claim.bug.empty()) row["bug"] = claim.bug;
  if (!claim.mended.empty()) row["mended"] = claim.mended;
  return row;
}

Json RowOf(const Scenario& scenario) {
  Json claims = Json::array();
  for (const Claim& claim : scenario.claims) claims.push_back(RowOf(claim));
  return {{"name", scenario.name},
          {"asks", scenario.asks},
          {"kind", scenario.kind},
          {"claims", std::move(claims)}};
}

std::string Line(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <typename Row>
std::string Lines(const std::vector<Row>& rows) {
  std::string lines;
  for (const Row& row : rows) {
    lines += lines.empty() ? "\n    " : ",\n    ";
    lines += Line(RowOf(row));
  }
  return lines.empty() ? "[]" : fmt::format("[{}\n  ]", lines);
}

Run ReadRun(const JsonObject& object) {
  return {.started = object.String("started"),
          .seconds = object.Amount("seconds"),
          .seed = object.Count("seed"),
          .pace = object.Amount("pace"),
          .interrupted = object.Flag("interrupted"),
          .notes = object.OptionalString("notes"),
          .failure = object.OptionalString("failure"),
          .only = object.OptionalString("only"),
          .outer_pids_used = object.OptionalCount("outer_pids_used"),
          .kernel_watch = object.OptionalString("kernel_watch")};
}

KernelLogLine ReadKernelLogLine(const JsonObject& row) {
  constexpr std::uint64_t kHighestLevel = 7;
  return {.time = row.OptionalAmount("time"),
          .level = row.OptionalCount("level", kHighestLevel),
          .kind = row.OneOf("kind", kKernelTroubles),
          .text = row.String("text")};
}

Host ReadHost(const JsonObject& object) {
  Host host{.release = object.String("release"),
            .machine = object.String("machine"),
            .libc = object.String("libc"),
            .uid = static_cast<std::uint32_t>(object.Count("uid", UINT32_MAX)),
            .isolation = object.String("isolation"),
            .pid_max = object.OptionalCount("pid_max"),
            .seccomp_mode = object.OptionalCount("seccomp_mode", 2),
            .seccomp_filters = object.OptionalCount("seccomp_filters"),
            .ptrace_scope = object.OptionalCount("ptrace_scope"),
            .pid_levels = object.OptionalCount("pid_levels"),
            .no_new_privs = object.OptionalFlag("no_new_privs")};
  for (const HostText& fact : kHostTexts) host.*fact.text = object.OptionalString(fact.key);
  return host;
}

Feature ReadFeature(const JsonObject& row) {
  return {.world = row.String("world"),
          .feature = row.String("feature"),
          .since = row.String("since"),
          .availability = row.OneOf("availability", kAvailabilities),
          .errno_name = row.StringOrNull("errno"),
          .evidence = row.String("evidence"),
          .refused_by = row.OptionalOneOf("refused_by", kRefusers),
          .confidence = row.OptionalOneOf("confidence", kConfidences),
          .kernel_has = row.OptionalOneOf("kernel_has", kKernelHas),
          .mend = row.OptionalString("mend"),
          .evaluated = row.OptionalFlag("evaluated").value_or(false)};
}

Claim ReadClaim(const JsonObject& row) {
  return {.path = row.OneOf("path", kPaths),
          .outcome = row.String("outcome"),
          .mood = row.OneOf("mood", kMoods),
          .because = row.String("because"),
          .source = row.OptionalString("source"),
          .since = row.StringOrNull("since"),
          .until = row.OptionalString("until"),
          .bug = row.OptionalString("bug"),
          .mended = row.OptionalString("mended")};
}

Scenario ReadScenario(const JsonObject& row) {
  Scenario scenario{.name = row.String("name"),
                    .asks = row.String("asks"),
                    .kind = row.OneOf("kind", kKinds),
                    .claims = {}};
  row.ForEachRow("claims",
                 [&](const JsonObject& claim) { scenario.claims.push_back(ReadClaim(claim)); });
  return scenario;
}

// A row that stood twice, or a cell of a scenario that is not listed, could hide a verdict from a
// reader of a table; so the three lists are read in the order in which they refer to each other.
void ReadLists(const JsonObject& document, Matrix& matrix) {
  std::set<std::pair<std::string, std::string>> features;
  document.ForEachRow("features", [&](const JsonObject& row) {
    const Feature& feature = matrix.features.emplace_back(ReadFeature(row));
    if (feature.world.empty()) row.Refuse("world", "is empty: name one");
    if (feature.feature.empty()) row.Refuse("feature", "is empty: name one");
    if (!features.emplace(feature.world, feature.feature).second) {
      row.Refuse("feature", Quoted(feature.feature) + " stands twice in its world: keep one");
    }
  });
  std::set<std::string> scenarios;
  document.ForEachRow("scenarios", [&](const JsonObject& row) {
    const Scenario& scenario = matrix.scenarios.emplace_back(ReadScenario(row));
    if (!scenarios.insert(scenario.name).second) {
      row.Refuse("name", Quoted(scenario.name) + " stands twice: keep one");
    }
  });
  std::set<std::tuple<std::string, std::string, std::string>> cells;
  document.ForEachRow("cells", [&](const JsonObject& row) {
    const Cell& cell = matrix.cells.emplace_back(ReadCell(row));
    if (!scenarios.contains(cell.scenario)) {
      row.Refuse("scenario", Quoted(cell.scenario) + " is not among the scenarios: list it there");
    }
    if (!cells.emplace(cell.world, cell.scenario, cell.path).second) {
      row.Refuse("scenario", Quoted(cell.scenario) + " stands twice on its path: keep one");
    }
  });
}

// Whether the text, as far as it goes, is a document: its first key is there.
bool BeginsAsDocument(std::string_view text) {
  const std::size_t brace = text.find_first_not_of(" \t\r\n");
  if (brace == std::string_view::npos) return true;
  if (text[brace] != '{') return false;
  const std::size_t key = text.find_first_not_of(" \t\r\n", brace + 1);
  constexpr std::string_view kKey = "\"schema\"";
  return key == std::string_view::npos || kKey.starts_with(text.substr(key, kKey.size()));
}

Json Parsed(std::string_view text) {
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    const std::string complaint = fmt::format(
        "not JSON from byte {} on: give a complete document, as pidproof wrote it", error.byte);
    if (error.byte > text.size() && BeginsAsDocument(text)) throw Unreadable(complaint);
    throw std::runtime_error(complaint);
  } catch (const Json::exception&) {
    throw std::runtime_error(
        "not a document: a number is too large for JSON: give it as pidproof wrote it");
  }
}

}  // namespace

std::string ToJson(const Matrix& matrix) {
  const std::string kernel_log =
      matrix.kernel_log ? fmt::format(",\n  \"kernel_log\": {}", Lines(*matrix.kernel_log)) : "";
  return fmt::format(
      "{{\n"
      "  \"schema\": {},\n"
      "  \"tool\": {},\n"
      "  \"run\": {},\n"
      "  \"host\": {},\n"
      "  \"features\": {},\n"
      "  \"scenarios\": {},\n"
      "  \"cells\": {}{}\n"
      "}}\n",
      Line(matrix.schema), Line(matrix.tool), Line(RowOf(matrix.run)), Line(RowOf(matrix.host)),
      Lines(matrix.features), Lines(matrix.scenarios), Lines(matrix.cells), kernel_log);
}

Matrix FromJson(std::string_view text) {
  const Json json = Parsed(text);
  const JsonObject document(json, "");
  Matrix matrix;
  matrix.schema = document.String("schema");
  if (matrix.schema != kSchema) {
    throw Unreadable(
        fmt::format("schema is {}, and this program reads {}: use the pidproof that wrote it",
                    Quoted(matrix.schema), Quoted(kSchema)));
  }
  for (const char* part : {"tool", "run", "host", "features", "scenarios", "cells"}) {
    if (json.contains(part)) continue;
    throw Unreadable(fmt::format(
        "{} is missing: the document is cut short, give it as pidproof wrote it", part));
  }
  matrix.tool = document.String("tool");
  matrix.run = ReadRun(document.Object("run"));
  matrix.host = ReadHost(document.Object("host"));
  ReadLists(document, matrix);
  if (document.Has("kernel_log")) matrix.kernel_log.emplace();
  document.ForEachOptionalRow("kernel_log", [&](const JsonObject& row) {
    matrix.kernel_log->push_back(ReadKernelLogLine(row));
  });
  return matrix;
}

bool KernelComplained(const Matrix& matrix) {
  return matrix.run.kernel_watch == kOwnKernel && matrix.kernel_log && !matrix.kernel_log->empty();
}

int ExitStatus(const Matrix& matrix) {
  bool undecided = !matrix.run.failure.empty() || KernelComplained(matrix) ||
                   !WhyUndecided(matrix).empty();
  for (const Cell& cell : matrix.cells) {
    const Tone tone = ToneOf(cell.verdict, kVerdicts);
    if (tone == Tone::kBad) return 1;
    undecided |= tone == Tone::kUndecided;
  }
  return undecided ? 3 : 0;
}

}  // namespace pidproof::reports
