#include <errno.h>
#include <fmt/format.h>
#include <gnu/libc-version.h>
#include <spawn.h>

#include "probes/probe.h"
#include "probes/system/sys.h"

namespace pidproof::features::pidfd_spawn {
namespace {

#if __GLIBC_PREREQ(2, 39)
// glibc first checks for waitid(P_PIDFD) and returns ENOSYS without it; the program does not exist,
// so no process is left.
Answer SpawnNothing() {
  int pidfd = -1;
  char* const none[] = {nullptr};
  const int error = pidfd_spawn(&pidfd, "/nonexistent/program", nullptr, nullptr, none, none);
  return {error, fmt::format("glibc {}", gnu_get_libc_version())};
}
#else
Answer SpawnNothing() {
  return {ENOSYS,
          fmt::format("this build has glibc {}, which has no pidfd_spawn; 2.39 does",
                      gnu_get_libc_version()),
          "libc", "a build with glibc 2.39 or later"};
}
#endif

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
