// Older kernels, as far as a filter can pretend: it sees numbers and plain arguments, not what a
// pointer or a descriptor refers to.
#include <errno.h>
#include <fmt/format.h>

#include <iterator>

#include "probes/worlds/world.h"

namespace pidproof {
namespace {

// What came with a release, and how an older kernel answers. Of two matching rows the earlier
// decides.
struct Novelty {
  Release since;
  Refusal before;
};

constexpr Novelty kNovelties[] = {
    {{5, 1}, {"pidfd_send_signal", ENOSYS}},
    {{5, 2}, {"clone", EINVAL}},  // such a kernel ignores the flag; the caller gets no pidfd
    {{5, 3}, {"pidfd_open", ENOSYS}},
    {{5, 3}, {"clone3", ENOSYS}},
    {{5, 4}, {"waitid", EINVAL}},
    {{5, 6}, {"pidfd_getfd", ENOSYS}},
    {{5, 10}, {"process_madvise", ENOSYS}},
    {{5, 10}, {"pidfd_open/nonblock", EINVAL}},
    {{5, 15}, {"process_mrelease", ENOSYS}},
    {{5, 15}, {"fanotify_init", EINVAL}},
    {{6, 5}, {"getsockopt", ENOPROTOOPT}},
    {{6, 5}, {"getsockopt/passpidfd", ENOPROTOOPT}},
    {{6, 5}, {"setsockopt", ENOPROTOOPT}},
    {{6, 9}, {"pidfd_open/thread", EINVAL}},
    {{6, 9}, {"clone/thread", EINVAL}},
    {{6, 9}, {"pidfd_send_signal/flags", EINVAL}},
    {{6, 11}, {"ioctl", ENOTTY}},
    {{6, 13}, {"fanotify_init/fd_error", EINVAL}},
    {{6, 13}, {"ioctl/get_info", EINVAL}},
    {{6, 15}, {"pidfd_send_signal/self", EBADF}},
    {{6, 15}, {"process_madvise/self", EBADF}},
    {{6, 15}, {"process_mrelease/self", EBADF}},
    {{6, 17}, {"pidfd_send_signal/self_group", EBADF}},
    {{6, 17}, {"process_madvise/self_group", EBADF}},
    {{6, 17}, {"process_mrelease/self_group", EBADF}},
    {{6, 17}, {"open_by_handle_at/pidfs_root", EBADF}},
};

// What came with a release and cannot be distinguished from the call's other uses.
struct Remainder {
  Release since;
  std::string_view what;
};

constexpr Remainder kRemainders[] = {
    {{5, 2}, "fdinfo"},
    {{5, 3}, "poll on a pidfd"},
    {{5, 5}, "clone3(set_tid)"},
    {{5, 7}, "clone3(cgroup)"},
    {{5, 8}, "setns with a pidfd"},
    {{5, 12}, "process_madvise's lighter rights"},
    {{6, 7}, "io_uring's waitid"},
    {{6, 9}, "pidfs and POLLHUP"},
    {{6, 14}, "file handles of pidfds"},
    {{6, 14}, "pid_max per namespace"},
    {{6, 15}, "PIDFD_INFO_EXIT"},
    {{6, 16}, "the core dump bits of PIDFD_GET_INFO"},
    {{6, 17}, "extended attributes"},
    {{6, 19}, "PIDFD_INFO_SUPPORTED_MASK"},
    {{7, 1}, "clone3's flags of 7.1"},
    {{7, 2}, "pidfds of threads from fanotify"},
};

std::string WhatRemains(Release age) {
  std::string remains;
  for (const Remainder& row : kRemainders) {
    if (row.since <= age) continue;
    remains += fmt::format("{}{} ({})", remains.empty() ? "" : ", ", row.what, row.since.Text());
  }
  return remains;
}

World Before(Release age) {
  World world;
  world.name = fmt::format("linux-{}", age.Text());
  for (const Novelty& novelty : kNovelties) {
    if (novelty.since > age) world.refusals.push_back(novelty.before);
  }
  world.what = fmt::format("refuses what came after Linux {}; no filter can take back: {}",
                           age.Text(), WhatRemains(age));
  return world;
}

const Registered<World> k50{Before({5, 0})};
const Registered<World> k51{Before({5, 1})};
const Registered<World> k52{Before({5, 2})};
const Registered<World> k53{Before({5, 3})};
const Registered<World> k54{Before({5, 4})};
const Registered<World> k55{Before({5, 5})};
const Registered<World> k56{Before({5, 6})};
const Registered<World> k58{Before({5, 8})};
const Registered<World> k510{Before({5, 10})};
const Registered<World> k512{Before({5, 12})};
const Registered<World> k515{Before({5, 15})};
const Registered<World> k61{Before({6, 1})};
const Registered<World> k65{Before({6, 5})};
const Registered<World> k66{Before({6, 6})};
const Registered<World> k68{Before({6, 8})};
const Registered<World> k610{Before({6, 10})};
const Registered<World> k612{Before({6, 12})};
const Registered<World> k614{Before({6, 14})};
const Registered<World> k616{Before({6, 16})};

}  // namespace
}  // namespace pidproof
