// A process of its own with a crowd, for waits that name no child cost more the more children their
// process has.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "probes/system/child.h"
#include "probes/system/fd.h"
#include "scenarios/watch/load.h"

namespace pidproof::scenarios::watch {

class Stage {
 public:
  // Forks it. It dies with this process, and its children die with it. They take the PIDs of the
  // arena's slots from first_slot on: kSpareSlots more than there are children.
  Stage(Arena& arena, std::size_t children, pid_t first_slot = 0);
  // For those that die beside the others.
  static constexpr std::size_t kSpareSlots = 32;

  struct Answer {
    std::optional<Figures> figures;
    std::string reason;   // why there are none: "needs ...", or what broke
    bool broken = false;  // the stage is of no further use
  };
  Answer Measure(const Order& order);

 private:
  Fd socket_;
  std::optional<Child> process_;
};

}  // namespace pidproof::scenarios::watch
