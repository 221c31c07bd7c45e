#include "scenarios/props/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <utility>

#include "probes/errno_name.h"
#include "probes/require.h"
#include "probes/sys.h"
#include "scenarios/props/proc.h"
#include "scenarios/props/report.h"

namespace pidproof {

namespace {

// What the child is handed by being forked. A trial has a process of its own.
Owner::Acquire acquire_in_child = nullptr;

int Owns(int gate) {
  const pid_t in_proc = proc::OwnNumber();
  const int made = acquire_in_child();
  const bool owned = made >= 0 && dup2(made, Owner::kOwned) == Owner::kOwned;
  report::Say(owned ? 0 : errno);
  report::Say(in_proc);
  return body::Lingers(gate);
}

rlim_t SetLimit(rlim_t most) {
  rlimit limit{};
  Require(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  const rlim_t before = std::exchange(limit.rlim_cur, most);
  Require(setrlimit(RLIMIT_NOFILE, &limit) == 0);
  return before;
}

}  // namespace

Owner Owner::Make(Arena& arena, Acquire acquire) {
  report::Open();
  acquire_in_child = acquire;
  Child child = arena.Spawn(Owns);
  const int error = report::HearInt();
  if (error != 0) {
    throw Unsupported(
        fmt::format("the child can own no such descriptor here: {}", ErrnoName(error)));
  }
  return {std::move(child), report::HearInt()};
}

Result<Fd> Owner::Fetch(int number) const {
  return sys::PidfdGetfd(Require(sys::PidfdOpen(child.pid(), 0)).get(), number, 0);
}

Result<Fd> Owner::Reopen(int number) const { return ReopenInProc(in_proc, number); }

Result<Fd> ReopenInProc(pid_t number, int descriptor) {
  if (number == 0) throw Unsupported("there is no /proc that knows the process");
  Fd opened(open(fmt::format("/proc/{}/fd/{}", number, descriptor).c_str(), O_RDWR | O_CLOEXEC));
  return opened ? Result<Fd>(std::move(opened)) : Result<Fd>::Errno(errno);
}

int LowestFree() {
  const Fd lowest(eventfd(0, EFD_CLOEXEC));
  Require(static_cast<bool>(lowest));
  return lowest.get();
}

FullTable::FullTable(int room) : before_(0) {
  before_ = SetLimit(static_cast<rlim_t>(LowestFree() + room));
}

FullTable::~FullTable() { SetLimit(before_); }

}  // namespace pidproof
