#include "probes/probe_target.h"

#include <errno.h>

#include <chrono>
#include <utility>

#include "probes/system/isolate.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof {

namespace {

Result<ProbeTarget> ByOpening(Child::Body body) {
  Child child = Require(Child::Make(body));
  Result<Fd> opened = sys::PidfdOpen(child.pid(), 0);
  if (!opened.ok()) return Result<ProbeTarget>::Errno(opened.error());
  return ProbeTarget(std::move(child), std::move(*opened), "");
}

Result<ProbeTarget> SpawnWithPidfd(Child::Body body, SpawnOptions::How how, const char* via) {
  Result<Child> child = Child::Make(body, {.how = how});
  if (!child.ok()) return Result<ProbeTarget>::Errno(child.error());
  Fd pidfd = std::move(child->pidfd());
  // Before 5.2 clone(2) ignores the flag and leaves no descriptor.
  if (!pidfd) return Result<ProbeTarget>::Errno(ENOSYS);
  return ProbeTarget(std::move(*child), std::move(pidfd), via);
}

Result<ProbeTarget> ByClone(Child::Body body) {
  return SpawnWithPidfd(body, SpawnOptions::kClone, "the pidfd came from clone(2)");
}

Result<ProbeTarget> ByClone3(Child::Body body) {
  return SpawnWithPidfd(body, SpawnOptions::kClone3, "the pidfd came from clone3(2)");
}

using Way = Result<ProbeTarget> (*)(Child::Body);

// A filter may answer a call with SIGSYS, or kill: so each way is first tried in a child.
bool Works(Way way) {
  constexpr std::chrono::seconds kDeadline{5};
  const Ended ended = Isolate(
      Isolation::kChild, kDeadline,
      [way](const FrameWriter&) {
        if (!way(body::AtGate).ok()) throw Broken("refused");
      },
      [](const Frame&) {});
  return ended.how == Ended::kReturned;
}

Way FirstThatWorks() {
  for (const Way way : {ByOpening, ByClone, ByClone3}) {
    if (Works(way)) return way;
  }
  return nullptr;
}

// Found out once; forks of this process inherit the result.
Way UsualWay() {
  static const Way way = FirstThatWorks();
  return way;
}

}  // namespace

void EndAtGate(Child& child) {
  if (child.pid() == 0) return;
  try {
    child.Open();
    child.Reap();
  } catch (const Broken&) {
    child.Disown();  // it cannot be waited for
  }
}

ProbeTarget::ProbeTarget(Child child_made, Fd pidfd_of_it, std::string how)
    : child(std::move(child_made)), pidfd(std::move(pidfd_of_it)), via(std::move(how)) {}

ProbeTarget::~ProbeTarget() { EndAtGate(child); }

void ProbeTarget::Prepare() { UsualWay(); }

ProbeTarget ProbeTarget::Make(Child::Body body) {
  if (UsualWay() == nullptr) throw Broken("no call here gives a pidfd");
  return Require(UsualWay()(body));
}

}  // namespace pidproof
