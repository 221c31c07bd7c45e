// The first calls of consumers, as their sources make them: the same calls, arguments and order.
// What each script names is the version that was read; ci/environments/check_replays traces that
// program and compares call by call.
#pragma once

#include <sys/resource.h>
#include <sys/wait.h>

#include <cstdint>
#include <string_view>

#include "probes/registry.h"
#include "probes/system/abi.h"
#include "probes/system/fd.h"
#include "probes/system/isolate.h"
#include "reports/ready/impact.h"

namespace pidproof::runner::ready {

using reports::ready::Impact;

// Names each call to the parent before it is made: a process that dies in a call has named it.
class Walk {
 public:
  static constexpr char kFeature = 'f';
  static constexpr char kImpact = 'i';

  explicit Walk(const FrameWriter& up) : up_(up) {}
  void Next(std::string_view feature) const;
  void End(Impact impact) const;

 private:
  const FrameWriter& up_;
};

// A `const Registered<Startup>` in a file startup_*.cc makes a consumer's calls.
struct Startup {
  std::string_view name;  // of the consumer, "go-1.24"
  void (*start)(const Walk& walk);
};

// What a call that should have made a child and its pidfd did. Unlike the originals' the child
// executes nothing, but exits.
struct Made {
  pid_t pid = 0;
  int error = 0;
  Fd pidfd;
};

// clone(2) with those flags, which include the exit signal. With own_stack the child is given one.
Made MadeByClone(std::uint64_t flags, bool own_stack);

// fork(2) of a child that ends at once; throws Broken where none can be made.
pid_t ForkExiting();

void ReapByPid(pid_t pid);

// waitid(P_PIDFD), again where a signal interrupts it; the errno, or 0. usage: nullptr for none.
int WaitThrough(int pidfd, int options, rusage* usage = nullptr);

// epoll_ctl(2) ADD of a pidfd to a new epoll instance.
class Watch {
 public:
  Watch();
  int Add(int pidfd, std::uint32_t events) const;  // the errno, or 0
  void Await() const;                              // until the pidfd is readable
  void Remove(int pidfd) const;

 private:
  Fd epoll_;
};

// Where glibc's pidfd_spawn of 2.43 leads: 0 and a pidfd, or the errno that it returns.
Made MadeByPidfdSpawn(const Walk& walk);

}  // namespace pidproof::runner::ready
