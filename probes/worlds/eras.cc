// Kernels of an earlier age, as far as a filter can pretend: calls that did not exist answer
// ENOSYS, and waitid does not know the id type. Flags of calls that remain cannot be taken back.
#include <errno.h>

#include "probes/world.h"

namespace pidproof {
namespace {

const Registered<World> kPre54{{
    .name = "linux-5.3",
    .what = "before waitid(P_PIDFD): the id type is unknown, newer calls are missing",
    .refusals = {{"waitid", EINVAL},
                 {"pidfd_getfd", ENOSYS},
                 {"process_madvise", ENOSYS},
                 {"process_mrelease", ENOSYS},
                 {"getsockopt", ENOPROTOOPT},
                 {"setsockopt", ENOPROTOOPT}},
}};

}  // namespace
}  // namespace pidproof
