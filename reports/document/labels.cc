#include "reports/document/labels.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "reports/document/vocabulary.h"

namespace pidproof::reports {

namespace {

// What an outcome shows of the signal, or of the wait, that it was observed by.
struct Label {
  std::string_view outcome;
  std::optional<SignalResult> signal = {};
  std::optional<WaitResult> wait = {};
};

constexpr Label kLabels[] = {
    // Errnos. A signal has no label for the others.
    {"ok", SignalResult::kOk, WaitResult::kExited},
    {"esrch", SignalResult::kEsrch, WaitResult::kError},
    {"eperm", SignalResult::kEperm, WaitResult::kError},
    {"enosys", SignalResult::kFallback, WaitResult::kError},
    {"fallback", SignalResult::kFallback, WaitResult::kExited},
    {"opened_later", SignalResult::kOk, WaitResult::kExited},
    {"fallback_hit_stranger", SignalResult::kFallback},
    {"echild", {}, WaitResult::kEchild},
    {"eagain", {}, WaitResult::kEagain},
    {"ebadf", {}, WaitResult::kError},
    {"efault", {}, WaitResult::kError},
    {"eintr", {}, WaitResult::kError},
    {"einval", {}, WaitResult::kError},
    // Signals that were accepted, and what became of them.
    {"hit", SignalResult::kOk},
    {"hit_stranger", SignalResult::kOk},
    {"hit_target", SignalResult::kOk},
    {"reached", SignalResult::kOk},
    {"sent", SignalResult::kOk},
    {"sent_to_none", SignalResult::kOk},
    {"came_late", SignalResult::kOk},
    {"lost", SignalResult::kOk},
    {"dropped", SignalResult::kOk},
    {"continued", SignalResult::kOk},
    {"ended_while_frozen", SignalResult::kOk},
    {"ended_once_thawed", SignalResult::kOk},
    {"reissued_ok", SignalResult::kOk},
    // Signals that found no process.
    {"dead_early", SignalResult::kEsrch},
    {"gone", SignalResult::kEsrch},
    {"missed_target", SignalResult::kEsrch},
    {"reissued_esrch", SignalResult::kEsrch},
    // Waits that returned an end, right or wrong.
    {"exited", {}, WaitResult::kExited},
    {"killed", SignalResult::kOk, WaitResult::kExited},
    {"dumped", {}, WaitResult::kExited},
    {"reaped", {}, WaitResult::kExited},
    {"reaped_another", {}, WaitResult::kExited},
    {"reaped_stranger", {}, WaitResult::kExited},
    {"reported", {}, WaitResult::kExited},
    {"same_status", {}, WaitResult::kExited},
    {"wrong_status", {}, WaitResult::kExited},
    {"each_its_own", {}, WaitResult::kExited},
    {"not_ended_then_dumped", {}, WaitResult::kExited},
    {"another_end", SignalResult::kOk, WaitResult::kExited},
    {"eagain_then_reported", {}, WaitResult::kExited},
    {"running_then_reported", {}, WaitResult::kExited},
    // Waits that returned nothing yet, right or wrong.
    {"running", {}, WaitResult::kEagain},
    {"running_after_end", {}, WaitResult::kEagain},
    {"eagain_after_end", {}, WaitResult::kEagain},
    {"eagain_without_flag", {}, WaitResult::kEagain},
    // ECHILD for a child that can still be waited for.
    {"too_late", {}, WaitResult::kEchild},
};

template <typename Result>
std::map<std::string, std::uint64_t> Count(const std::map<std::string, std::uint64_t>& outcomes,
                                           std::optional<Result> Label::*result) {
  std::map<std::string, std::uint64_t> counts;
  for (const auto& [word, count] : outcomes) {
    const auto label = std::ranges::find(kLabels, word, &Label::outcome);
    if (label == std::end(kLabels) || !(label->*result)) continue;
    counts[std::string(WordOf(*(label->*result)))] += count;
  }
  return counts;
}

}  // namespace

std::map<std::string, std::uint64_t> SignalResults(
    const std::map<std::string, std::uint64_t>& outcomes) {
  return Count(outcomes, &Label::signal);
}

std::map<std::string, std::uint64_t> WaitResults(
    const std::map<std::string, std::uint64_t>& outcomes) {
  return Count(outcomes, &Label::wait);
}

}  // namespace pidproof::reports
