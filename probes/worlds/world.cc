#include "probes/worlds/world.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>

#include "probes/system/abi.h"
#include "probes/system/errno_name.h"
#include "probes/system/landlock.h"
#include "probes/system/machine.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof {

namespace {

// Restricts a refusal to calls with one argument of this value. The low half of the argument
// suffices for every option, flag and descriptor concerned.
struct Condition {
  enum Match { kAlways, kEqual, kAnyBit };  // (argument & mask) == value, != 0
  Match match = kAlways;
  int argument = 0;
  std::uint32_t mask = 0;
  std::uint32_t value = 0;
};

constexpr Condition Equals(int argument, std::uint32_t value) {
  return {Condition::kEqual, argument, ~0u, value};
}
constexpr Condition Equals(int argument, int value) {
  return Equals(argument, static_cast<std::uint32_t>(value));
}
constexpr Condition AllBits(int argument, std::uint32_t bits) {
  return {Condition::kEqual, argument, bits, bits};
}
constexpr Condition AnyBit(int argument, std::uint32_t bits) {
  return {Condition::kAnyBit, argument, bits};
}

// A call, or, where the name has a slash, a use of it.
struct RefusableCall {
  std::string_view name;
  std::uint32_t number;
  Condition when = {};
  bool for_pidfds = true;  // refused by "all": the call, or this use of it, exists for pidfds

  constexpr bool is_use() const { return name.find('/') != std::string_view::npos; }
};

constexpr std::uint32_t kPidfdIoctls = 0xff00;        // PIDFS_IOCTL_MAGIC
constexpr std::uint32_t kGetInfo = 0xff0b;            // its PIDFD_GET_INFO, of whatever size
constexpr std::uint32_t kNewListener = 8;             // SECCOMP_FILTER_FLAG_NEW_LISTENER
constexpr std::uint32_t kPidfdOfThread = 0x00011000;  // CLONE_PIDFD | CLONE_THREAD
constexpr int kSelfThread = -10000;                   // PIDFD_SELF_THREAD, 6.15
constexpr int kSelfGroup = -10001;                    // PIDFD_SELF_THREAD_GROUP since 6.17
constexpr int kPidfsRoot = -10002;                    // FD_PIDFS_ROOT, 6.17

constexpr RefusableCall kCalls[] = {
    {"clone", SYS_clone, AnyBit(0, abi::kClonePidfd)},
    {"clone/thread", SYS_clone, AllBits(0, kPidfdOfThread)},
    {"clone3", SYS_clone3},
    {"fanotify_init", SYS_fanotify_init, AnyBit(0, abi::kFanReportPidfd)},
    {"fanotify_init/fd_error", SYS_fanotify_init, AnyBit(0, abi::kFanReportFdError)},
    {"fgetxattr", SYS_fgetxattr, {}, false},
    {"getsockopt", SYS_getsockopt, Equals(2, abi::kSoPeerPidfd)},
    {"getsockopt/passpidfd", SYS_getsockopt, Equals(2, abi::kSoPassPidfd)},
    {"io_uring_setup", SYS_io_uring_setup, {}, false},
    {"ioctl", SYS_ioctl, {Condition::kEqual, 1, 0xff00, kPidfdIoctls}},
    {"ioctl/get_info", SYS_ioctl, {Condition::kEqual, 1, 0xffff, kGetInfo}},
    {"ioctl_getversion", SYS_ioctl, Equals(1, abi::kFsIocGetversion), false},
    {"kill", SYS_kill, {}, false},
    {"name_to_handle_at", SYS_name_to_handle_at, {}, false},
    {"open_by_handle_at", SYS_open_by_handle_at, {}, false},
    {"open_by_handle_at/pidfs_root", SYS_open_by_handle_at, Equals(0, kPidfsRoot)},
    {"open_tree", SYS_open_tree, {}, false},
    {"pidfd_getfd", SYS_pidfd_getfd},
    {"pidfd_open", SYS_pidfd_open},
    {"pidfd_open/nonblock", SYS_pidfd_open, AnyBit(1, abi::kPidfdNonblock)},
    {"pidfd_open/thread", SYS_pidfd_open, AnyBit(1, abi::kPidfdThread)},
    {"pidfd_send_signal", SYS_pidfd_send_signal},
    {"pidfd_send_signal/flags", SYS_pidfd_send_signal, AnyBit(3, ~0u)},
    {"pidfd_send_signal/self", SYS_pidfd_send_signal, Equals(0, kSelfThread)},
    {"pidfd_send_signal/self_group", SYS_pidfd_send_signal, Equals(0, kSelfGroup)},
    {"process_madvise", SYS_process_madvise},
    {"process_madvise/self", SYS_process_madvise, Equals(0, kSelfThread)},
    {"process_madvise/self_group", SYS_process_madvise, Equals(0, kSelfGroup)},
    {"process_mrelease", SYS_process_mrelease},
    {"process_mrelease/self", SYS_process_mrelease, Equals(0, kSelfThread)},
    {"process_mrelease/self_group", SYS_process_mrelease, Equals(0, kSelfGroup)},
    {"seccomp/new_listener", SYS_seccomp, AnyBit(1, kNewListener)},
    {"setns", SYS_setns},
    {"setsockopt", SYS_setsockopt, Equals(2, abi::kSoPassPidfd)},
    {"statmount", SYS_statmount, {}, false},
    {"waitid", SYS_waitid, Equals(0, abi::kIdPidfd)},
};

const RefusableCall* FindCall(std::string_view name) {
  const auto at = std::find_if(std::begin(kCalls), std::end(kCalls),
                               [&](const RefusableCall& call) { return call.name == name; });
  return at == std::end(kCalls) ? nullptr : at;
}

sock_filter Load(std::size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

sock_filter Return(std::uint32_t action) { return BPF_STMT(BPF_RET | BPF_K, action); }

std::size_t LowHalfOfArgument(int argument) {
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
  return offsetof(seccomp_data, args) + static_cast<std::size_t>(argument) * sizeof(std::uint64_t);
}

// Appends: if this is the call, and its argument matches, return the action. Otherwise leaves the
// call's number in the accumulator.
void Append(std::vector<sock_filter>& program, const RefusableCall& call, std::uint32_t action) {
  const Condition& when = call.when;
  std::vector<sock_filter> body;
  if (when.match != Condition::kAlways) body.push_back(Load(LowHalfOfArgument(when.argument)));
  if (when.match == Condition::kEqual) {
    body.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, when.mask));
    body.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, when.value, 0, 1));
  }
  if (when.match == Condition::kAnyBit) {
    body.push_back(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, when.mask, 0, 1));
  }
  body.push_back(Return(action));
  if (when.match != Condition::kAlways) body.push_back(Load(offsetof(seccomp_data, nr)));
  const auto past = static_cast<std::uint8_t>(body.size());
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call.number, 0, past));
  program.insert(program.end(), body.begin(), body.end());
}

