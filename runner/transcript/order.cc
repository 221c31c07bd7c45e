#include "runner/transcript/order.h"

#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <ranges>

namespace pidproof::runner::transcript {

// An actor that asks the same again waits for a state: the last answer counts.
void Collapse(Script& script) {
  std::vector<Step> kept;
  std::map<std::size_t, std::size_t> last;  // of each actor
  for (Step& step : script.steps) {
    const auto before = last.find(step.actor);
    if (before != last.end()) {
      Step& other = kept[before->second];
      const bool same = other.call->number == step.call->number && !other.makes && !step.makes &&
                        step.made == 0 && other.made == 0 && other.call->returned &&
                        step.call->returned && step.memory.empty() && other.memory.empty() &&
                        std::ranges::equal(other.arguments, step.arguments, {}, &Argument::text,
                                           &Argument::text) &&
                        step.call->number != SYS_read && step.call->number != SYS_write;
      if (same) {
        step.repeated = other.repeated + 1;
        other.repeated = 0;
      }
    }
    last[step.actor] = kept.size();
    kept.push_back(std::move(step));
  }
  std::erase_if(kept, [](const Step& step) { return step.repeated == 0; });
  script.steps = std::move(kept);
}

namespace {

bool AsksAtOnce(const Call& call) {
  const auto is_zero = [&](std::size_t argument) {
    return static_cast<int>(call.arguments[argument]) == 0;
  };
  if (call.number == SYS_waitid) return (call.arguments[3] & WNOHANG) != 0;
  if (call.number == SYS_wait4) return (call.arguments[2] & WNOHANG) != 0;
  if (call.number == SYS_epoll_pwait) return is_zero(3);
#ifdef SYS_poll
  if (call.number == SYS_poll) return is_zero(2);
  if (call.number == SYS_epoll_wait) return is_zero(3);
#endif
  return false;
}

// Whether another actor's call can be what it waits for.
bool MayWait(const Step& step) {
  if (AsksAtOnce(*step.call)) return false;
  constexpr long kWaiting[] = {
      SYS_read,          SYS_readv,       SYS_write,           SYS_ppoll,
      SYS_pselect6,      SYS_waitid,      SYS_wait4,           SYS_rt_sigtimedwait,
      SYS_rt_sigsuspend, SYS_epoll_pwait, SYS_epoll_pwait2,    SYS_accept,
      SYS_accept4,       SYS_connect,     SYS_recvfrom,        SYS_recvmsg,
      SYS_sendto,        SYS_sendmsg,     SYS_flock,           SYS_fcntl,
      SYS_nanosleep,     SYS_execve,      SYS_execveat,        SYS_clone,
      SYS_clone3,        SYS_futex,       SYS_clock_nanosleep,
#ifdef SYS_fork
      SYS_vfork,         SYS_poll,        SYS_select,          SYS_epoll_wait,
      SYS_pause,
#endif
  };
  return std::ranges::find(kWaiting, step.call->number) != std::end(kWaiting);
}

// It may end or stop an actor that is in a call of its own.
bool Signals(const Step& step) {
  constexpr long kSignals[] = {SYS_kill,
                               SYS_tkill,
                               SYS_tgkill,
                               SYS_rt_sigqueueinfo,
                               SYS_rt_tgsigqueueinfo,
                               SYS_pidfd_send_signal};
  return std::ranges::find(kSignals, step.call->number) != std::end(kSignals);
}

// What it stops may make a call that it has begun, until its sender goes on.
bool Stops(const Step& step) {
  return std::ranges::find(step.arguments, "SIGSTOP", &Argument::text) != step.arguments.end();
}

// A signal ends its target only once the call that it is in returns: the moment at which the target
// began its last one; or 0.
std::size_t LastOfTarget(const Script& script, const Step& step, const std::vector<Actor>& actors) {
  for (std::size_t i = 1; i < actors.size(); ++i) {
    const bool is_target = std::ranges::find(step.arguments, script.actors[i], &Argument::text) !=
                           step.arguments.end();
    if (!is_target || actors[i].ended == 0) continue;
    const auto of_target = [&](const Step& other) { return other.actor == i; };
    const auto last = std::find_if(script.steps.rbegin(), script.steps.rend(), of_target);
    if (last != script.steps.rend() && !MayWait(*last)) return last->call->began;
  }
  return 0;
}

// Whether its maker returns only once this has ended, as vfork(2) does. Its end may be seen later
// still.
bool MakerWaitsFor(const Script& script, const Step& step) {
  const auto maker = std::ranges::find(script.steps, step.actor, &Step::made);
  return step.actor != 0 && maker != script.steps.end() && maker->call->returned &&
         maker->call->ended > step.call->began;
}

}  // namespace

void Order(Script& script, const std::vector<Actor>& actors) {
  struct Moment {
    Step* step;
    bool begins;
  };
  std::map<std::size_t, Moment> moments;
  std::map<std::size_t, std::size_t> next_of;  // the moment of each actor's next step
  for (Step& step : script.steps | std::views::reverse) {
    // Between two moments there is room for one more.
    const bool signals = step.call->returned && Signals(step);
    const bool at_end = signals || (step.call->returned && AsksAtOnce(*step.call));
    std::size_t begins = 2 * (at_end ? step.call->ended : step.call->began);
    const bool exits = step.call->number == SYS_exit_group && actors[step.actor].ended != 0;
    if (exits && !MakerWaitsFor(script, step)) begins = 2 * actors[step.actor].ended;
    const std::size_t next = next_of[step.actor];
    const std::size_t last = signals ? 2 * LastOfTarget(script, step, actors) : 0;
    if (signals && Stops(step)) begins = std::max(begins, next) - 1;
    if (begins < last && last < next) begins = last + 1;
    moments[begins] = {&step, true};
    if (step.call->returned && MayWait(step)) moments[2 * step.call->ended] = {&step, false};
    next_of[step.actor] = begins;
  }
  std::size_t turn = 0;
  const Step* just_began = nullptr;
  for (auto& [at, moment] : moments) {
    Step& step = *moment.step;
    // A call that does not return is made at any time from then on: its actor may be ended before.
    if (!step.call->returned) {
      step.turn = turn;
    } else if (moment.begins) {
      step.turn = turn++;
    } else if (just_began != &step) {
      step.turn_back = turn++;
    }
    just_began = moment.begins ? &step : nullptr;
  }
  script.turns = turn;
  for (std::size_t i = 1; i < actors.size(); ++i) {
    const auto next = std::ranges::find_if(moments, [&](const auto& moment) {
      const Step& step = *moment.second.step;
      return moment.second.begins && moment.first > 2 * actors[i].ended && step.actor != i;
    });
    if (actors[i].ended != 0 && next != moments.end()) next->second.step->after.push_back(i);
  }
}

}  // namespace pidproof::runner::transcript
