#pragma once

#include "probes/system/result.h"
#include "probes/system/sys.h"

namespace pidproof::sys {

// unshare(2). EPERM where a seccomp filter answers 0 in the kernel's place: the caller would go on
// to mount, or to set a host name, in namespaces that are not its own.
Status Unshare(int flags);

}  // namespace pidproof::sys