std::uint32_t Action(int error) {
  switch (error) {
    case Refusal::kSigsys:
      return SECCOMP_RET_TRAP;
    case Refusal::kKill:
      return SECCOMP_RET_KILL_PROCESS;
    case Refusal::kTrace:
      return SECCOMP_RET_TRACE;
    case Refusal::kOk:
      return SECCOMP_RET_ERRNO;
    default:
      return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error);
  }
}

bool IsWord(std::string_view text, std::string_view word) {
  return text.size() == word.size() && strncasecmp(text.data(), word.data(), word.size()) == 0;
}

int ParseAction(std::string_view text, std::string_view whole) {
  if (IsWord(text, "sigsys")) return Refusal::kSigsys;
  if (IsWord(text, "kill")) return Refusal::kKill;
  if (IsWord(text, "trace")) return Refusal::kTrace;
  if (IsWord(text, "ok")) return Refusal::kOk;
  const int error = ErrnoOf(text);
  if (error == 0) {
    throw std::invalid_argument(
        fmt::format("world '{}': '{}' is not an errno; use enosys, eperm, another errno, sigsys, "
                    "kill, trace or ok",
                    whole, text));
  }
  return error;
}

std::vector<std::string_view> Names(bool uses) {
  std::vector<std::string_view> names;
  for (const RefusableCall& call : kCalls) {
    if (call.is_use() == uses) names.push_back(call.name);
  }
  return names;
}

std::vector<Refusal> ParseRefusal(std::string_view text, std::string_view whole) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) {
    throw std::invalid_argument(fmt::format(
        "world '{}' is not known; 'pidproof list --worlds' names them, or write CALL:ERRNO",
        whole));
  }
  const std::string_view name = text.substr(0, colon);
  const int error = ParseAction(text.substr(colon + 1), whole);
  // The caller of clone takes 0 for being the child, and would go on as one.
  if (error == Refusal::kOk && (name == "all" || name.starts_with("clone"))) {
    throw std::invalid_argument(fmt::format(
        "world '{}': that a process was made cannot be pretended; write an errno", whole));
  }
  if (name == "all") {
    std::vector<Refusal> refusals;
    for (const RefusableCall& call : kCalls) {
      if (call.for_pidfds && !call.is_use()) refusals.push_back({call.name, error});
    }
    return refusals;
  }
  const RefusableCall* call = FindCall(name);
  if (call == nullptr) {
    throw std::invalid_argument(fmt::format("world '{}': no call '{}'; one of: all, {}, {}", whole,
                                            name, fmt::join(RefusableCalls(), ", "),
                                            fmt::join(RefusableUses(), ", ")));
  }
  return {{call->name, error}};
}

