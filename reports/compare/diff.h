// What has changed from one document to another: features, verdicts, outcomes, rates, known kernel
// bugs, the kernel's log and costs. Two runs of one kernel give no difference: what a race shows
// depends on chance and on how busy the machine is, so such a row differs only where neither
// explains it (chance.h).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reports/compare/cost_changes.h"
#include "reports/compare/expect.h"
#include "reports/document/document.h"
#include "reports/document/vocabulary.h"

namespace pidproof::reports::compare {

enum class Effect { kWorse, kNeutral, kBetter };
inline constexpr Word kEffects[] = {
    {"worse", Tone::kBad, "something that worked is lost, or harm by pidfd has come"},
    {"neutral", Tone::kCaution, "another answer that is allowed, or another hazard of PIDs"},
    {"better", Tone::kGood, "something is gained, or harm by pidfd is gone"},
};
constexpr std::span<const Word> WordsOf(Effect) { return kEffects; }

enum class DifferenceKind { kKernelLog, kKernelBug, kVerdict, kOutcome, kRate, kFeature, kCost };
inline constexpr Word kDifferenceKinds[] = {
    {"kernel_log", Tone::kQuiet, "trouble that the kernel reported"},
    {"kernel_bug", Tone::kQuiet, "a known kernel bug that is met, or not any more"},
    {"verdict", Tone::kQuiet, "a scenario's verdict"},
    {"outcome", Tone::kQuiet, "an outcome under the same verdict that appeared or vanished"},
    {"rate", Tone::kQuiet, "how often an outcome of a race comes"},
    {"feature", Tone::kQuiet, "a feature's availability"},
    {"cost", Tone::kQuiet, "how long something takes, or what a supervisor did wrong"},
};
constexpr std::span<const Word> WordsOf(DifferenceKind) { return kDifferenceKinds; }

// How bad it is where a difference makes worse, the worst first; where it makes better, how bad the
// past was.
enum class Harm {
  kKernelLog,
  kViolated,
  kKernelBug,
  kNoEnd,
  kHarm,
  kLost,
  kUndecided,
  kSlower,
  kNone
};

struct Difference {
  DifferenceKind kind = DifferenceKind::kFeature;
  Effect effect = Effect::kNeutral;
  Harm harm = Harm::kNone;
  std::string world;
  std::string name;    // of a feature, scenario, kernel bug or cost; a kind of kernel trouble
  std::string path;    // pidfd or legacy_pid; empty where it is about neither
  std::string before;  // a word, or words: an availability, a verdict, outcomes, a share
  std::string after;
  std::string evidence;  // a sentence without a full stop
  std::string follows;   // the name of the feature or kernel bug whose difference explains this one
};

// A difference that a line of a file allows, with the reason that the line gives.
struct Accepted {
  Difference difference;
  std::string reason;
  std::string place;
};

// A line of such a file that allows a difference which is not there.
struct Stale {
  std::string place;  // "file:line"
  std::string why;    // and what to do, in a sentence without a full stop
};

struct Diff {
  std::vector<Difference> differences;  // by effect, then by harm, pidfd first, then by name
  std::vector<Accepted> accepted;       // taken out of them
  std::vector<Stale> stale;
  std::optional<Costs> costs;  // where both measured any, and they can be compared
  std::size_t rows_apart = 0;  // features, verdicts and costs that only one document has
  // What a reader must know of the comparison: another machine, rows that could not be compared,
  // what only one side has met by what may be chance.
  std::vector<std::string> notes;
};

// Whether costs are compared that were measured on other machines or kernels.
enum class Across { kNo, kYes };

// Why no comparison of the two says anything, a sentence each: other worlds, no row in common,
// features that the second should have, or nothing but costs of another machine.
// Empty where one does. The gaps of each (gaps.h) come first.
std::vector<std::string> Incomparable(const Document& before, const Document& after,
                                      Across across = Across::kNo);

Diff Compare(const Document& before, const Document& after, Across across = Across::kNo);

// Moves the differences that are allowed to `accepted`. A line "feature NAME WORD" allows the
// feature to be WORD now; "verdict NAME PATH WORD" allows all differences of that row while its
// verdict is WORD now; "kernel_bug NAME" and "kernel_log KIND" allow those, come or gone, and "cost
// NAME" another duration. The names are globs; several words have slashes between them. Lines that
// allow nothing are stale, but for those of included files.
void Accept(const std::vector<Expectation>& lines, const Document& after, Diff& diff);

// Throws std::runtime_error with one line for a line that no difference can match: a bound.
void RefuseUnacceptable(const Expectation& line);

// 1 where anything is worse, else 0.
int ExitStatus(const Diff& diff);

}  // namespace pidproof::reports::compare
