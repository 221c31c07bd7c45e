#pragma once

#include "scenarios/arena.h"

namespace pidproof {

// A process group of two children that linger.
struct Group {
  static Group Make(Arena& arena);

  Child leader;
  Child member;
};

}  // namespace pidproof
