// What clone3 refuses: unknown bits, sizes, signals in the wrong place, half a stack, namespaces
// without the right to make them.
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <new>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::create_clone3_refused {
namespace {

const std::vector<std::string_view> kNeeds = {"clone3/pidfd"};

std::uint64_t Address(const void* place) { return reinterpret_cast<std::uint64_t>(place); }

// Ends and reaps the child that a clone3 has made, which runs this too.
Outcome EndOf(pid_t made) {
  if (made == 0) _exit(0);
  Require(sys::Waitid(P_PID, made, WEXITED | __WALL));
  return "ok";
}

// clone3 of args, with CLONE_PIDFD on the pidfd path; a child that is made exits at once.
Outcome Make(Path path, abi::CloneArgs& args, std::size_t size = abi::kCloneArgsSize53) {
  int place = -1;
  if (Handle::NeedsPidfdAtSpawn(path)) {
    args.flags |= abi::kClonePidfd;
    args.pidfd = Address(&place);
  }
  const Result<pid_t> made = tested::Clone3(args, size);
  const Fd pidfd(place);
  return made.ok() ? EndOf(*made) : Outcome::Of(made.error());
}

Outcome MakeWith(Path path, std::uint64_t flags, std::uint64_t exit_signal = SIGCHLD) {
  abi::CloneArgs args{.flags = flags, .exit_signal = exit_signal};
  return Make(path, args);
}

const Registered<Conformance> kUnknownFlag{{
    .name = "create/clone3_unknown_flag",
    .question = "Does clone3 refuse flags that no kernel defines?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "an unknown flag is never ignored",
                    "kernel/fork.c clone3_args_valid")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      return SameForEach({1ULL << 63, 1ULL << 62, 3ULL << 60},
                         [&](std::uint64_t flag) { return MakeWith(path, flag); });
    },
}};

const Registered<Conformance> kSignalInFlags{{
    .name = "create/clone3_signal_in_flags",
    .question = "Does clone3 accept an exit signal in its flags, where clone(2) has it?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "the exit signal has a field of its own, and its bits are reserved",
                    "kernel/fork.c clone3_args_valid")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      return SameForEach({1, SIGUSR1, SIGCHLD}, [&](int signal) {
        return MakeWith(path, static_cast<std::uint64_t>(signal), 0);
      });
    },
}};

const Registered<Conformance> kNegativeSignal{{
    .name = "create/clone3_exit_signal_negative",
    .question = "Does clone3 accept a negative exit signal?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "no bit above the low byte may be set",
                    "kernel/fork.c copy_clone_args_from_user")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      return SameForEach({0xf000'0000ULL, 0xffff'ffffULL, ~0ULL},
                         [&](std::uint64_t signal) { return MakeWith(path, 0, signal); });
    },
}};

const Registered<Conformance> kConflict{{
    .name = "create/clone3_flags_in_conflict",
    .question = "Does clone3 refuse to share what requires another thing to be shared?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval",
                    "handlers need one memory, and a new mount namespace directories of its own",
                    "clone(2) ERRORS")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      return SameForEach<std::uint64_t>(
          {CLONE_SIGHAND, CLONE_FS | CLONE_NEWNS, CLONE_FS | CLONE_NEWUSER},
          [&](std::uint64_t flags) { return MakeWith(path, flags); });
    },
}};

const Registered<Conformance> kHalfAStack{{
    .name = "create/clone3_half_a_stack",
    .question = "Does clone3 accept a stack without a size, or a size without a stack?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "both are given or neither", "kernel/fork.c clone3_stack_valid")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      alignas(16) char stack[64] = {};
      abi::CloneArgs without_size{.exit_signal = SIGCHLD, .stack = Address(stack)};
      abi::CloneArgs without_stack{.exit_signal = SIGCHLD, .stack_size = sizeof stack};
      const Outcome one = Make(path, without_size);
      return Make(path, without_stack) == one ? one : "the_two_differ";
    },
}};

// A struct at the start of two pages that hold zeros; a third page cannot be read.
class Pages {
 public:
  Pages() : size_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
    void* const start =
        mmap(nullptr, 3 * size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    Require(start != MAP_FAILED);
    args_ = new (start) abi::CloneArgs{.exit_signal = SIGCHLD};
    Require(mprotect(&Unreadable(), size_, PROT_NONE) == 0);
  }
  ~Pages() { munmap(args_, 3 * size_); }
  Pages(const Pages&) = delete;

  abi::CloneArgs& args() const { return *args_; }
  std::size_t size() const { return size_; }
  abi::CloneArgs& Unreadable() const { return *At(2 * size_); }
  // The same struct in the last bytes that can be read.
  abi::CloneArgs& AtTheEnd(std::size_t bytes) const {
    return *new (At(2 * size_ - bytes)) abi::CloneArgs(*args_);
  }

 private:
  abi::CloneArgs* At(std::size_t offset) const {
    return reinterpret_cast<abi::CloneArgs*>(reinterpret_cast<char*>(args_) + offset);
  }
  std::size_t size_;
  abi::CloneArgs* args_;
};

