#include "scenarios/props/life.h"

namespace pidproof {

void Bring(Child& child, Life life) {
  if (life == Life::kAlive) return;
  child.Kill();
  child.AwaitZombie();
  if (life == Life::kDead) child.Reap();
}

}  // namespace pidproof
