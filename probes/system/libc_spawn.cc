#include "probes/system/libc_spawn.h"

#if __GLIBC_PREREQ(2, 39)
#include <sys/pidfd.h>
#else
#include <dlfcn.h>
#endif

namespace pidproof {

#if __GLIBC_PREREQ(2, 39)

// A static program has what it was linked with, and looking it up finds nothing.
LibcSpawn FindLibcSpawn() {
  return {pidfd_spawn, pidfd_spawnp, pidfd_getpid, posix_spawnattr_setcgroup_np};
}

#else

namespace {

template <typename Function>
void Find(Function& function, const char* name) {
  function = reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
}

}  // namespace

LibcSpawn FindLibcSpawn() {
  LibcSpawn found;
  Find(found.spawn, "pidfd_spawn");
  Find(found.spawnp, "pidfd_spawnp");
  Find(found.getpid, "pidfd_getpid");
  Find(found.set_cgroup, "posix_spawnattr_setcgroup_np");
  return found;
}

#endif

}  // namespace pidproof
