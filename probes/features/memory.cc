#include <errno.h>

#include "probes/probe.h"
#include "probes/system/sys.h"

namespace pidproof::features::memory {
namespace {

const Registered<Probe> kProcessMadvise{{
    .name = "process_madvise",
    .since = {5, 10},
    .what = "process_madvise(2) advises about another process's memory",
    .tries = "process_madvise(-1, no ranges, MADV_COLD)",
    .source = "process_madvise(2)",
    .libc = {"process_madvise", {2, 36}},
    .calls = {"process_madvise"},
    .attempt = []() -> Answer { return sys::ProcessMadvise(-1, {}, abi::kMadvCold, 0); },
    .present = {EBADF},
    .absent = {ENOSYS},
}};

const Registered<Probe> kProcessMrelease{{
    .name = "process_mrelease",
    .since = {5, 15},
    .what = "process_mrelease(2) frees the memory of a dying process",
    .tries = "process_mrelease(-1)",
    .source = "process_mrelease(2)",
    .libc = {"process_mrelease", {2, 36}},
    .calls = {"process_mrelease"},
    .attempt = []() -> Answer { return sys::ProcessMrelease(-1, 0); },
    .present = {EBADF},
    .absent = {ENOSYS},
}};

}  // namespace
}  // namespace pidproof::features::memory
