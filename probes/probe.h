#pragma once

#include <chrono>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "probes/refusal/evaluate_filter.h"
#include "probes/registry.h"
#include "probes/system/isolate.h"
#include "probes/system/release.h"
#include "probes/system/result.h"

namespace pidproof {

// What one attempt saw.
struct Answer {
  static constexpr int kNoEffect = -1;  // the call succeeded, and what it is for did not happen
  static constexpr int kNotTried = -2;  // the attempt could not be made; the note says why

  int error = 0;     // the errno, 0 for success, or one of the above
  std::string note;  // what the reader should know of how it was tried, or empty
  bool before_kernel =
      false;             // arguments that the kernel would have answered otherwise got the same
  bool by_yama = false;  // the same was granted once the target had let itself be traced
  // Who explains the refusal, if the attempt has seen it: a word of Finding::refused_by; and what
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

// One ability of the kernel, and the attempt whose answer gives it away: an errno or an effect that
// only a kernel with that ability would show. Versions never decide. An attempt runs in a child
// that may die, changes nothing outside it, and leaves nothing behind.
struct Probe {
  std::string_view name;    // the feature's id, a contract: "call/variant"
  Release since;            // first mainline release, for the reader
  std::string_view what;    // one line
  std::string_view tries;   // what the attempt does, as the subject of "... answered EBADF"
  std::string_view source;  // where the errnos below come from
  // The refusable calls (see World) that the answer rests on. Others may be missing without a
  // change here.
  std::vector<std::string_view> calls;
  Answer (*attempt)();
  std::vector<int> present;      // answers that only a kernel with the feature gives; 0 is success
  std::vector<int> absent;       // answers of a kernel without it
  std::vector<int> denied = {};  // it is there, and the kernel itself refuses this caller
  int capability = kNoCapability;  // what the caller lacks then (capabilities(7)), if it is one
  static constexpr int kNoCapability = -1;
  // The attempt changes the process that makes it (its namespaces, its descriptors): no other is
  // made there afterwards.
  bool leaves_marks = false;
  // What a filter sees of the attempt's calls, those of its stage left out, in their order. Empty:
  // what `calls` says. It is needed where that names none, or not the arguments.
  std::vector<FilteredCall> makes = {};
  std::source_location defined_at = {};  // filled in by Registered
};

enum class Availability {
  kPresent,   // it is here and works
  kAbsent,    // the answer is that of a kernel without it
  kFiltered,  // something in front of the kernel refuses the call
  kDenied,    // the kernel has it and refuses this caller
  kUnclear,   // no answer that decides
};

constexpr Availability LastOf(Availability) { return Availability::kUnclear; }

// "present", ...
std::string_view Word(Availability availability);

// What one probe found out in one world.
struct Finding {
  const Probe* probe = nullptr;
  Availability availability = Availability::kUnclear;
  std::string saw;       // "EBADF", "SIGSYS", "no effect", or empty for success
  std::string evidence;  // what was tried and seen, in sentences
  // Of what is not present:
  std::string refused_by = {};  // a word of reports/document/vocabulary.h, or empty: not known
  std::string confidence = {};  // proven, inferred, or empty
  std::string kernel_has = {};  // yes, no, unknown
  std::string fix = {};         // what would make it available, or empty
  bool evaluated = false;       // by what a filter says to its calls (EvaluateFeature): never run
  int answer = 0;               // Answer::error, of an attempt that answered
  bool unasked = false;         // a filter may have refused it, and that could not be asked
};

void Fields(auto& codec, Like<Finding> auto& finding) {
  auto& [probe, availability, saw, evidence, refused_by, confidence, kernel_has, fix, evaluated,
         answer, unasked] = finding;
  codec(ByName{probe}, availability, saw, evidence, refused_by, confidence, kernel_has, fix,
        evaluated, answer, unasked);
}

// How an attempt ended, whatever became of its child.
struct Attempted {
  enum How { kAnswered, kSignalled, kNoStage, kSilent };
  How how = kSilent;
  int number = 0;    // the errno (kAnswered) or the signal (kSignalled)
  std::string text;  // the answer's note, or why the stage could not be set
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

// Makes the attempt in this process and sends its answer up; the other end reads it from the frame,
// if it is such a one.
void SendAttempt(const Probe& probe, const FrameWriter& up);
std::optional<Attempted> ReadAttempt(const Frame& frame);

// What an attempt's end says about the feature. Pure.
Finding Conclude(const Probe& probe, const Attempted& attempted);

// The attempts one after the other, in children that may die, and what came of each, in that order.
// A child goes on to the next attempt until one ends it or leaves marks on it. deadline: of each.
std::vector<Attempted> AttemptEach(const std::vector<const Probe*>& probes,
                                   std::chrono::milliseconds deadline);
Attempted Attempt(const Probe& probe, std::chrono::milliseconds deadline);

}  // namespace pidproof
