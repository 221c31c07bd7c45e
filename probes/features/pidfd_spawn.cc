#include <errno.h>
#include <fmt/format.h>
#include <gnu/libc-version.h>

#include "probes/probe.h"
#include "probes/system/libc_spawn.h"
#include "probes/system/sys.h"

namespace pidproof::features::pidfd_spawn {
namespace {

// glibc first checks for waitid(P_PIDFD) and returns ENOSYS without it; the program does not exist,
// so no process is left.
Answer SpawnNothing() {
  const LibcSpawn libc = FindLibcSpawn();
  if (libc.spawn == nullptr) {
    return {
        ENOSYS,
        fmt::format("this program's glibc {} has no pidfd_spawn; 2.39 has", gnu_get_libc_version()),
        "libc", "the dynamically linked program (pidproof-dynamic), with glibc 2.39 or later"};
  }
  int pidfd = -1;
  char* const none[] = {nullptr};
  const int error = libc.spawn(&pidfd, "/nonexistent/program", nullptr, nullptr, none, none);
  return {error, fmt::format("glibc {}", gnu_get_libc_version())};
}

const Registered<Probe> kPidfdSpawn{{
    .name = "pidfd_spawn",
    .since = {5, 4},
    .what = "pidfd_spawn(3) of glibc 2.39: posix_spawn that returns a pidfd",
    .tries = "pidfd_spawn of a program that is not there",
    .source = "glibc manual, pidfd_spawn; glibc sysdeps/unix/sysv/linux/clone-pidfd-support.c",
    .libc = {"pidfd_spawn", {2, 39}},
    .calls = {},
    .attempt = SpawnNothing,
    .present = {ENOENT},
    .absent = {ENOSYS},
    .makes = {{SYS_waitid, {abi::kIdPidfd}}},
}};

}  // namespace
}  // namespace pidproof::features::pidfd_spawn
