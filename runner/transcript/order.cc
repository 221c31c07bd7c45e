#include "runner/transcript/order.h"

#include <sys/syscall.h>

#include <algorithm>
#include <map>

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

void Order(Script& script) {
  struct Moment {
    Step* step;
    bool begins;
  };
  std::map<std::size_t, Moment> moments;
  for (Step& step : script.steps) {
    moments[step.call->began] = {&step, true};
    if (step.call->returned) moments[step.call->ended] = {&step, false};
  }
  std::size_t turn = 0;
  const Step* just_began = nullptr;
  for (auto& [at, moment] : moments) {
    Step& step = *moment.step;
    if (moment.begins) {
      step.turn = turn++;
      just_began = &step;
    } else if (just_began != &step) {
      step.turn_back = turn++;
    }
    if (!moment.begins) just_began = nullptr;
  }
  script.turns = turn;
}

}  // namespace pidproof::runner::transcript
