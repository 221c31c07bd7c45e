#include "scenarios/props/group.h"

#include <unistd.h>

#include "probes/require.h"

namespace pidproof {

Group Group::Make(Arena& arena) {
  Group group{arena.Spawn(body::Lingers), arena.Spawn(body::Lingers)};
  for (const Child* child : {&group.leader, &group.member}) {
    Require(setpgid(child->pid(), group.leader.pid()) == 0);
  }
  return group;
}

}  // namespace pidproof
