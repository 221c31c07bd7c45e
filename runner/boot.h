#pragma once

#include <functional>

namespace pidproof::runner {

// Whether this process is the /init of an initial ramdisk: the first of the machine, and called so.
bool IsInit(const char* name);

// As init: mounts /proc, /sys, /dev and /tmp, runs job in a child so that it is not init itself,
// reaps until it has ended, and powers the machine off. What cannot be mounted is done without.
[[noreturn]] void BootAndRun(const std::function<int()>& job);

}  // namespace pidproof::runner
