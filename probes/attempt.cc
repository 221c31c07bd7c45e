#include <errno.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <exception>
#include <optional>

#include "probes/probe.h"
#include "probes/refusal/evaluate_feature.h"
#include "probes/refusal/fatal_call.h"
#include "probes/system/call_name.h"
#include "probes/system/errno_name.h"
#include "probes/system/isolate.h"

namespace pidproof {

namespace {

constexpr char kNotTried = 'X';  // why
constexpr char kBegins = 'B';    // the child was set up and begins its attempts

// Whether an attempt has left a child behind. Uses the call that isolation itself needs, so that no
// filter ends this process here.
bool HasChildren() { return waitpid(-1, nullptr, WNOHANG | __WALL) >= 0 || errno != ECHILD; }

// Makes as many of the attempts as this process is fit for. The one after the last answer is in
// progress.
void AttemptFrom(const std::vector<const Probe*>& probes, std::size_t first,
                 const CpuBudget& budget, const FrameWriter& up) {
  up.Send(kBegins, "");
  for (std::size_t i = first; i < probes.size(); ++i) {
    if (budget.IsUsedUp()) {
      up.Send(kNotTried, kCpuUsedUp);
      continue;
    }
    try {
      SendAttempt(*probes[i], up);
    } catch (const std::exception& broken) {
      up.Send(kNotTried, broken.what());
    }
    if (probes[i]->changes_process || HasChildren()) return;
  }
}

// SIGSYS ended the child: in a call that the probe tries, or in one that sets the attempt up.
Attempted FromFilter(const Probe& probe, std::chrono::milliseconds deadline) {
  const std::optional<long> fatal = refusal::FindFatalCall([&] { probe.attempt(); }, deadline);
  const auto calls = refusal::CallsOf(probe);
  const bool is_tried = std::ranges::any_of(calls, [&](const refusal::FilteredCall& call) {
    return call.number == fatal.value_or(call.number);
  });
  if (is_tried || calls.empty()) return {Attempted::kSignalled, SIGSYS, ""};
  return {Attempted::kNotSetUp, 0,
          fmt::format("SIGSYS in {}, which the attempt needs to be set up", CallName(*fatal))};
}

// What the end of the child says about the attempt in progress.
Attempted FromEnd(const Ended& ended, const Probe& probe, bool began,
                  std::chrono::milliseconds deadline) {
  switch (ended.how) {
    case Ended::kSignalled:
      if (!began) {
        return {Attempted::kNotSetUp, 0,
                fmt::format("the child that was to try it died of {} before it began",
                            SignalName(ended.number))};
      }
      if (ended.number == SIGSYS) return FromFilter(probe, deadline);
      return {Attempted::kSignalled, ended.number, ""};
    case Ended::kBroken:
    case Ended::kUnsupported:
      return {Attempted::kNotSetUp, 0, ended.text};
    case Ended::kNotStarted:
      return {Attempted::kNotSetUp, 0, fmt::format("{}: {}", ended.text, ErrnoName(ended.number))};
    default:
      return {Attempted::kSilent, 0, ""};
  }
}

}  // namespace

std::vector<Attempted> AttemptEach(const std::vector<const Probe*>& probes,
                                   std::chrono::milliseconds deadline, const CpuBudget& budget) {
  std::vector<Attempted> attempted;
  while (attempted.size() < probes.size()) {
    const std::size_t first = attempted.size();
    bool began = false;
    const CpuBudget left = budget.ForChild();
    const Ended ended = Isolate(
        Isolation::kChild, deadline,
        [&](const FrameWriter& up) { AttemptFrom(probes, first, left, up); },
        [&](const Frame& frame) {
          began |= frame.kind == kBegins;
          std::optional<Attempted> answer = ReadAttempt(frame);
          if (frame.kind == kNotTried) {
            answer = Attempted{Attempted::kNotSetUp, 0, std::string(frame.bytes)};
          }
          if (answer) attempted.push_back(std::move(*answer));
        },
        DeadlineFrom::kLastFrame);
    const bool went_on = ended.how == Ended::kReturned && attempted.size() > first;
    if (!went_on && attempted.size() < probes.size()) {
      attempted.push_back(FromEnd(ended, *probes[attempted.size()], began, deadline));
    }
  }
  return attempted;
}

Attempted Attempt(const Probe& probe, std::chrono::milliseconds deadline) {
  return AttemptEach({&probe}, deadline).front();
}

}  // namespace pidproof
