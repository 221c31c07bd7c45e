#include "probes/probe.h"

#include <errno.h>
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>

#include "probes/system/errno_name.h"
#include "probes/system/frame.h"

namespace pidproof {

namespace {

constexpr char kAnswer = 'A';

std::string Saw(int error) { return error == Answer::kNoEffect ? "no effect" : ErrnoName(error); }

std::string Sentence(const Probe& probe, const Attempted& attempted, std::string_view meaning) {
  const std::string answer = attempted.number == Answer::kNoEffect ? "had no effect"
                             : attempted.number == 0
                                 ? "succeeded"
                                 : fmt::format("answered {}", ErrnoName(attempted.number));
  const std::string note = attempted.text.empty() ? "" : fmt::format(" ({})", attempted.text);
  return fmt::format("{} {}{}: {}", probe.tries, answer, note, meaning);
}

Finding FromAnswer(const Probe& probe, const Attempted& attempted) {
  const int error = attempted.number;
  if (error == Answer::kNotTried) {
    return {&probe, Availability::kUnclear, "", fmt::format("not tried: {}", attempted.text)};
  }
  const auto found = [&](Availability availability, std::string_view meaning) {
    Finding finding{&probe, availability, Saw(error), Sentence(probe, attempted, meaning)};
    finding.answer = error;
    return finding;
  };
  if (attempted.before_kernel) {
    return found(Availability::kFiltered, "the kernel would have answered otherwise, a filter did");
  }
  if (Holds(probe.present, error)) {
    return found(Availability::kPresent, "only a kernel that has it does so");
  }
  if (Holds(probe.denied, error)) {
    return found(Availability::kDenied, "it is there, and this caller lacks the privilege");
  }
  if (Holds(probe.absent, error)) {
    return found(Availability::kAbsent, "so does a kernel without it");
  }
  if (error == EPERM || error == EACCES || error == ENOSYS) {
    return found(Availability::kFiltered, "no kernel has that answer here, a filter does");
  }
  return found(Availability::kUnclear, "neither a kernel with it nor one without it is known to");
}

}  // namespace

std::string LibcName::Text() const {
  return since == kNever ? "" : fmt::format("glibc {}", since.Text());
}

std::string_view Word(Availability availability) {
  switch (availability) {
    case Availability::kPresent:
      return "present";
    case Availability::kAbsent:
      return "absent";
    case Availability::kFiltered:
      return "filtered";
    case Availability::kDenied:
      return "denied";
    case Availability::kUnclear:
      return "unclear";
  }
  return "";
}

void SendAttempt(const Probe& probe, const FrameWriter& up) {
  const Answer answer = probe.attempt();
  const Attempted attempted{
      Attempted::kAnswered, answer.error,      answer.note, answer.before_kernel,
      answer.by_yama,       answer.refused_by, answer.fix};
  SendValues(up, kAnswer, attempted);
}

std::optional<Attempted> ReadAttempt(const Frame& frame) {
  if (frame.kind != kAnswer) return std::nullopt;
  return ValueOf<Attempted>(frame);
}

Finding Conclude(const Probe& probe, const Attempted& attempted) {
  switch (attempted.how) {
    case Attempted::kAnswered:
      return FromAnswer(probe, attempted);
    case Attempted::kSignalled: {
      const std::string signal = SignalName(attempted.number);
      const bool filter = attempted.number == SIGSYS;
      return {&probe, filter ? Availability::kFiltered : Availability::kUnclear, signal,
              fmt::format("{} ended in {}{}", probe.tries, signal,
                          filter ? ": only a seccomp filter sends it" : "")};
    }
    case Attempted::kNotSetUp:
      return {&probe, Availability::kUnclear, "", fmt::format("not tried: {}", attempted.text)};
    case Attempted::kSilent:
      return {&probe, Availability::kUnclear, "",
              fmt::format("{} gave no answer before the deadline", probe.tries)};
  }
  return {};
}

}  // namespace pidproof
