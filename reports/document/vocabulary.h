// The closed lists of words of the document, and what each means to a reader. Where programs decide
// by the words of a list, it is an enum, whose values are in the order of the list.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <optional>
#include <ostream>
#include <span>
#include <string_view>

namespace pidproof::reports {

inline constexpr std::string_view kNative = "native";  // the world that is the kernel as it is
inline constexpr std::string_view kRefusedByKernel = "kernel";  // the one that is not a refusal
inline constexpr std::string_view kOwnKernel = "own kernel";
inline constexpr std::string_view kSharedKernel = "shared kernel";

// How a word should strike the eye, whatever the format.
enum class Tone { kGood, kCaution, kBad, kUndecided, kQuiet };

struct Word {
  std::string_view word;
  Tone tone;
  std::string_view means;
};

enum class Availability { kPresent, kAbsent, kFiltered, kDenied, kUnclear };
inline constexpr Word kAvailabilities[] = {
    {"present", Tone::kGood, "the kernel has it and lets this process use it"},
    {"absent", Tone::kQuiet, "the kernel does not have it"},
    {"filtered", Tone::kCaution, "a filter answers in the kernel's place"},
    {"denied", Tone::kCaution, "the kernel has it and refuses it to this process"},
    {"unclear", Tone::kUndecided, "the answer proves neither the one nor the other"},
};
constexpr std::span<const Word> WordsOf(Availability) { return kAvailabilities; }

enum class Verdict {
  kUpheld,
  kHazardous,
  kViolated,
  kInconclusive,
  kUnsupported,
  kHung,
  kCrashed,
  kBroken,
};
inline constexpr Word kVerdicts[] = {
    {"upheld", Tone::kGood, "every claim held"},
    {"hazardous", Tone::kCaution, "the claims held, and the harm that they warn of was observed"},
    {"violated", Tone::kBad, "a forbidden or unlisted outcome was observed"},
    {"inconclusive", Tone::kUndecided, "a required outcome or the control's harm was not observed"},
    {"unsupported", Tone::kQuiet, "something that the scenario needs is missing here"},
    {"hung", Tone::kUndecided, "the trial passed its deadline and was ended"},
    {"crashed", Tone::kUndecided, "the trial died of a signal or of an assertion of its own"},
    {"broken", Tone::kUndecided, "the trial could not be set up"},
};
constexpr std::span<const Word> WordsOf(Verdict) { return kVerdicts; }

// Of an upheld race.
enum class Strength { kStrong, kFair, kWeak };
inline constexpr Word kStrengths[] = {
    {"strong", Tone::kGood,
     "harm comes in fewer than 1 of 1,000 opportunities, with 95 % confidence"},
    {"fair", Tone::kGood, "harm comes in fewer than 1 of 100 opportunities, with 95 % confidence"},
    {"weak", Tone::kCaution, "too few opportunities for either: harm may have been missed"},
};
constexpr std::span<const Word> WordsOf(Strength) { return kStrengths; }

enum class Expect { kMust, kMay, kHazard, kNever };
inline constexpr Word kExpectations[] = {
    {"must", Tone::kGood, "is required"},
    {"may", Tone::kQuiet, "is allowed"},
    {"hazard", Tone::kCaution, "is allowed, and is the danger shown"},
    {"never", Tone::kBad, "is forbidden"},
};
constexpr std::span<const Word> WordsOf(Expect) { return kExpectations; }

enum class Path { kPidfd, kLegacyPid };
inline constexpr Word kPaths[] = {
    {"pidfd", Tone::kQuiet, "through a file descriptor that names the process"},
    {"legacy_pid", Tone::kQuiet, "through the process's PID"},
};
constexpr std::span<const Word> WordsOf(Path) { return kPaths; }

enum class ScenarioKind { kConformance, kTorture };
inline constexpr Word kKinds[] = {
    {"conformance", Tone::kQuiet, "one trial, nothing racing"},
    {"torture", Tone::kQuiet, "a race, run until its budget ends"},
};
constexpr std::span<const Word> WordsOf(ScenarioKind) { return kKinds; }

// What a caller that signals has seen: one label for a counter (labels.h).
enum class SignalResult { kOk, kEsrch, kEperm, kFallback };
inline constexpr Word kSignalResults[] = {
    {"ok", Tone::kGood, "the call succeeded, whichever process the signal reached"},
    {"esrch", Tone::kQuiet, "the process is gone"},
    {"eperm", Tone::kCaution, "the caller may not signal it"},
    {"fallback", Tone::kCaution, "the call is refused here, and the PID is used instead"},
};
constexpr std::span<const Word> WordsOf(SignalResult) { return kSignalResults; }

// What a caller that waits has seen.
enum class WaitResult { kExited, kEagain, kEchild, kError };
inline constexpr Word kWaitResults[] = {
    {"exited", Tone::kGood, "the wait returned an end: an exit, a signal or a core dump"},
    {"eagain", Tone::kQuiet, "not yet: EAGAIN, or WNOHANG that found nothing"},
    {"echild", Tone::kQuiet, "no such child to wait for: reaped before, or not the caller's"},
    {"error", Tone::kCaution, "any other errno"},
};
constexpr std::span<const Word> WordsOf(WaitResult) { return kWaitResults; }

inline constexpr Word kPlaces[] = {
    {"anywhere", Tone::kQuiet, "the actors on whatever processors they came to"},
    {"together", Tone::kQuiet, "all of them on one processor"},
    {"apart", Tone::kQuiet, "each on a processor of its own"},
};

inline constexpr Word kPressures[] = {
    {"none", Tone::kQuiet, "undisturbed"},
    {"preemption", Tone::kQuiet, "with another thread that takes the processor now and then"},
    {"signals", Tone::kQuiet, "with signals that come in between"},
};

inline constexpr Word kRefusers[] = {
    {"kernel", Tone::kQuiet, "the kernel does not know it"},
    {"seccomp", Tone::kCaution, "a seccomp filter, or a supervisor behind one"},
    {"yama", Tone::kCaution, "the Yama security module"},
    {"capability", Tone::kCaution, "a capability that the caller lacks"},
    {"lsm", Tone::kCaution, "a security module's policy"},
    {"namespace", Tone::kCaution, "a right held in this namespace only"},
    {"limit", Tone::kCaution, "a resource limit"},
    {"proc", Tone::kCaution, "a /proc that is missing, masked, read-only or not this namespace's"},
    {"sysctl", Tone::kCaution, "a switch under /proc/sys"},
    {"libc", Tone::kQuiet, "the libc that this build is linked with"},
    {"emulator", Tone::kCaution, "the emulator that runs in place of the kernel"},
};

inline constexpr Word kConfidences[] = {
    {"proven", Tone::kGood, "no other explanation is left"},
    {"inferred", Tone::kQuiet, "the likeliest explanation"},
};

inline constexpr Word kKernelHas[] = {
    {"yes", Tone::kGood, "the kernel has it"},
    {"no", Tone::kQuiet, "the kernel does not have it"},
    {"unknown", Tone::kUndecided, "cannot be determined here"},
};

inline constexpr Word kKernelTroubles[] = {
    {"warning", Tone::kBad, "a WARN: a state that the kernel's authors took for impossible"},
    {"lockdep", Tone::kBad, "locks taken in an order that can deadlock"},
    {"sanitizer", Tone::kBad, "a report of KASAN, KCSAN, KMSAN, KFENCE or UBSAN"},
    {"bug", Tone::kBad, "a BUG: a bad access or a corrupted state"},
    {"oops", Tone::kBad, "the kernel ended the running task because it could not continue"},
    {"panic", Tone::kBad, "the kernel stopped"},
    {"rcu_stall", Tone::kBad, "a processor did not report a quiescent state for long (RCU)"},
    {"lockup", Tone::kBad, "a processor or a work queue was stuck"},
    {"hung_task", Tone::kBad, "a task slept uninterruptibly for long"},
    {"taint", Tone::kBad, "the kernel marked itself as tainted"},
};

// The tone of a word of a list; undecided for a word that the list does not hold.
constexpr Tone ToneOf(std::string_view word, std::span<const Word> list) {
  const auto found = std::ranges::find(list, word, &Word::word);
  return found == list.end() ? Tone::kUndecided : found->tone;
}

// An enum with a list of words.
template <typename Enum>
concept Closed = requires(Enum value) {
  { WordsOf(value) } -> std::same_as<std::span<const Word>>;
};

constexpr const Word& EntryOf(Closed auto value) {
  return WordsOf(value)[static_cast<std::size_t>(value)];
}
constexpr std::string_view WordOf(Closed auto value) { return EntryOf(value).word; }
constexpr Tone ToneOf(Closed auto value) { return EntryOf(value).tone; }
inline std::ostream& operator<<(std::ostream& to, Closed auto value) { return to << WordOf(value); }

// The value of a word; nothing for a word that is not on the list.
template <Closed Enum>
constexpr std::optional<Enum> Named(std::string_view word) {
  const std::span<const Word> list = WordsOf(Enum{});
  const auto found = std::ranges::find(list, word, &Word::word);
  if (found == list.end()) return std::nullopt;
  return static_cast<Enum>(found - list.begin());
}

}  // namespace pidproof::reports

template <pidproof::reports::Closed Enum>
struct fmt::formatter<Enum> : fmt::formatter<std::string_view> {
  auto format(Enum value, format_context& context) const {
    return fmt::formatter<std::string_view>::format(pidproof::reports::WordOf(value), context);
  }
};
