// On which processors children die.
#pragma once

#include <sched.h>
#include <sys/types.h>

#include <string_view>

namespace pidproof::scenarios::watch {

// Where children die, as the supervisor sees it.
enum class Placement {
  kAny,     // where the scheduler lets them run
  kSame,    // the supervisor and they have one processor
  kAcross,  // the supervisor has one processor, and they another
};
constexpr Placement LastOf(Placement) { return Placement::kAcross; }
std::string_view Word(Placement placement);

// The processors of the calling thread, and of those that it makes, while this lives; and of the
// children that die. Throws Unsupported where there are too few, or where they may not be chosen.
class Processors {
 public:
  explicit Processors(Placement placement);
  ~Processors();
  Processors(const Processors&) = delete;

  // Where that child runs from now on. One that is made runs where its maker does.
  void Place(pid_t child) const;

 private:
  cpu_set_t before_;
  cpu_set_t of_children_;
};

}  // namespace pidproof::scenarios::watch
