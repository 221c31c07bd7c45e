// A race, run as often as time allows.
#pragma once

#include <source_location>
#include <string_view>
#include <vector>

#include "scenarios/loop/trial_loop.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios {

struct Torture {
  std::string_view name;  // down to no_control as in Conformance
  std::string_view question;
  WithoutPidNamespace without_pid_namespace = kNoPath;
  std::vector<Claim> claims = {};
  Side pidfd = {};
  Side legacy = {};
  std::string_view no_control = {};
  // Runs trials while there is budget (TrialLoop::Next), and records an outcome for each.
  void (*loop)(Arena& arena, Path path, TrialLoop& trials) = nullptr;
  pid_t pids = 1;  // how many of the arena's placed PIDs it uses at once
  // Keeps to one processor, so that several workers may run it at once, each in its own arena.
  bool single_cpu = false;
  // The faults (fault:NAME) that it must catch on the pidfd path; a test checks that it does.
  std::vector<std::string_view> faults = {};
  // Why it runs only where --only names it; empty when it always does.
  std::string_view on_request = {};
  std::source_location defined_at = {};  // filled in by Registered
};

}  // namespace pidproof::scenarios
