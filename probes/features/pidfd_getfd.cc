#include <errno.h>

#include "probes/probe.h"
#include "probes/sys.h"

namespace pidproof {
namespace {

// A closed pidfd is noticed before any permission is asked for.
const Registered<Probe> kGetfd{{
    .name = "pidfd_getfd",
    .since = {5, 6},
    .what = "pidfd_getfd(2) duplicates a descriptor of another process",
    .tries = "pidfd_getfd(-1, -1)",
    .source = "pidfd_getfd(2)",
    .calls = {"pidfd_getfd"},
    .attempt = []() -> Answer { return sys::PidfdGetfd(-1, -1, 0); },
    .present = {EBADF},
    .absent = {ENOSYS},
}};

}  // namespace
}  // namespace pidproof
