// A child exits at the same moment as its parent, whose exit makes it the child of the next
// subreaper. Exactly one of the two parents gets its status; a handle that the second one has held
// all along reports the exit, whoever reaps.
#include <signal.h>
#include <sys/prctl.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "probes/system/require.h"
#include "scenarios/arena/scripted_child.h"
#include "scenarios/handle.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::reparent_race {
namespace {

constexpr pid_t kParentSlot = 0;
constexpr pid_t kChildSlot = 1;

// A parent that makes a child, and then waits for it, or for nothing.
class Family {
 public:
  enum class Parent { kWaits, kNeverWaits };

  Family(Arena& arena, Parent parent)
      : arena_(arena), clone_(arena, kChildSlot, Arena::kShareAll, SIGCHLD) {
    clone_.Lead(child_lives_, parent == Parent::kWaits ? parent_waits_ : parent_lives_,
                parent_lives_);
    child_lives_.Repeat(SYS_ppoll, {});
    parent_lives_.Repeat(SYS_ppoll, {});
    parent_waits_.Set(SYS_waitid, {P_ALL, 0, reinterpret_cast<long>(&got_), WEXITED, 0},
                      parent_lives_);
  }

  // Makes both anew: the parent's PID first, then the child's.
  pid_t Spawn() {
    got_ = {};
    clone_.Renew();
    parent_ = SpawnScripted(arena_, clone_.first(), {.slot = kParentSlot}).pid;
    return clone_.Await();
  }
  pid_t parent() const { return parent_; }
  // What the parent's wait returned, once the parent is reaped.
  const siginfo_t& got() const { return got_; }

 private:
  Arena& arena_;
  ScriptedClone clone_;
  Step child_lives_;
  Step parent_lives_;
  Step parent_waits_;
  siginfo_t got_{};
  pid_t parent_ = 0;
};

bool IsOf(const siginfo_t& status, pid_t pid) {
  return status.si_pid == pid && status.si_code == CLD_KILLED && status.si_status == SIGKILL;
}

void Reparent(Arena& arena, Path path, TrialLoop& trials, Family::Parent kind) {
  if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) {
    throw Unsupported("no process can become a subreaper here");
  }
  MeasureBaseline(arena, trials);
  Family family(arena, kind);
  pid_t child = 0;
  std::optional<Handle> handle;
  auto early = Result<siginfo_t>::Errno(0);
  Race race(trials, {{"the parent ends",
                      [&]() -> CallResult {
                        Require(sys::Kill(family.parent(), SIGKILL));
                        return Require(sys::Waitid(P_PID, family.parent(), WEXITED)).si_status;
                      }},
                     {"the child ends and the subreaper waits for it", [&]() -> CallResult {
                        // Only its parent or this process can reap it, and it lives.
                        Require(sys::Kill(child, SIGKILL));
                        early = handle->Wait(WEXITED | WNOHANG);
                        return early;
                      }}});
  while (trials.Next()) {
    child = family.Spawn();
    handle.emplace(Require(Handle::ToPid(child, path)));
    race.Run();
    const bool in_time = early.ok() && early->si_pid != 0;
    // The child is ours by now, or was reaped before.
    const Result<siginfo_t> late = handle->Wait();
    static_cast<void>(sys::Waitid(P_PID, child, WEXITED));  // left by a fault
    const bool by_parent = family.got().si_pid != 0;
    const int times = in_time + late.ok() + by_parent;
    const Result<siginfo_t> status = by_parent ? family.got() : in_time ? early : late;
    Outcome saw = by_parent ? "by_parent" : "by_reaper";
    if (!late.ok() && late.error() != ECHILD) saw = Outcome::Of(late);
    if (times > 1) saw = "twice";
    if (times == 0) saw = "lost";
    if (times == 1 && !IsOf(*status, child)) saw = "wrong_status";
    if (!Require(handle->Ended())) saw = "not_reported";
    trials.Record(saw, race.window());
  }
}

std::vector<Claim> Claims(const std::vector<Claim>& also = {}) {
  std::vector<Claim> claims = {
      Must("by_reaper", "an orphan becomes the child of the nearest subreaper",
           "PR_SET_CHILD_SUBREAPER(2const), wait(2)"),
      Never("twice", "a status was handed out twice", "wait(2)"),
      Never("lost", "the status was lost",
            "kernel/exit.c forget_original_parent, wait_task_zombie"),
      Never("wrong_status", "not the status of the child", "wait(2)"),
      Never("not_reported", "the end was not reported", "pidfd_open(2), kill(2)")};
  claims.insert(claims.end(), also.begin(), also.end());
  return claims;
}

constexpr std::string_view kNotReissued = "a PID gives the same guarantee until it is reused";

const Registered<Torture> kOrphan{{
    .name = "reparent_race/orphan",
    .question = "Does the subreaper get the status of a child that ends together with its parent?",
    .claims = Claims(),
    .pidfd = {.needs = {"pidfd_open", "poll", "waitid/p_pidfd"}},
    .no_control = kNotReissued,
    .loop = [](Arena& arena, Path path,
               TrialLoop& trials) { Reparent(arena, path, trials, Family::Parent::kNeverWaits); },
    .pids = 2,
    .faults = {"status-lost", "status-wrong", "lost-wakeup"},
}};

const Registered<Torture> kTwoParents{{
    .name = "reparent_race/two_parents",
    .question =
        "Does exactly one parent get the status when a waiting parent is killed as its child ends?",
    .claims = Claims({May("by_parent", "the parent got the status before it ended", "wait(2)")}),
    .pidfd = {.needs = {"pidfd_open", "poll", "waitid/p_pidfd"}},
    .no_control = kNotReissued,
    .loop = [](Arena& arena, Path path,
               TrialLoop& trials) { Reparent(arena, path, trials, Family::Parent::kWaits); },
    .pids = 2,
    .faults = {"status-lost", "status-twice", "lost-wakeup"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::reparent_race
