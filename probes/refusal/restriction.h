#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "probes/system/isolate.h"

namespace pidproof::refusal {

// Something that the environment withholds from trials: a limit that is too low, a call of the
// harness that a filter refuses, a /proc that hides processes. Its consequences must not be taken
// for the kernel's answers.
struct Restriction {
  std::string name;                // "RLIMIT_NPROC 8", "a filter refuses socketpair (ENOSYS)"
  std::vector<int> errors = {};    // what calls may answer because of it
  std::vector<int> signals = {};   // signals by which a process may die because of it
  bool spoils_everything = false;  // any answer may be caused by it
};

// What restricts a trial with this isolation and this `enter`, found by trying to use what a trial
// needs and by making the harness's own calls. Empty where nothing does.
std::vector<Restriction> FindRestrictions(
    Isolation isolation, std::chrono::milliseconds deadline,
    const std::function<void()>& enter = [] {});

}  // namespace pidproof::refusal
