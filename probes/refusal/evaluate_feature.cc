#include "probes/refusal/evaluate_feature.h"

#include <errno.h>
#include <fmt/format.h>
#include <linux/seccomp.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "probes/refusal/fix.h"
#include "probes/system/call_name.h"
#include "probes/system/errno_name.h"
#include "probes/worlds/world.h"

namespace pidproof::refusal {

namespace {

using Actions = std::set<std::uint32_t>;

constexpr std::string_view kNotRun = "evaluated, not run: ";

bool AllPass(const Actions& actions) { return std::ranges::all_of(actions, ReachesKernel); }
bool NonePass(const Actions& actions) { return std::ranges::none_of(actions, ReachesKernel); }

std::string Names(const Actions& actions) {
  std::vector<std::string> names;
  for (const std::uint32_t action : actions) names.push_back(ActionName(action));
  return fmt::format("{}", fmt::join(names, " or "));
}

// What a caller sees that handles no signal, where no tracer and no supervisor listens
// (seccomp(2)).
std::string Seen(std::uint32_t action) {
  switch (action & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_ERRNO: {
      const int error = static_cast<int>(action & SECCOMP_RET_DATA);
      return error == 0 ? "no effect" : ErrnoName(error);
    }
    case SECCOMP_RET_TRACE:
    case SECCOMP_RET_USER_NOTIF:
      return "ENOSYS";
    default:
      return "SIGSYS";
  }
}

bool LookAlike(const Actions& actions) {
  return std::ranges::all_of(
      actions, [&](std::uint32_t action) { return Seen(action) == Seen(*actions.begin()); });
}

// Whether any call passes that returns a pidfd of a child.
bool GivesPidfds(const std::vector<sock_filter>& filter) {
  return std::ranges::any_of(std::array{"pidfd_open", "clone", "clone3"}, [&](const char* call) {
    return !NonePass(EvaluateFilter(filter, CallNamed(call)));
  });
}

Finding Refused(const Finding& without, const FilteredCall& call, const Actions& actions) {
  const Probe& probe = *without.probe;
  const std::string name = CallName(call.number);
  const std::string saw = Seen(*actions.begin());
  const std::string_view kernel_has = without.availability == Availability::kPresent  ? "yes"
                                      : without.availability == Availability::kAbsent ? "no"
                                                                                      : "unknown";
  const std::string fix = FixOfFilteredCalls({name}, saw);
  const bool lacks = without.availability == Availability::kAbsent && !without.fix.empty();
  return {.probe = &probe,
          .availability = Availability::kFiltered,
          .saw = saw,
          .evidence = fmt::format("{}{} is answered {}", kNotRun, name, Names(actions)),
          .refused_by = "seccomp",
          .confidence = "inferred",
          .kernel_has = std::string(kernel_has),
          .fix = lacks ? fmt::format("{}, and {}", without.fix, fix) : fix,
          .evaluated = true};
}

Finding Unclear(const Probe& probe, std::string why) {
  return {.probe = &probe,
          .availability = Availability::kUnclear,
          .saw = "",
          .evidence = fmt::format("{}{}", kNotRun, why),
          .kernel_has = "unknown",
          .evaluated = true};
}

}  // namespace

std::vector<FilteredCall> CallsOf(const Probe& probe) {
  if (!probe.makes.empty()) return probe.makes;
  std::vector<FilteredCall> calls;
  for (const std::string_view name : probe.calls) calls.push_back(CallNamed(name));
  return calls;
}

Finding EvaluateFeature(const Probe& probe, const std::vector<sock_filter>& filter,
                        const Finding& without) {
  std::vector<std::string> names;
  for (const FilteredCall& call : CallsOf(probe)) {
    const Actions actions = EvaluateFilter(filter, call);
    const std::string name = CallName(call.number);
    if (NonePass(actions) && LookAlike(actions)) return Refused(without, call, actions);
    if (!AllPass(actions)) {
      return Unclear(probe, fmt::format("what {} is answered depends on its arguments: {}", name,
                                        Names(actions)));
    }
    names.push_back(name);
  }
  const std::string pass = fmt::format("{} reaches the kernel", fmt::join(names, ", "));
  if (!GivesPidfds(filter)) {
    return Unclear(probe, fmt::format("{}, but no call that gives a pidfd does", pass));
  }
  Finding finding = without;
  finding.evaluated = true;
  finding.evidence = fmt::format("{}{}; without the filter: {}", kNotRun, pass, without.evidence);
  if (!finding.confidence.empty() || finding.availability == Availability::kPresent) {
    finding.confidence = "inferred";
  }
  return finding;
}

}  // namespace pidproof::refusal
