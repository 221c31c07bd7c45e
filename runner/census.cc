#include "runner/census.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "probes/refusal/attribution.h"
#include "probes/refusal/fatal_call.h"
#include "probes/refusal/kernel_evidence.h"
#include "probes/refusal/outside.h"
#include "probes/system/call_name.h"
#include "probes/system/deadline.h"
#include "probes/system/errno_name.h"
#include "probes/system/frame.h"
#include "probes/system/isolate.h"
#include "probes/system/sys.h"
#include "runner/evaluate_census.h"

namespace pidproof::runner {

namespace {

constexpr char kFinding = 'f';

// Every probe has a deadline of its own; this one is for the sum.
std::chrono::milliseconds Deadline(double slowdown) {
  return DeadlineOn(slowdown, std::chrono::seconds(120));
}

bool IsSeen(const Finding& finding) {
  return finding.availability == Availability::kPresent && !finding.evaluated;
}

std::string Failure(const Ended& ended) {
  switch (ended.how) {
    case Ended::kReturned:
      return "";
    case Ended::kSignalled:
      return fmt::format("the census died of {}", SignalName(ended.number));
    case Ended::kNotStarted:
      return fmt::format("{}: {}", ended.text, ErrnoName(ended.number));
    case Ended::kDeadline:
      return "the census did not end before its deadline";
    case Ended::kStopped:
      return "the census was interrupted";
    default:
      return ended.text.empty() ? "the census ended early" : ended.text;
  }
}

// What the filter killed for in that part of a census, which a child that was killed cannot say any
// more; empty where it cannot be found out.
std::string FatalCall(const World& world, double slowdown, const std::function<void()>& part) {
  const std::optional<long> call = refusal::FindFatalCall(
      [&] {
        world.Enter();
        part();
      },
      Deadline(slowdown));
  return call ? CallName(*call) : "";
}

}  // namespace

const Finding* Census::Find(std::string_view feature) const {
  const auto at = std::find_if(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.probe->name == feature;
  });
  return at == findings.end() ? nullptr : &*at;
}

bool Census::Has(std::string_view feature) const {
  const Finding* found = Find(feature);
  return found != nullptr && IsSeen(*found);
}

Lack Census::Lacks(const std::vector<std::string_view>& needs) const {
  if (!failure.empty()) return {"", failure};
  for (const std::string_view need : needs) {
    const Finding* finding = Find(need);
    if (finding == nullptr) {
      return {std::string(need), fmt::format("needs {}, which was not probed", need)};
    }
    if (IsSeen(*finding)) continue;
    const std::string saw = finding->saw.empty() ? "" : fmt::format(" ({})", finding->saw);
    if (finding->availability == Availability::kPresent) {
      return {std::string(need), fmt::format("needs {}, which could not be tried here", need)};
    }
    return {std::string(need),
            fmt::format("needs {}, which is {} here{}", need, Word(finding->availability), saw)};
  }
  return {};
}

Census TakeCensus(const World& asked, double slowdown, const std::vector<const Probe*>& probes,
                  const CpuBudget& budget) {
  const World world = asked.OutsideTrials();
  const CpuBudget left = budget.ForChild();
  Census census{world.name, "", {}};
  const Ended ended = Isolate(
      Isolation::kChild, Deadline(slowdown),
      [&](const FrameWriter& up) {
        const refusal::Outside outside(world.view, world.confines());
        world.Enter();
        for (const Finding& finding : refusal::ProbeAll(slowdown, probes, left)) {
          SendValues(up, kFinding, finding);
        }
      },
      [&](const Frame& frame) {
        if (frame.kind == kFinding) census.findings.push_back(ValueOf<Finding>(frame));
      });
  census.failure = Failure(ended);
  if (ended.how == Ended::kSignalled && ended.number == SIGSYS) {
    const std::string call =
        FatalCall(world, slowdown, [&] { refusal::ProbeAll(slowdown, probes); });
    if (!call.empty()) census.failure += " in " + call;
  }
  const bool came_about = census.failure.empty();
  CompleteCensus(census, world, slowdown, probes, budget);
  if (came_about && !census.failure.empty() && world.filters()) {
    // The child of an attempt begins so, and could come no further.
    const std::string call = FatalCall(world, slowdown, [] { sys::DieWithParent(getppid()); });
    if (!call.empty()) census.failure += "; what kills is SIGSYS in " + call;
  }
  return census;
}

void CompareCensuses(const std::vector<World>& worlds, std::vector<Census>& censuses) {
  const auto native = std::ranges::find_if(worlds, [](const World& world) {
    return !world.pretends() && !world.confines() && !world.view;
  });
  if (native == worlds.end()) return;
  const std::size_t at = static_cast<std::size_t>(native - worlds.begin());
  for (std::size_t i = 0; i < censuses.size(); ++i) {
    if (i == at || worlds[i].fault.kind != Fault::kNone) continue;
    refusal::CompareWithNative(censuses[at].findings, censuses[i].findings);
  }
}

}  // namespace pidproof::runner
