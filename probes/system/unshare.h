#pragma once

#include "probes/system/result.h"
#include "probes/system/sys.h"

namespace pidproof::sys {

// unshare(2); where flags that do not exist are ignored (gVisor), a new UTS namespace comes with
// it. EPERM where a seccomp filter answers 0 in the kernel's place: the caller would go on to
// mount, or to set a host name, in namespaces that are not its own.
Status Unshare(int flags);

}  // namespace pidproof::sys
