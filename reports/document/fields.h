// What the structs of the document consist of as rows of JSON, each once, for the writer and the
// reader (row_json.h), in the order in which it is written.
//
//   Required   always there
//   OrNull     always there, null for an empty text
//   Optional   left out where it is empty, false or not known
//   Derived    written, and not read
//
// What follows a value limits what is read: the largest count, or the words.
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include "reports/document/cell_statistics.h"
#include "reports/document/document.h"
#include "reports/document/vocabulary.h"

namespace pidproof::reports {

// T itself, const or not.
template <typename Self, typename T>
concept Like = std::same_as<std::remove_const_t<Self>, T>;

// The names of all fields: a struct with another one does not compile.

void Fields(auto& io, Like<Run> auto& run) {
  auto& [started, seconds, seed, slowdown, interrupted, notes, failure, only, conformance_only,
         host_pids_used, kernel_watch] = run;
  io.Required("started", started);
  io.Required("seconds", seconds);
  io.Required("seed", seed);
  io.Required("slowdown", slowdown);
  io.Required("interrupted", interrupted);
  io.Optional("notes", notes);
  io.Optional("failure", failure);
  io.Optional("only", only);
  io.Optional("conformance_only", conformance_only);
  io.Optional("host_pids_used", host_pids_used);
  io.Optional("kernel_watch", kernel_watch);
}

void Fields(auto& io, Like<Host> auto& host) {
  io.Required("release", host.release);
  io.Required("machine", host.machine);
  io.Required("libc", host.libc);
  io.Required("uid", host.uid);
  io.Required("isolation", host.isolation);
  io.Optional("pid_max", host.pid_max);
  io.Optional("seccomp_mode", host.seccomp_mode, 2U);
  io.Optional("seccomp_filters", host.seccomp_filters);
  io.Optional("ptrace_scope", host.ptrace_scope);
  io.Optional("pid_levels", host.pid_levels);
  io.Optional("no_new_privs", host.no_new_privs);
  for (const HostText& fact : kHostTexts) io.Optional(fact.key, host.*fact.text);
}

void Fields(auto& io, Like<Feature> auto& row) {
  auto& [world, feature, since, availability, errno_name, evidence, refused_by, confidence,
         kernel_has, fix, libc, evaluated] = row;
  io.Required("world", world);
  io.Required("feature", feature);
  io.Required("since", since);
  io.Required("availability", availability);
  io.OrNull("errno", errno_name);
  io.Required("evidence", evidence);
  io.Optional("refused_by", refused_by, kRefusers);
  io.Optional("confidence", confidence, kConfidences);
  io.Optional("kernel_has", kernel_has, kKernelHas);
  io.Optional("fix", fix);
  io.Optional("libc", libc);
  io.Optional("evaluated", evaluated);
}

void Fields(auto& io, Like<Proposed> auto& row) {
  auto& [feature, what, posted, availability, evidence] = row;
  io.Required("feature", feature);
  io.Required("what", what);
  io.Required("posted", posted);
  io.Required("availability", availability);
  io.Required("evidence", evidence);
}

void Fields(auto& io, Like<Claim> auto& claim) {
  auto& [path, outcome, expect, reason, source, since, until, bug, fixed_in] = claim;
  io.Required("path", path);
  io.Required("outcome", outcome);
  io.Required("expect", expect);
  io.Required("reason", reason);
  io.OrNull("since", since);
  io.Optional("source", source);
  io.Optional("until", until);
  io.Optional("bug", bug);
  io.Optional("fixed_in", fixed_in);
}

void Fields(auto& io, Like<Scenario> auto& scenario) {
  auto& [name, question, kind, claims] = scenario;
  io.Required("name", name);
  io.Required("question", question);
  io.Required("kind", kind);
  io.Required("claims", claims);
}

void Fields(auto& io, Like<Act> auto& row) {
  auto& [act, began_first, won] = row;
  io.Required("act", act);
  io.Required("began_first", began_first);
  io.Required("won", won);
}

void Fields(auto& io, Like<Event> auto& event) {
  auto& [at, took, actor, call, saw] = event;
  io.Required("at", at);
  io.Required("actor", actor);
  io.Required("call", call);
  io.Optional("took", took);
  io.Optional("result", saw);
}

void Fields(auto& io, Like<Record> auto& record) {
  auto& [outcome, trial, place, pressure, yielding, offsets, events] = record;
  io.Required("trial", trial);
  io.Required("place", place, kPlaces);
  io.Required("pressure", pressure, kPressures);
  io.Required("yielding", yielding);
  io.Required("offsets", offsets, std::uint64_t{INT32_MAX});
  io.Required("events", events);
  io.Optional("outcome", outcome);
}

void Fields(auto& io, Like<KernelBug> auto& bug) {
  auto& [name, outcome, hits, fixed_in] = bug;
  io.Required("name", name);
  io.Required("outcome", outcome);
  io.Required("hits", hits);
  io.Required("fixed_in", fixed_in);
}

void Fields(auto& io, Like<Cell> auto& cell) {
  auto& [world, scenario, path, verdict, why, missing, trials, outcomes, kernel_bugs,
         signal_results, wait_results, opportunities, near_misses, hits, first_hit, seconds,
         baseline_per_second, workers, opened_by, stopped_early, acts, records] = cell;
  constexpr std::uint64_t kMostWorkers = 64;  // as with --jobs
  io.Required("world", world);
  io.Required("scenario", scenario);
  io.Required("path", path);
  io.Required("verdict", verdict);
  io.Required("reason", why);
  io.Required("trials", trials);
  io.Required("outcomes", outcomes);
  io.Derived([&](auto& row) { row["process_control_path"] = WordOf(cell.path); });
  io.Optional("signal_result", signal_results, kSignalResults);
  io.Optional("wait_result", wait_results, kWaitResults);
  io.Optional("missing", missing);
  io.Optional("opportunities", opportunities);
  io.Optional("near_misses", near_misses);
  io.Optional("hits", hits);
  io.Optional("first_hit", first_hit);
  io.Optional("seconds", seconds);
  io.Optional("baseline_per_second", baseline_per_second);
  io.Optional("workers", workers, kMostWorkers);
  io.Optional("opened_by", opened_by);
  io.Optional("stopped_early", stopped_early);
  io.Derived([&](auto& row) { SetStatistics(row, cell); });
  io.Optional("acts", acts);
  io.Optional("kernel_bugs", kernel_bugs);
  io.Optional("records", records);
}

void Fields(auto& io, Like<Benchmark> auto& row) {
  auto& [name, mechanism, unsupported, samples, median, low, high, p50, p90, p99, p999, max,
         cpu_samples, cpu, calls, memory, descriptors, stops, lost, doubled, misdirected,
         histogram] = row;
  io.Required("name", name);
  io.Optional("mechanism", mechanism);
  io.Optional("unsupported", unsupported);
  io.Optional("median", median);
  io.Optional("low", low);
  io.Optional("high", high);
  io.Optional("samples", samples);
  io.Optional("p50", p50);
  io.Optional("p90", p90);
  io.Optional("p99", p99);
  io.Optional("p999", p999);
  io.Optional("max", max);
  io.Optional("cpu_samples", cpu_samples);
  io.Optional("cpu", cpu);
  io.Optional("calls", calls);
  io.Optional("memory", memory);
  io.Optional("descriptors", descriptors);
  io.Optional("stops", stops);
  io.Optional("lost", lost);
  io.Optional("doubled", doubled);
  io.Optional("misdirected", misdirected);
  io.Optional("histogram", histogram, std::uint64_t{INT64_MAX});
}

void Fields(auto& io, Like<KernelLogLine> auto& line) {
  auto& [time, level, kind, text] = line;
  constexpr std::uint64_t kHighestLevel = 7;
  io.Optional("time", time);
  io.Optional("level", level, kHighestLevel);
  io.Required("kind", kind, kKernelTroubles);
  io.Required("text", text);
}

}  // namespace pidproof::reports
