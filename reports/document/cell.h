#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reports/document/vocabulary.h"

namespace pidproof::reports {

// What a cell is missing where Host::isolation is "none: ...".
inline constexpr std::string_view kIsolation = "isolation";
// The same where two acts can never overlap.
inline constexpr std::string_view kProcessors = "processors";
// The same where the host PID budget was used up.
inline constexpr std::string_view kPids = "pids";

// The same where the surroundings restrict the trial: see Host::restrictions.
inline constexpr std::string_view kRestriction = "restriction";

// One actor of a race, by what it does.
struct Act {
  std::string act;                // "waitid(P_PIDFD)"
  std::uint64_t began_first = 0;  // trials in which it was the first to begin
  std::uint64_t won = 0;          // trials in which it got what only one can get
};

// What an actor did in a trial.
struct Event {
  std::uint64_t at = 0;               // nanoseconds from the first event of the record
  std::optional<std::uint64_t> took;  // nanoseconds; nothing: it was under way when the trial ended
  std::uint64_t actor = 0;            // its place among the acts
  std::string call;
  std::string saw;  // an errno's name, or a number; empty where the call had not returned
};

// One trial as it went: what it takes to run it again, and what came of it.
struct Record {
  std::string outcome;  // empty where the loop ended badly: these are its last events
  std::uint64_t trial = 0;
  std::string place;     // on which processors
  std::string pressure;  // what disturbed it: "none", "preemption", "signals"
  bool yielding = false;
  std::vector<std::uint64_t> offsets;  // when each act was let go: nanoseconds after the first
  std::vector<Event> events;
};

// A known kernel bug that was observed.
struct KernelBug {
  std::string name;
  std::string outcome;  // the outcome that shows it
  std::uint64_t hits = 0;
  std::string fixed_in;  // the first release without it, and the stable ones
};

// One scenario on one path in one world.
struct Cell {
  std::string world;
  std::string scenario;
  Path path = Path::kPidfd;
  Verdict verdict = Verdict::kInconclusive;
  std::string why;           // one sentence
  std::string missing = {};  // the feature for want of which it is unsupported, or kIsolation...
  std::uint64_t trials = 0;
  std::map<std::string, std::uint64_t> outcomes;
  std::vector<KernelBug> kernel_bugs = {};
  // How often a caller has seen each of kSignalResults or kWaitResults, where the scenario asks by
  // a signal or by a wait; without the outcomes that show none of them (labels.h).
  std::map<std::string, std::uint64_t> signal_results = {};
  std::map<std::string, std::uint64_t> wait_results = {};
  // Torture only:
  std::optional<std::uint64_t> opportunities = {};  // trials whose window was open
  std::optional<std::uint64_t> near_misses = {};    // trials whose window was missed by little
  std::optional<std::uint64_t> hits = {};           // outcomes that are a harm
  std::optional<double> first_hit = {};             // seconds to the first of those
  std::optional<double> seconds;                    // how long the loop ran
  std::optional<double>
      baseline_per_second;  // bare create-and-reap of the same kind of child, same run
  std::optional<std::uint64_t> workers = {};  // that ran at the same time
  std::string opened_by = {};                 // how the window is opened
  bool stopped_early = false;                 // the host PID budget was used up
  std::vector<Act> acts = {};
  std::vector<Record> records = {};
};

}  // namespace pidproof::reports
