#include "probes/world.h"

#include <errno.h>
#include <fmt/format.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <strings.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <stdexcept>

#include "probes/abi.h"
#include "probes/errno_name.h"
#include "probes/require.h"
#include "probes/sys.h"

namespace pidproof {

namespace {

// A call, and the argument that must match for it to count: (argument & mask) == value. The low
// half of the argument is enough for every option and flag concerned.
struct RefusableCall {
  std::string_view name;
  std::uint32_t number;
  int argument = -1;  // -1: whatever its arguments
  std::uint32_t mask = 0;
  std::uint32_t value = 0;
  bool for_pidfds = true;  // refused by "all": the call, or the part of it, exists for pidfds
};

constexpr RefusableCall kCalls[] = {
    {"clone", SYS_clone, 0, abi::kClonePidfd, abi::kClonePidfd},
    {"clone3", SYS_clone3},
    {"fanotify_init", SYS_fanotify_init, 0, abi::kFanReportPidfd, abi::kFanReportPidfd},
    {"fgetxattr", SYS_fgetxattr, -1, 0, 0, false},
    {"getsockopt", SYS_getsockopt, 2, ~0u, abi::kSoPeerPidfd},
    {"io_uring_setup", SYS_io_uring_setup, -1, 0, 0, false},
    {"ioctl", SYS_ioctl, 1, 0xff00, 0xff00},  // PIDFS_IOCTL_MAGIC
    {"name_to_handle_at", SYS_name_to_handle_at, -1, 0, 0, false},
    {"open_by_handle_at", SYS_open_by_handle_at, -1, 0, 0, false},
    {"open_tree", SYS_open_tree, -1, 0, 0, false},
    {"pidfd_getfd", SYS_pidfd_getfd},
    {"pidfd_open", SYS_pidfd_open},
    {"pidfd_send_signal", SYS_pidfd_send_signal},
    {"process_madvise", SYS_process_madvise},
    {"process_mrelease", SYS_process_mrelease},
    {"setns", SYS_setns},
    {"setsockopt", SYS_setsockopt, 2, ~0u, abi::kSoPassPidfd},
    {"waitid", SYS_waitid, 0, ~0u, abi::kIdPidfd},
};

constexpr std::uint32_t kThisArchitecture =
#if defined(__x86_64__)
    AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
    AUDIT_ARCH_AARCH64;
#elif defined(__riscv)
    AUDIT_ARCH_RISCV64;
#endif

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

// Appends: if this is the call, and its argument matches, return the action. Leaves the call's
// number in the accumulator otherwise.
void Append(std::vector<sock_filter>& program, const RefusableCall& call, std::uint32_t action) {
  if (call.argument < 0) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call.number, 0, 1));
    program.push_back(Return(action));
    return;
  }
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call.number, 0, 5));
  program.push_back(Load(LowHalfOfArgument(call.argument)));
  program.push_back(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, call.mask));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call.value, 0, 1));
  program.push_back(Return(action));
  program.push_back(Load(offsetof(seccomp_data, nr)));
}

// 0 for "sigsys", the errno for its name.
int ParseAction(std::string_view text, std::string_view whole) {
  if (strncasecmp(text.data(), "sigsys", text.size()) == 0 && text.size() == 6) return 0;
  const int error = ErrnoOf(text);
  if (error == 0) {
    throw std::invalid_argument(fmt::format(
        "world '{}': '{}' is no errno; write enosys, eperm, another errno or sigsys", whole, text));
  }
  return error;
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
  if (name == "all") {
    std::vector<Refusal> refusals;
    for (const RefusableCall& call : kCalls) {
      if (call.for_pidfds) refusals.push_back({call.name, error});
    }
    return refusals;
  }
  const RefusableCall* call = FindCall(name);
  if (call == nullptr) {
    throw std::invalid_argument(fmt::format("world '{}': no call '{}'; one of: all, {}", whole,
                                            name, fmt::join(RefusableCalls(), ", ")));
  }
  return {{call->name, error}};
}

}  // namespace

World World::Parse(std::string_view text) {
  if (const World* known = Registered<World>::Find(text)) return *known;
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
  std::vector<sock_filter> program;
  // Numbers mean something else to another architecture's calls: those pass.
  program.push_back(Load(offsetof(seccomp_data, arch)));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kThisArchitecture, 1, 0));
  program.push_back(Return(SECCOMP_RET_ALLOW));
  program.push_back(Load(offsetof(seccomp_data, nr)));
  for (const Refusal& refusal : world.refusals) {
    const std::uint32_t action =
        refusal.error == 0 ? SECCOMP_RET_TRAP
                           : SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(refusal.error);
    Append(program, *FindCall(refusal.call), action);
  }
  program.push_back(Return(SECCOMP_RET_ALLOW));
  return program;
}

void World::Enter() const {
  if (native()) return;
  std::vector<sock_filter> program = CompileFilter(*this);
  const sys::Status installed = sys::InstallFilter(
      {.len = static_cast<unsigned short>(program.size()), .filter = program.data()});
  if (!installed.ok()) {
    throw Unsupported(
        fmt::format("no seccomp filter can be installed here ({})", ErrnoName(installed.error())));
  }
}

std::vector<std::string_view> RefusableCalls() {
  std::vector<std::string_view> names;
  for (const RefusableCall& call : kCalls) names.push_back(call.name);
  return names;
}

}  // namespace pidproof
