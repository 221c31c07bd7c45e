// CLONE_INTO_CGROUP that is refused, and what a clone that fails leaves where it would have stored
// its pidfd.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <sstream>
#include <string>

#include "probes/system/read_file.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/call_in_child.h"
#include "scenarios/fixtures/cgroup.h"
#include "scenarios/fixtures/fd_table.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::create_cgroup {
namespace {

const std::vector<std::string_view> kNeeds = {"clone3/pidfd", "clone3/into_cgroup"};

constexpr int kUntouched = -7;

// What a clone stored: the pidfd, or on the legacy path, by CLONE_PARENT_SETTID, the PID.
struct Attempt {
  Result<pid_t> made;
  int place;
};

abi::CloneArgs ArgsFor(Path path, int& place) {
  abi::CloneArgs args{.exit_signal = SIGCHLD};
  const auto address = reinterpret_cast<std::uint64_t>(&place);
  if (Handle::NeedsPidfdAtSpawn(path)) {
    args.flags = abi::kClonePidfd;
    args.pidfd = address;
  } else {
    args.flags = CLONE_PARENT_SETTID;
    args.parent_tid = address;
  }
  return args;
}

// Ends and reaps what a clone has made after all; the new process runs this too.
void EndIfMade(const Result<pid_t>& made) {
  if (made.ok() && *made == 0) _exit(0);
  if (made.ok()) Require(sys::Waitid(P_PID, *made, WEXITED | __WALL));
}

Attempt MakeInto(Path path, std::uint64_t cgroup, std::size_t size = abi::kCloneArgsSize57) {
  int place = kUntouched;
  abi::CloneArgs args = ArgsFor(path, place);
  args.flags |= abi::kCloneIntoCgroup;
  args.cgroup = cgroup;
  const Result<pid_t> made = tested::Clone3(args, size);
  EndIfMade(made);
  return {made, place};
}

// The errno of a clone into that cgroup, which is to fail and leave no descriptor.
Outcome Refusal(Path path, std::uint64_t cgroup, std::size_t size = abi::kCloneArgsSize57) {
  const FdLeakCheck leaks;
  const Attempt attempt = MakeInto(path, cgroup, size);
  if (attempt.made.ok()) return "made_child";
  return leaks.Holds() ? Outcome::Of(attempt.made.error()) : Outcome("left_descriptor");
}

// What the place holds once the clone has failed.
Outcome LeftBehind(const Attempt& attempt, int expected, const FdLeakCheck& leaks) {
  if (attempt.made.ok()) return "made_child";
  if (attempt.made.error() != expected) return Outcome::Of(attempt.made.error());
  if (!leaks.Holds()) return "left_descriptor";
  return attempt.place == kUntouched ? "nothing_stored" : "stale_number";
}

const Registered<Conformance> kBeyondStruct{{
    .name = "create/clone3_cgroup_beyond_struct",
    .question = "Does clone3 take CLONE_INTO_CGROUP with a struct too short to name the cgroup?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "the flag needs the field",
                    "kernel/fork.c copy_clone_args_from_user")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask =
        [](Arena&, Path path) {
          return SameForEach({abi::kCloneArgsSize53, abi::kCloneArgsSize55},
                             [&](std::size_t size) { return Refusal(path, 0, size); });
        },
}};

const Registered<Conformance> kTooLarge{{
    .name = "create/clone3_cgroup_no_descriptor",
    .question = "What is the error of CLONE_INTO_CGROUP for a value that no descriptor can have?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "the field has 64 bits, a descriptor is a positive int",
                    "kernel/fork.c copy_clone_args_from_user")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask =
        [](Arena&, Path path) {
          return SameForEach({std::uint64_t{1} << 31, std::uint64_t{1} << 32, ~std::uint64_t{0}},
                             [&](std::uint64_t cgroup) { return Refusal(path, cgroup); });
        },
}};

// The directory of a version 1 hierarchy. Throws Unsupported where none is mounted.
Fd OpenOlderCgroup() {
  const Result<std::string> text = ReadFile("/proc/self/mounts");
  std::istringstream mounts(text.ok() ? *text : "");
  for (std::string source, where, type, rest;
       mounts >> source >> where >> type && std::getline(mounts, rest);) {
    if (type != "cgroup") continue;
    Fd directory(open(where.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory) return directory;
  }
  throw Unsupported("no version 1 cgroup is mounted here");
}

const Registered<Conformance> kVersionOne{{
    .name = "create/clone3_older_cgroup",
    .question = "Can CLONE_INTO_CGROUP make a child in a version 1 cgroup?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("ebadf", "only a version 2 cgroup can be chosen",
                    "clone(2) CLONE_INTO_CGROUP")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      const Fd cgroup = OpenOlderCgroup();
      return Refusal(path, static_cast<std::uint64_t>(cgroup.get()));
    },
}};

