// Loads: how children die while a strategy watches them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "probes/system/codec.h"
#include "scenarios/watch/crowd.h"
#include "scenarios/watch/placement.h"
#include "scenarios/watch/strategy.h"

namespace pidproof::scenarios::watch {

enum class Load {
  kClosed,  // one child dies at a time, then a new one takes its place
  kOpen,    // one more child dies each millisecond, whatever the supervisor does
  kMixed,   // short-lived children come and go, four at a time, beside those that live
  kBurst,   // many die at once
};
inline constexpr Load kLoads[] = {Load::kClosed, Load::kOpen, Load::kMixed, Load::kBurst};
std::string_view Word(Load load);

struct Figures {
  // From the exit to the status in hand. The exit is when the child itself took the clock; with
  // kOpen and kBurst it is when it was due, so that a late supervisor delays no death.
  std::vector<std::int64_t> latencies_ns;
  // Of the supervisor, for all events: to wait; with kMixed also to begin to watch.
  std::int64_t cpu_ns = 0;
  std::uint64_t calls = 0;
  // What the strategy keeps, shared out among the children: bytes of its own memory, without what
  // the kernel keeps for it, or none where /proc cannot tell; and descriptors.
  std::optional<double> memory;
  double descriptors = 0;
};
void Fields(auto& codec, Like<Figures> auto& figures) {
  auto& [latencies_ns, cpu_ns, calls, memory, descriptors] = figures;
  codec(latencies_ns, cpu_ns, calls, memory, descriptors);
}
constexpr Load LastOf(Load) { return Load::kBurst; }

// What is measured.
struct Order {
  const Strategy* strategy = nullptr;
  Load load = Load::kClosed;
  Placement placement = Placement::kAny;
  std::size_t events = 0;  // how many children die
};
void Fields(auto& codec, Like<Order> auto& order) {
  auto& [strategy, load, placement, events] = order;
  codec(ByName{strategy}, load, placement, events);
}

// Watches the crowd so, and leaves as many living children as there were. With kBurst at most all
// children die; with kOpen the ones that die are further ones. Throws Unsupported where this is not
// possible here, before any child has died, and Broken, after which the crowd is of no use.
Figures Measure(const Order& order, Crowd& crowd, std::mt19937& random);

}  // namespace pidproof::scenarios::watch
