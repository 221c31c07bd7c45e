#include "probes/subject.h"

#include <errno.h>

#include <chrono>
#include <utility>

#include "probes/isolate.h"
#include "probes/require.h"
#include "probes/sys.h"

namespace pidproof {

namespace {

Result<Subject> ByOpening(Child::Body body) {
  Child child = Require(Child::Make(body));
  Result<Fd> opened = sys::PidfdOpen(child.pid(), 0);
  if (!opened.ok()) return Result<Subject>::Errno(opened.error());
  return Subject(std::move(child), std::move(*opened), "");
}

Result<Subject> ByBirth(Child::Body body, Birth::How how, const char* via) {
  Result<Child> child = Child::Make(body, {.how = how});
  if (!child.ok()) return Result<Subject>::Errno(child.error());
  Fd pidfd = std::move(child->pidfd());
  // Before 5.2 clone(2) ignores the flag and leaves no descriptor.
  if (!pidfd) return Result<Subject>::Errno(ENOSYS);
  return Subject(std::move(*child), std::move(pidfd), via);
}

Result<Subject> ByClone(Child::Body body) {
  return ByBirth(body, Birth::kClone, "the pidfd came from clone(2)");
}

Result<Subject> ByClone3(Child::Body body) {
  return ByBirth(body, Birth::kClone3, "the pidfd came from clone3(2)");
}

using Way = Result<Subject> (*)(Child::Body);

// A filter may answer a call with SIGSYS, or worse: so each way is first gone by a child that can
// be spared.
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

// Found out once; forks of this process inherit the answer.
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

Subject::Subject(Child child_made, Fd pidfd_of_it, std::string how)
    : child(std::move(child_made)), pidfd(std::move(pidfd_of_it)), via(std::move(how)) {}

Subject::~Subject() { EndAtGate(child); }

void Subject::Prepare() { UsualWay(); }

Subject Subject::Make(Child::Body body) {
  if (UsualWay() == nullptr) throw Broken("no call here gives a pidfd");
  return Require(UsualWay()(body));
}

}  // namespace pidproof