const Registered<Conformance> kStalePlace{{
    .name = "create/place_after_failure",
    .question = "Is anything stored by a clone3 that fails because its cgroup is not one?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = kNeeds,
              .claims = {Hazard("stale_number",
                                "the place holds a descriptor's number that is free again",
                                "kernel/fork.c copy_process"),
                         May("nothing_stored", "only a clone that succeeds has a pidfd",
                             "clone(2) CLONE_PIDFD")}},
    .legacy = {.needs = {"clone3/into_cgroup"},
               .claims = {Must("nothing_stored", "the PID is stored once the child is made",
                               "kernel/fork.c kernel_clone")}},
    .ask = [](Arena&, Path path) -> Outcome {
      const Fd no_cgroup(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      Require(static_cast<bool>(no_cgroup));
      const FdLeakCheck leaks;
      const Attempt attempt = MakeInto(path, static_cast<std::uint64_t>(no_cgroup.get()));
      return LeftBehind(attempt, EBADF, leaks);
    },
}};

const Registered<Conformance> kPlaceAtCgroupLimit{{
    .name = "create/place_at_cgroup_limit",
    .question = "Is anything stored by a clone3 that fails because of the cgroup's pids.max?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = kNeeds,
              .claims = {Hazard("stale_number",
                                "the place holds a descriptor's number that is free again",
                                "kernel/fork.c copy_process, kernel/cgroup/pids.c"),
                         May("nothing_stored", "only a clone that succeeds has a pidfd",
                             "clone(2) CLONE_PIDFD")}},
    .legacy = {.needs = {"clone3/into_cgroup"},
               .claims = {Must("nothing_stored", "the PID is stored once the child is made",
                               "kernel/fork.c kernel_clone")}},
    .ask = [](Arena&, Path path) -> Outcome {
      const Cgroup cgroup(CgroupKind::kVersion2);
      if (cgroup.Write("pids.max", "0") != 0)
        throw Unsupported("the pids controller is not delegated to the cgroup directory");
      const Fd directory = OpenCgroup(cgroup.path());
      const FdLeakCheck leaks;
      const Attempt attempt = MakeInto(path, static_cast<std::uint64_t>(directory.get()));
      if (attempt.made.error() == EACCES)
        throw Unsupported("the cgroup directory takes no processes of ours");
      return LeftBehind(attempt, EAGAIN, leaks);
    },
}};

// From here on this process can make no other: RLIMIT_NPROC holds for ordinary users.
void ForbidProcesses() {
  DropPrivileges();
  rlimit limit{};
  Require(getrlimit(RLIMIT_NPROC, &limit) == 0);
  limit.rlim_cur = 0;
  Require(setrlimit(RLIMIT_NPROC, &limit) == 0);
  const Result<pid_t> made = sys::Fork();
  EndIfMade(made);
  if (made.error() != EAGAIN) throw Unsupported("RLIMIT_NPROC does not hold for this process");
}

const Registered<Conformance> kPlaceAtLimit{{
    .name = "create/place_at_limit",
    .question = "Is anything stored by a clone that fails because of RLIMIT_NPROC?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("nothing_stored", "the limit is checked before a descriptor is chosen",
                    "kernel/fork.c copy_process")},
    .pidfd = {.needs = {"clone/pidfd", "clone3/pidfd"}},
    .legacy = {.needs = {"clone3/pidfd"}},
    .ask = [](Arena&, Path path) -> Outcome {
      ForbidProcesses();
      const FdLeakCheck leaks;
      int place = kUntouched;
      const abi::CloneArgs args = ArgsFor(path, place);
      const Result<pid_t> by_clone = tested::Clone(args.flags, SIGCHLD, &place);
      EndIfMade(by_clone);
      const Outcome first = LeftBehind({by_clone, place}, EAGAIN, leaks);
      if (first != Outcome("nothing_stored")) return first;
      const Result<pid_t> by_clone3 = tested::Clone3(args, abi::kCloneArgsSize53);
      EndIfMade(by_clone3);
      return LeftBehind({by_clone3, place}, EAGAIN, leaks);
    },
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::create_cgroup
