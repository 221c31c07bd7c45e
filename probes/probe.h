#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "probes/refusal/evaluate_filter.h"
#include "probes/registry.h"
#include "probes/system/cpu_budget.h"
#include "probes/system/isolate.h"
#include "probes/system/release.h"
#include "probes/system/result.h"

namespace pidproof {

// The result of one attempt.
struct Answer {
  static constexpr int kNoEffect = -1;  // the call succeeded, but its effect did not happen
  static constexpr int kNotTried = -2;  // the attempt could not be made; note says why

  int error = 0;     // the errno, 0 for success, or one of the above
  std::string note;  // how it was tried, where the reader should know; or empty
  // Arguments that the kernel would have answered otherwise got the same answer.
  bool before_kernel = false;
  bool by_yama = false;  // the same call succeeded once the target had consented to be traced
  // Who refuses, where the attempt itself has found out (a word of Finding::refused_by), and what
  // would help.
  std::string refused_by = {};
  std::string fix = {};

  Answer(int errno_met) : error(errno_met) {}
  template <typename T>
  Answer(const Result<T>& result) : error(result.error()) {}
  Answer(int errno_met, std::string how) : error(errno_met), note(std::move(how)) {}
  Answer(int errno_met, std::string how, std::string_view by, std::string help)
      : error(errno_met), note(std::move(how)), refused_by(by), fix(std::move(help)) {}
};

// What glibc has of a feature: a function, or a constant without which a program needs a definition
// of its own.
struct LibcName {
  static constexpr Release kNever = {};

  std::string_view name = {};  // "pidfd_open", "P_PIDFD"; empty: libc has no part in the feature
  Release since = kNever;      // the first glibc with the name, on x86-64; kNever: none, up to 2.44

  // "glibc 2.36"; empty where there is none.
  std::string Text() const;
};

// One ability of the kernel, and the attempt that proves it: by an errno or an effect that only a
// kernel with that ability shows. Versions never decide. An attempt runs in a child that may die,
// changes nothing outside it, and leaves nothing behind.
struct Probe {
  std::string_view name;    // the feature's id, a contract: "call/variant"
  Release since;            // first mainline release, shown to the reader
  std::string_view what;    // one line
  std::string_view tries;   // what the attempt does, as the subject of "... answered EBADF"
  std::string_view source;  // where the errnos below come from
  LibcName libc = {};
  // The refusable calls (see World) that the answer depends on. Refusing any other call changes
  // nothing here.
  std::vector<std::string_view> calls;
  Answer (*attempt)();
  std::vector<int> present;      // answers that only a kernel with the feature gives; 0 is success
  std::vector<int> absent;       // answers of a kernel without the feature
  std::vector<int> denied = {};  // the kernel has it and refuses this caller
  int capability = kNoCapability;  // what the caller lacks then (capabilities(7)), if it is one
  static constexpr int kNoCapability = -1;
  // The attempt changes its own process (namespaces, descriptors): no other attempt is made there
  // afterwards.
  bool changes_process = false;
  // The attempt's calls with their arguments, without those that set it up, in order. Empty: what
  // `calls` says. Needed where `calls` names none, or not the arguments.
  std::vector<refusal::FilteredCall> makes = {};
  std::source_location defined_at = {};  // filled in by Registered
};

// Whether the error is one of these answers of a probe.
inline bool Holds(const std::vector<int>& errors, int error) {
  return std::ranges::find(errors, error) != errors.end();
}

enum class Availability {
  kPresent,   // it is here and works
  kAbsent,    // the answer is that of a kernel without it
  kFiltered,  // something in front of the kernel refuses the call
  kDenied,    // the kernel has it and refuses this caller
  kUnclear,   // no answer decides
};

constexpr Availability LastOf(Availability) { return Availability::kUnclear; }

// "present", ...
std::string_view Word(Availability availability);

// What one probe found in one world.
struct Finding {
  const Probe* probe = nullptr;
  Availability availability = Availability::kUnclear;
  std::string saw;       // "EBADF", "SIGSYS", "no effect", or empty for success
  std::string evidence;  // what was tried and observed, in sentences
  // Of what is not present:
  std::string refused_by = {};  // a word of reports/document/vocabulary.h, or empty: not known
  std::string confidence = {};  // proven, inferred, or empty
  std::string kernel_has = {};  // yes, no, unknown
  std::string fix = {};         // what would make it available, or empty
  bool evaluated = false;       // by evaluating a filter (EvaluateFeature): never run
  int answer = 0;               // Answer::error, of an attempt that answered
  bool unasked = false;  // a filter may have refused it, and the kernel could not be asked directly
};

void Fields(auto& codec, Like<Finding> auto& finding) {
  auto& [probe, availability, saw, evidence, refused_by, confidence, kernel_has, fix, evaluated,
         answer, unasked] = finding;
  codec(ByName{probe}, availability, saw, evidence, refused_by, confidence, kernel_has, fix,
        evaluated, answer, unasked);
}

// How an attempt ended, even if its child died.
struct Attempted {
  enum How { kAnswered, kSignalled, kNotSetUp, kSilent };
  How how = kSilent;
  int number = 0;    // the errno (kAnswered) or the signal (kSignalled)
  std::string text;  // the answer's note, or why it could not be set up
  // Of the answer:
  bool before_kernel = false;
  bool by_yama = false;
  std::string refused_by = {};
  std::string fix = {};
};

constexpr Attempted::How LastOf(Attempted::How) { return Attempted::kSilent; }
void Fields(auto& codec, Like<Attempted> auto& attempted) {
  auto& [how, number, text, before_kernel, by_yama, refused_by, fix] = attempted;
  codec(how, number, text, before_kernel, by_yama, refused_by, fix);
}

// Makes the attempt in this process and sends its answer up; the reader below takes it from the
// frame, if the frame holds one.
void SendAttempt(const Probe& probe, const FrameWriter& up);
std::optional<Attempted> ReadAttempt(const Frame& frame);

// What the end of an attempt says about the feature. Pure.
Finding Conclude(const Probe& probe, const Attempted& attempted);

// Makes the attempts one after another, in children that may die, and returns their ends in that
// order. A child goes on to the next attempt until one ends it or changes its process. deadline: of
// each. Once the budget is used up the rest is not tried (kCpuUsedUp).
std::vector<Attempted> AttemptEach(const std::vector<const Probe*>& probes,
                                   std::chrono::milliseconds deadline,
                                   const CpuBudget& budget = {});
Attempted Attempt(const Probe& probe, std::chrono::milliseconds deadline);

}  // namespace pidproof
