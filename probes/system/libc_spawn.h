#pragma once

#include <spawn.h>
#include <sys/types.h>

namespace pidproof {

// What glibc has for pidfds from 2.39 on, found at run time: a program that was linked with an
// older glibc has it where it runs with a newer one. nullptr: this program's glibc has none, as
// in a static program.
struct LibcSpawn {
  // pidfd_spawn and pidfd_spawnp: as posix_spawn and posix_spawnp, but a pidfd is stored.
  decltype(&posix_spawn) spawn = nullptr;
  decltype(&posix_spawnp) spawnp = nullptr;
  // pidfd_getpid: the PID, or -1 with errno EBADF (not a pidfd), EREMOTE (of another PID
  // namespace) or ESRCH (reaped).
  pid_t (*getpid)(int pidfd) = nullptr;
  // posix_spawnattr_setcgroup_np: the descriptor of the cgroup to start in, with the flag below.
  int (*set_cgroup)(posix_spawnattr_t* attributes, int cgroup) = nullptr;
};

inline constexpr short kSpawnSetCgroup = 0x100;  // POSIX_SPAWN_SETCGROUP

LibcSpawn FindLibcSpawn();

}  // namespace pidproof
