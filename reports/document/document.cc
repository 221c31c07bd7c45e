#include "reports/document/document.h"

#include <fmt/format.h>

#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "reports/document/cell_json.h"
#include "reports/document/gaps.h"
#include "reports/document/json_object.h"
#include "reports/document/vocabulary.h"

namespace pidproof::reports {
namespace {

Json StringOrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json RowOf(const Run& run) {
  Json row = {{"started", run.started},
              {"seconds", run.seconds},
              {"seed", run.seed},
              {"slowdown", run.slowdown},
              {"interrupted", run.interrupted}};
  if (!run.notes.empty()) row["notes"] = run.notes;
  if (!run.failure.empty()) row["failure"] = run.failure;
  if (!run.only.empty()) row["only"] = run.only;
  if (run.host_pids_used) row["host_pids_used"] = *run.host_pids_used;
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
              {"availability", WordOf(feature.availability)},
              {"errno", StringOrNull(feature.errno_name)},
              {"evidence", feature.evidence}};
  if (!feature.refused_by.empty()) row["refused_by"] = feature.refused_by;
  if (!feature.confidence.empty()) row["confidence"] = feature.confidence;
  if (!feature.kernel_has.empty()) row["kernel_has"] = feature.kernel_has;
  if (!feature.fix.empty()) row["fix"] = feature.fix;
  if (feature.evaluated) row["evaluated"] = true;
  return row;
}

Json RowOf(const Claim& claim) {
  Json row = {{"path", WordOf(claim.path)},
              {"outcome", claim.outcome},
              {"expect", WordOf(claim.expect)},
              {"reason", claim.reason},
              {"since", StringOrNull(claim.since)}};
  if (!claim.source.empty()) row["source"] = claim.source;
  if (!claim.until.empty()) row["until"] = claim.until;
  if (!claim.bug.empty()) row["bug"] = claim.bug;
  if (!claim.fixed_in.empty()) row["fixed_in"] = claim.fixed_in;
  return row;
}

Json RowOf(const Scenario& scenario) {
  Json claims = Json::array();
  for (const Claim& claim : scenario.claims) claims.push_back(RowOf(claim));
  return {{"name", scenario.name},
          {"question", scenario.question},
          {"kind", WordOf(scenario.kind)},
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
          .slowdown = object.Amount("slowdown"),
          .interrupted = object.Flag("interrupted"),
          .notes = object.OptionalString("notes"),
          .failure = object.OptionalString("failure"),
          .only = object.OptionalString("only"),
          .host_pids_used = object.OptionalCount("host_pids_used"),
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
          .availability = row.OneOf<Availability>("availability"),
          .errno_name = row.StringOrNull("errno"),
          .evidence = row.String("evidence"),
          .refused_by = row.OptionalOneOf("refused_by", kRefusers),
          .confidence = row.OptionalOneOf("confidence", kConfidences),
          .kernel_has = row.OptionalOneOf("kernel_has", kKernelHas),
          .fix = row.OptionalString("fix"),
          .evaluated = row.OptionalFlag("evaluated").value_or(false)};
}

Claim ReadClaim(const JsonObject& row) {
  return {.path = row.OneOf<Path>("path"),
          .outcome = row.String("outcome"),
          .expect = row.OneOf<Expect>("expect"),
          .reason = row.String("reason"),
          .source = row.OptionalString("source"),
          .since = row.StringOrNull("since"),
          .until = row.OptionalString("until"),
          .bug = row.OptionalString("bug"),
          .fixed_in = row.OptionalString("fixed_in")};
}

Scenario ReadScenario(const JsonObject& row) {
  Scenario scenario{.name = row.String("name"),
                    .question = row.String("question"),
                    .kind = row.OneOf<ScenarioKind>("kind"),
                    .claims = {}};
  row.ForEachRow("claims",
                 [&](const JsonObject& claim) { scenario.claims.push_back(ReadClaim(claim)); });
  return scenario;
}

// A row that stood twice, or a cell of a scenario that is not listed, could hide a verdict from a
// reader of a table; so the three lists are read in the order in which they refer to each other.
void ReadLists(const JsonObject& object, Document& document) {
  std::set<std::pair<std::string, std::string>> features;
  object.ForEachRow("features", [&](const JsonObject& row) {
    const Feature& feature = document.features.emplace_back(ReadFeature(row));
    if (feature.world.empty()) row.Refuse("world", "is empty: name one");
    if (feature.feature.empty()) row.Refuse("feature", "is empty: name one");
    if (!features.emplace(feature.world, feature.feature).second) {
      row.Refuse("feature", Quoted(feature.feature) + " stands twice in its world: keep one");
    }
  });
  std::set<std::string> scenarios;
  object.ForEachRow("scenarios", [&](const JsonObject& row) {
    const Scenario& scenario = document.scenarios.emplace_back(ReadScenario(row));
    if (!scenarios.insert(scenario.name).second) {
      row.Refuse("name", Quoted(scenario.name) + " stands twice: keep one");
    }
  });
  std::set<std::tuple<std::string, std::string, Path>> cells;
  object.ForEachRow("cells", [&](const JsonObject& row) {
    const Cell& cell = document.cells.emplace_back(ReadCell(row));
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

std::string ToJson(const Document& document) {
  const std::string kernel_log =
      document.kernel_log ? fmt::format(",\n  \"kernel_log\": {}", Lines(*document.kernel_log))
                          : "";
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
      Line(document.schema), Line(document.tool), Line(RowOf(document.run)),
      Line(RowOf(document.host)), Lines(document.features), Lines(document.scenarios),
      Lines(document.cells), kernel_log);
}

Document FromJson(std::string_view text) {
  const Json json = Parsed(text);
  const JsonObject object(json, "");
  Document document;
  document.schema = object.String("schema");
  if (document.schema != kSchema) {
    throw Unreadable(
        fmt::format("schema is {}, and this program reads {}: use the pidproof that wrote it",
                    Quoted(document.schema), Quoted(kSchema)));
  }
  for (const char* part : {"tool", "run", "host", "features", "scenarios", "cells"}) {
    if (json.contains(part)) continue;
    throw Unreadable(fmt::format(
        "{} is missing: the document is cut short, give it as pidproof wrote it", part));
  }
  document.tool = object.String("tool");
  document.run = ReadRun(object.Object("run"));
  document.host = ReadHost(object.Object("host"));
  ReadLists(object, document);
  if (object.Has("kernel_log")) document.kernel_log.emplace();
  object.ForEachOptionalRow("kernel_log", [&](const JsonObject& row) {
    document.kernel_log->push_back(ReadKernelLogLine(row));
  });
  return document;
}

bool KernelComplained(const Document& document) {
  return document.run.kernel_watch == kOwnKernel && document.kernel_log &&
         !document.kernel_log->empty();
}

int ExitStatus(const Document& document) {
  bool undecided = !document.run.failure.empty() || KernelComplained(document) ||
                   !WhyUndecided(document).empty();
  for (const Cell& cell : document.cells) {
    const Tone tone = ToneOf(cell.verdict);
    if (tone == Tone::kBad) return 1;
    undecided |= tone == Tone::kUndecided;
  }
  return undecided ? 3 : 0;
}

}  // namespace pidproof::reports
