#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "probes/refusal/restriction.h"
#include "probes/system/isolate.h"
#include "probes/worlds/world.h"
#include "runner/judge.h"

namespace pidproof {

// Whether the surroundings may be what went wrong.
bool IsBad(Verdict verdict);

// What restricts the stages of a run in a world. To find out takes some processes: it is left until
// a verdict is bad, so that a run in which all is well does not pay for it.
class Restrictions {
 public:
  // deadline: for the finding out.
  Restrictions(const World& world, Isolation isolation, std::chrono::milliseconds deadline)
      : world_(world), isolation_(isolation), deadline_(deadline) {}

  // Finds out the first time. To be called where this process has one thread.
  const std::vector<Restriction>& Find();
  // What has been found out so far.
  std::vector<Restriction> Known() const { return found_.value_or(std::vector<Restriction>{}); }

 private:
  const World& world_;
  Isolation isolation_;
  std::chrono::milliseconds deadline_;
  std::optional<std::vector<Restriction>> found_;
};

// What a judgement is worth on a stage with these restrictions. Pure. A bad verdict that one of
// them may be the cause of, in this column or in its control, convicts nobody: it turns into
// "unsupported", with the name of the restriction. Without restrictions nothing changes, save that
// a stage for which there was no memory, descriptor or space is one that the machine cannot offer.
Judgment UnderRestrictions(Judgment judgement, const Scenario& scenario, Path path,
                           const CellRun& own, const CellRun& other,
                           const std::vector<Restriction>& restrictions);

}  // namespace pidproof
