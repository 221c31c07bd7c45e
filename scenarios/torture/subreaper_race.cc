// A process sets and clears its own subreaper flag all the time. When its parent becomes a
// subreaper, the kernel sets a flag of all descendants, a bit-field in the same byte: of two
// updates at once one is lost. Orphans then bypass their subreaper.
#include <linux/futex.h>
#include <sys/prctl.h>

#include <atomic>
#include <cerrno>

#include "probes/system/require.h"
#include "probes/system/yield_until.h"
#include "scenarios/arena/scripted_child.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::subreaper_race {
namespace {

// Sets the flag, reads it, clears it, reads it, and so on; stops where it does not read what it
// last set.
class Toggler {
 public:
  explicit Toggler(Arena& arena) : arena_(arena) {
    Lead(set_, 1, clear_.set, set_lost_);
    Lead(clear_, 0, tick_, clear_lost_);
    tick_.Set(SYS_prctl, {PR_GET_CHILD_SUBREAPER, reinterpret_cast<long>(&ticked_)}, set_.set);
    for (Step* lost : {&set_lost_, &clear_lost_}) lost->Set(SYS_getpid, {}, stops_);
    stops_.Repeat(SYS_ppoll, {});
  }

  void Spawn() {
    for (Step* lost : {&set_lost_, &clear_lost_}) lost->answer = 0;
    child_ = SpawnScripted(arena_, set_.set, {.with_pidfd = true});
  }
  void End() { arena_.End(child_); }
  // Returns once it has gone all round, or has stopped.
  void AwaitRound() {
    constexpr int kBegunAndWhole = 2;
    for (int i = 0; i < kBegunAndWhole; ++i) {
      ticked_ = kNotYet;
      YieldUntil([&] { return ticked_ != kNotYet || HasStopped(); });
    }
  }
  Outcome Kept() const {
    for (const Word* word : {&set_, &clear_}) {
      const long differs = word->compare.answer;
      if (differs != 0 && differs != -EAGAIN)
        throw Unsupported("futex(2) does not compare the value here");
    }
    return set_lost_.answer != 0 ? "set_lost" : clear_lost_.answer != 0 ? "clear_lost" : "kept";
  }

 private:
  struct Word {
    Step set;
    Step ask;
    Step compare;
  };

  // futex(2) compares values for a script, which cannot by itself: 0 when equal, else EAGAIN.
  void Lead(Word& word, long value, Step& next, Step& lost) {
    const long flag = reinterpret_cast<long>(&flag_);
    word.set.Set(SYS_prctl, {PR_SET_CHILD_SUBREAPER, value}, word.ask);
    word.ask.Set(SYS_prctl, {PR_GET_CHILD_SUBREAPER, flag}, word.compare);
    word.compare.Set(SYS_futex, {flag, FUTEX_CMP_REQUEUE_PRIVATE, 0, 0, flag, value}, next);
    word.compare.failed = &lost;
  }
  bool HasStopped() const { return set_lost_.answer != 0 || clear_lost_.answer != 0; }

  static constexpr int kNotYet = -1;

  Arena& arena_;
  Word set_;
  Word clear_;
  Step tick_;
  Step set_lost_;
  Step clear_lost_;
  Step stops_;
  int flag_ = 0;
  std::atomic<int> ticked_ = 0;
  Arena::Stub child_;
};

// Placement is left to the scheduler: with the two kept apart an update is lost ten times more
// seldom, since the child's memory then stays in its processor's cache (measured on 6.18.44).
void Toggle(Arena& arena, Path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  trials.OpenedBy("the child sets it continuously");
  Toggler child(arena);
  while (trials.Next()) {
    // A child of a subreaper starts with the flag set, and nothing would be written.
    Require(prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0) == 0);
    child.Spawn();
    child.AwaitRound();
    Require(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
    child.AwaitRound();
    const Outcome saw = child.Kept();
    child.End();
    trials.Record(saw);
  }
}

Claim Lost(std::string_view outcome, std::string_view reason) {
  return Hazard(outcome, reason, "kernel/sys.c propagate_has_child_subreaper")
      .Until(eras::kSubreaperFlagsApart)
      .Bug("subreaper-flag-lost");
}

const Registered<Torture> kFlag{{
    .name = "reparent_race/subreaper_flag",
    .question = "Does a process become a subreaper when it sets the flag as its parent does?",
    .pidfd = {.needs = {"clone3/pidfd"},
              .claims = {Must("kept", "the flag that a process has set is kept",
                              "PR_SET_CHILD_SUBREAPER(2const)"),
                         Lost("set_lost", "the flag was set and lost: orphans bypass the process"),
                         Lost("clear_lost",
                              "the flag was cleared, but the process still gets orphans")}},
    .legacy = NotPossible("the call takes neither a pidfd nor a PID: the race is the same by PID"),
    .no_control = "the call takes neither a pidfd nor a PID",
    .loop = Toggle,
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::subreaper_race
