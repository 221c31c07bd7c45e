#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "probes/system/isolate.h"

namespace pidproof {

// Something that the surroundings withhold from a stage: a limit that leaves it too little, a call
// of the harness's own that a filter refuses, a /proc that hides processes. What may come of it
// must not be taken for an answer of the kernel's.
struct Restriction {
  std::string name;                // "RLIMIT_NPROC 8", "a filter refuses socketpair (ENOSYS)"
  std::vector<int> errors = {};    // what calls may answer because of it
  std::vector<int> signals = {};   // what a process may die of because of it
  bool spoils_everything = false;  // no stage can be relied on: any answer may come of it
};

// What restricts a stage that is isolated in that way and then enters, as every trial does, found
// by trying to take what a stage needs and by making the harness's own calls. Empty where nothing
// does.
std::vector<Restriction> FindRestrictions(
    Isolation isolation, std::chrono::milliseconds deadline,
    const std::function<void()>& enter = [] {});

}  // namespace pidproof