World ForTrialsOnly(std::string_view inner, std::string_view whole) {
  World world = World::Parse(inner);
  if (!world.filters() || world.for_trials_only) {
    throw std::invalid_argument(fmt::format(
        "world '{}': '{}' refuses no call; write trial:CALL:ERRNO, or trial: and a world that does",
        whole, inner));
  }
  world.name = whole;
  world.for_trials_only = true;
  return world;
}

// A call that falsely succeeds returns 0, which is a descriptor too. What is done with it must not
// reach the file that the caller has there, such as a terminal that others read: O_NONBLOCK is of
// the file, not of the descriptor.
void HoldStdin() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;
  dup2(ends[0], STDIN_FILENO);
  for (const int end : ends) {
    if (end != STDIN_FILENO) close(end);
  }
}

}  // namespace

World World::Parse(std::string_view text) {
  constexpr std::string_view kForTrials = "trial:";
  if (text.starts_with(kForTrials)) return ForTrialsOnly(text.substr(kForTrials.size()), text);
  if (const World* known = Registered<World>::Find(text)) return *known;
  constexpr std::string_view kFault = "fault:";
  if (text.starts_with(kFault)) {
    World broken{std::string(text), "an injected fault", {}};
    broken.fault = Fault::Parse(text.substr(kFault.size()));
    return broken;
  }
  World world{std::string(text), "refusals given on the command line", {}};
  for (std::string_view rest = text;;) {
    const std::size_t comma = rest.find(',');
    const std::vector<Refusal> refusals = ParseRefusal(rest.substr(0, comma), text);
    world.refusals.insert(world.refusals.end(), refusals.begin(), refusals.end());
    if (comma == std::string_view::npos) return world;
    rest.remove_prefix(comma + 1);
  }
}

std::vector<sock_filter> CompileFilter(const World& world) {
  if (!world.program.empty()) return world.program;
  std::vector<sock_filter> program;
  // Other architectures number their calls differently: those pass.
  program.push_back(Load(offsetof(seccomp_data, arch)));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kMachine.audit, 1, 0));
  program.push_back(Return(SECCOMP_RET_ALLOW));
  program.push_back(Load(offsetof(seccomp_data, nr)));
  for (const Refusal& refusal : world.refusals) {
    Append(program, *FindCall(refusal.call), Action(refusal.error));
  }
  program.push_back(Return(SECCOMP_RET_ALLOW));
  return program;
}

World World::As(const Privileges& seen) const {
  World same = *this;
  same.name = fmt::format("{} as {}", name, seen.name);
  same.view = seen;
  return same;
}

World World::OutsideTrials() const {
  World same = *this;
  if (!for_trials_only) return same;
  same.refusals.clear();
  same.program.clear();
  return same;
}

void World::Enter() const {
  if (view) view->Enter();
  if (confines()) {
    const sys::Status confined = sys::EnterLandlockDomain(scopes);
    if (!confined.ok()) {
      throw Unsupported(
          fmt::format("no such Landlock domain can be entered here ({}); Linux 6.12 has it",
                      ErrnoName(confined.error())));
    }
  }
  if (!filters()) return;
  const bool may_lie =
      !program.empty() || std::ranges::any_of(refusals, [](const Refusal& refusal) {
        return refusal.error == Refusal::kOk;
      });
  if (may_lie) HoldStdin();
  std::vector<sock_filter> filter = CompileFilter(*this);
  const sys::Status installed = sys::InstallFilter(
      {.len = static_cast<unsigned short>(filter.size()), .filter = filter.data()});
  if (!installed.ok()) {
    throw Unsupported(
        fmt::format("no seccomp filter can be installed here ({})", ErrnoName(installed.error())));
  }
}

std::vector<std::string_view> RefusableCalls() { return Names(false); }

refusal::FilteredCall CallNamed(std::string_view name) {
  const RefusableCall& call = *FindCall(name);
  refusal::FilteredCall seen{call.number};
  const Condition& when = call.when;
  const bool one_value = when.match == Condition::kEqual && when.mask == ~0u;
  if (one_value || when.match == Condition::kAnyBit) {
    seen.arguments[static_cast<std::size_t>(when.argument)] = one_value ? when.value : when.mask;
  }
  return seen;
}

std::vector<std::string_view> RefusableUses() { return Names(true); }

}  // namespace pidproof
