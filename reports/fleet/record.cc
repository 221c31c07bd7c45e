#include "reports/fleet/record.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <unordered_map>

#include "reports/document/fields.h"
#include "reports/document/json_text.h"
#include "reports/document/row_json.h"
#include "reports/document/started.h"
#include "reports/fleet/digest.h"

namespace pidproof::reports::fleet {

namespace {

void AddTo(Digest& digest, const Row& row) {
  for (const Value& value : row) digest.Add(Text(value));
}

std::int64_t DigestOf(const Row& row) {
  Digest digest;
  AddTo(digest, row);
  return digest.Value();
}

template <typename T>
Value Known(const std::optional<T>& number) {
  return number ? Value(static_cast<std::int64_t>(*number)) : Value();
}

std::int64_t SecondsOf(const std::string& started) {
  if (const auto seconds = StartedSeconds(started)) return *seconds;
  throw std::runtime_error("run.started is not a time such as 2026-01-31T12:00:00Z");
}

// What else the document says of the same host is left out.
void KeepWorld(Document& document, const std::string& world) {
  const auto is_other = [&](const auto& row) { return row.world != world; };
  std::erase_if(document.features, is_other);
  std::erase_if(document.cells, is_other);
}

std::optional<std::int64_t> ProfileOf(const Document& document) {
  if (document.features.empty()) return std::nullopt;
  Digest digest;
  digest.Add(document.features.front().world);
  for (const Feature& feature : document.features) AddTo(digest, FeatureRow(feature));
  return digest.Value();
}

std::optional<std::int64_t> VerdictSetOf(const Document& document, const Catalogue& catalogue) {
  if (document.cells.empty()) return std::nullopt;
  Digest digest;
  digest.Add(document.cells.front().world);
  for (const Cell& cell : document.cells) {
    if (WasRun(cell)) continue;
    digest.Add(catalogue.by_name.at(cell.scenario)).Add(WordOf(cell.path));
    AddTo(digest, VerdictRow(cell));
  }
  return digest.Value();
}

std::int64_t IdOf(const Record& record) {
  const Catalogue& catalogue = *record.catalogue;
  Digest digest;
  AddTo(digest, RunRow(record));
  digest.Add(static_cast<std::int64_t>(record.document.run.seed));
  for (const Cell& cell : record.document.cells) {
    if (!WasRun(cell)) continue;
    digest.Add(catalogue.by_name.at(cell.scenario)).Add(WordOf(cell.path));
    AddTo(digest, RaceRow(cell));
  }
  return digest.Value();
}

void CheckRows(const Document& document) {
  if (HoldsCostsAlone(document)) throw std::runtime_error("it holds costs alone (pidproof bench)");
  if (document.features.empty() && document.cells.empty()) {
    throw std::runtime_error("it has no features and no verdicts");
  }
}

}  // namespace

Row EnvironmentRow(const Host& host) {
  return {host.release,
          ReleaseNumber(host.release),
          host.machine,
          host.libc,
          std::int64_t{host.uid == 0},
          host.isolation,
          Known(host.pid_max),
          Known(host.seccomp_mode),
          Known(host.seccomp_filters),
          Known(host.ptrace_scope),
          Known(host.no_new_privs),
          host.capabilities,
          host.security_modules,
          host.user_namespace,
          host.pid_namespace,
          host.container,
          host.emulator,
          host.restrictions};
}

Row FeatureRow(const Feature& feature) {
  return {feature.feature,    feature.since,      std::string(WordOf(feature.availability)),
          feature.errno_name, feature.refused_by, feature.confidence,
          feature.kernel_has, feature.libc,       feature.fix};
}

Row ScenarioRow(const Scenario& scenario) {
  return {scenario.name, scenario.question, std::string(WordOf(scenario.kind)),
          JsonLine(RowOf(scenario)["claims"])};
}

Row VerdictRow(const Cell& cell) { return {std::string(WordOf(cell.verdict)), cell.why}; }

bool WasRun(const Cell& cell) { return cell.opportunities.has_value(); }

RaceCounts CountsOf(const Cell& cell) {
  return {static_cast<std::int64_t>(cell.trials),
          static_cast<std::int64_t>(cell.opportunities.value_or(0)),
          static_cast<std::int64_t>(cell.hits.value_or(0)),
          static_cast<std::int64_t>(cell.near_misses.value_or(0))};
}

Row RaceRow(const Cell& cell) {
  return RaceRow(WordOf(cell.verdict), cell.opened_by, CountsOf(cell));
}

Row RaceRow(std::string_view verdict, std::string_view method, const RaceCounts& counts) {
  return {std::string(verdict), std::string(method), counts.trials,
          counts.opportunities, counts.hits,         counts.near_misses};
}

Row RunRow(const Record& record) {
  const Run& run = record.document.run;
  const auto complaints = record.document.kernel_log ? record.document.kernel_log->size() : 0;
  return {record.host,
          record.started,
          run.seconds,
          run.slowdown,
          record.document.tool,
          record.document.host.fingerprint,
          record.environment,
          Known(record.profile),
          Known(record.verdict_set),
          std::int64_t{run.only.empty() && !run.interrupted && record.profile},
          static_cast<std::int64_t>(complaints)};
}

std::int64_t ReleaseNumber(std::string_view release) {
  std::int64_t number = 0;
  const char* at = release.data();
  const char* const end = at + release.size();
  for (int part = 0; part < 3; ++part) {
    constexpr std::int64_t kMost = 999;
    std::int64_t value = 0;
    const auto [next, error] = std::from_chars(at, end, value);
    const bool is_number = error == std::errc() && value >= 0;
    number = number * (kMost + 1) + (is_number ? std::min(value, kMost) : 0);
    at = is_number && next != end && *next == '.' ? next + 1 : end;
  }
  return number;
}

Catalogue::Catalogue(std::shared_ptr<const std::vector<Scenario>> of) : scenarios(std::move(of)) {
  for (const Scenario& scenario : *scenarios) {
    keys.push_back(DigestOf(ScenarioRow(scenario)));
    by_name[scenario.name] = keys.back();
  }
}

Record RecordReader::Read(std::string_view text, const std::string& name) {
  SeriesReader::Read read = reader_.Next(text);
  CheckRows(read.document);
  if (!catalogue_ || catalogue_->scenarios != read.scenarios) {
    catalogue_ = std::make_shared<const Catalogue>(read.scenarios);
  }
  Record record;
  record.catalogue = catalogue_;
  record.document = std::move(read.document);
  Document& kept = record.document;
  record.world = kept.features.empty() ? kept.cells.front().world : kept.features.front().world;
  KeepWorld(kept, record.world);
  record.started = SecondsOf(kept.run.started);
  record.environment = DigestOf(EnvironmentRow(kept.host));
  record.profile = ProfileOf(kept);
  record.verdict_set = VerdictSetOf(kept, *catalogue_);
  record.host = kept.host.hostname.empty() ? name : kept.host.hostname;
  if (rename_ && !record.host.empty()) record.host = rename_(record.host);
  record.id = IdOf(record);
  if (record.host.empty()) {
    constexpr int kShort = 32;
    record.host = fmt::format("anon-{:08x}", static_cast<std::uint64_t>(record.id) >> kShort);
    record.id = IdOf(record);
  }
  return record;
}

}  // namespace pidproof::reports::fleet