const Registered<Conformance> kWholePage{{
    .name = "create/clone3_page_sized",
    .question = "Does clone3 accept a struct as large as a page?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("ok", "unknown fields are accepted if they are 0",
                    "kernel/fork.c copy_clone_args_from_user")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      const Pages pages;
      return Make(path, pages.args(), pages.size());
    },
}};

const Registered<Conformance> kAbovePage{{
    .name = "create/clone3_above_a_page",
    .question = "What is the error of clone3 for a struct larger than a page?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("e2big", "no struct can be that large, even if the rest is 0",
                    "kernel/fork.c copy_clone_args_from_user")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      const Pages pages;
      return SameForEach<std::size_t>(
          {pages.size() + 1, 2 * pages.size(), ~std::size_t{0}},
          [&](std::size_t size) { return Make(path, pages.args(), size); });
    },
}};

const Registered<Conformance> kPastBuffer{{
    .name = "create/clone3_past_buffer",
    .question = "What is the error of clone3 for a size that reaches past the mapped memory?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("efault", "all of the struct is read, also what the kernel does not know",
                    "clone(2) ERRORS, lib/usercopy.c check_zeroed_user")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      const Pages pages;
      constexpr std::size_t kWhole = abi::kCloneArgsSize57;
      abi::CloneArgs& last = pages.AtTheEnd(kWhole);
      return SameForEach<std::size_t>({kWhole + sizeof(std::uint64_t), pages.size()},
                                      [&](std::size_t size) { return Make(path, last, size); });
    },
}};

const Registered<Conformance> kNoStruct{{
    .name = "create/clone3_no_struct",
    .question = "What is the error of clone3 for a struct that cannot be read?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("efault", "it is copied before anything is checked",
                              "kernel/fork.c copy_clone_args_from_user")},
              .ask = [](Arena&) -> Outcome {
                const Pages pages;
                const Result<pid_t> made =
                    tested::Clone3(pages.Unreadable(), abi::kCloneArgsSize53);
                return made.ok() ? EndOf(*made) : Outcome::Of(made.error());
              }},
    .legacy = NotPossible("what cannot be read asks for no path"),
}};

const Registered<Conformance> kThreadAlone{{
    .name = "create/clone3_thread_alone",
    .question = "Can clone3 make a thread that shares no signal handlers or no memory?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "CLONE_THREAD needs CLONE_SIGHAND, which needs CLONE_VM",
                    "clone(2) ERRORS")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      return SameForEach<std::uint64_t>(
          {CLONE_THREAD, CLONE_THREAD | CLONE_VM, CLONE_THREAD | CLONE_SIGHAND},
          [&](std::uint64_t flags) { return MakeWith(path, flags, 0); });
    },
}};

const Registered<Conformance> kNoCgroup{{
    .name = "create/clone3_not_a_cgroup",
    .question = "What is the error of CLONE_INTO_CGROUP for a descriptor that is not a cgroup?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("ebadf", "only an open directory of a version 2 cgroup names one",
                    "kernel/cgroup/cgroup.c cgroup_v1v2_get_from_fd")},
    .pidfd = {.needs = {"clone3/pidfd", "clone3/into_cgroup"}},
    .legacy = {.needs = {"clone3/into_cgroup"}},
    .ask = [](Arena&, Path path) -> Outcome {
      const Fd root(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
      const Fd other(memfd_create("no cgroup", MFD_CLOEXEC));
      Require(root && other);
      constexpr int kClosed = 1000;
      return SameForEach({root.get(), other.get(), kClosed}, [&](int cgroup) {
        abi::CloneArgs args{.flags = abi::kCloneIntoCgroup,
                            .exit_signal = SIGCHLD,
                            .cgroup = static_cast<std::uint64_t>(cgroup)};
        return Make(path, args, abi::kCloneArgsSize57);
      });
    },
}};

// The namespaces whose making takes CAP_SYS_ADMIN in every release that has clone3.
const Registered<Conformance> kNamespaces{{
    .name = "create/new_namespace_without_right",
    .question = "Can a process without CAP_SYS_ADMIN make a child in a new namespace?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("eperm", "every kind but the user namespace needs CAP_SYS_ADMIN",
                    "clone(2) ERRORS, namespaces(7)")},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      Require(sys::DropCapabilities());
      return SameForEach<std::uint64_t>(
          {CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP},
          [&](std::uint64_t flag) { return MakeWith(path, flag); });
    },
}};

const Registered<Conformance> kTimeNamespace{{
    .name = "create/new_time_namespace_without_right",
    .question = "Can a process without CAP_SYS_ADMIN make a child in a new time namespace?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("eperm", "every kind but the user namespace needs CAP_SYS_ADMIN",
                    "time_namespaces(7), namespaces(7)")
                   .Since(eras::kNewtimeByClone3),
               May("einval", "the bit was part of the exit signal, which has no place in the flags",
                   "kernel/fork.c clone3_args_valid")
                   .Until(eras::kNewtimeByClone3)},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kNeeds},
    .ask = [](Arena&, Path path) -> Outcome {
      Require(sys::DropCapabilities());
      return MakeWith(path, abi::kCloneNewtime);
    },
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::create_clone3_refused
