#include <errno.h>
#include <fmt/format.h>
#include <sys/wait.h>

#include <exception>

#include "probes/errno_name.h"
#include "probes/isolate.h"
#include "probes/probe.h"

namespace pidproof {

namespace {

constexpr char kNotTried = 'X';  // why

// Whether an attempt has left a child behind. It is asked by the call without which there would be
// no isolation either, so that no filter ends this process here.
bool HasChildren() { return waitpid(-1, nullptr, WNOHANG | __WALL) >= 0 || errno != ECHILD; }

// As many of the attempts as this process is good for. The one after the last answer is under way.
void AttemptFrom(const std::vector<const Probe*>& probes, std::size_t first,
                 const FrameWriter& up) {
  for (std::size_t i = first; i < probes.size(); ++i) {
    try {
      SendAttempt(*probes[i], up);
    } catch (const std::exception& broken) {
      up.Send(kNotTried, broken.what());
    }
    if (probes[i]->leaves_marks || HasChildren()) return;
  }
}

// What the end of the child says of the attempt that was under way.
Attempted FromEnd(const Ended& ended) {
  switch (ended.how) {
    case Ended::kSignalled:
      return {Attempted::kSignalled, ended.number, ""};
    case Ended::kBroken:
    case Ended::kUnsupported:
      return {Attempted::kNoStage, 0, ended.text};
    case Ended::kNotStarted:
      return {Attempted::kNoStage, 0, fmt::format("{}: {}", ended.text, ErrnoName(ended.number))};
    default:
      return {Attempted::kSilent, 0, ""};
  }
}

}  // namespace

std::vector<Attempted> AttemptEach(const std::vector<const Probe*>& probes,
                                   std::chrono::milliseconds deadline) {
  std::vector<Attempted> attempted;
  while (attempted.size() < probes.size()) {
    const std::size_t first = attempted.size();
    const Ended ended = Isolate(
        Isolation::kChild, deadline, [&](const FrameWriter& up) { AttemptFrom(probes, first, up); },
        [&](const Frame& frame) {
          std::optional<Attempted> answer = ReadAttempt(frame);
          if (frame.kind == kNotTried) {
            answer = Attempted{Attempted::kNoStage, 0, std::string(frame.bytes)};
          }
          if (answer) attempted.push_back(std::move(*answer));
        },
        DeadlineFrom::kLastFrame);
    const bool went_on = ended.how == Ended::kReturned && attempted.size() > first;
    if (!went_on && attempted.size() < probes.size()) attempted.push_back(FromEnd(ended));
  }
  return attempted;
}

Attempted Attempt(const Probe& probe, std::chrono::milliseconds deadline) {
  return AttemptEach({&probe}, deadline).front();
}

}  // namespace pidproof
