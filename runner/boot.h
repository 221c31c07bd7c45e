#pragma once

#include <functional>
#include <string>
#include <vector>

namespace pidproof::runner {

// Whether this process is the /init of an initial ramdisk: the first of the machine, and called so.
bool IsInit(const char* name);

// As init: mounts /proc, /sys, /dev and /tmp, runs job in a child so that it is not init itself,
// reaps until it has ended, and powers the machine off. What cannot be mounted is done without.
[[noreturn]] void BootAndRun(const std::function<int()>& job);

// As init: mounts version 2 of cgroups with all its controllers, and the version 1 freezer. Those
// that could be mounted.
std::vector<std::string> MountCgroups();

}  // namespace pidproof::runner
