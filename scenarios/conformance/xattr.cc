// Extended attributes of pidfds: notes that services attach to a process, and that end with it.
#include <errno.h>
#include <sys/xattr.h>

#include <source_location>
#include <string_view>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::xattr {
namespace {

constexpr std::string_view kNoAttributes = "a PID has no attributes";
constexpr std::string_view kAbsentEmpty = "xattr-absent-empty";
constexpr char kName[] = "trusted.pidproof";
constexpr std::string_view kValue = "noted";

Fd Open(const Child& child) { return Require(tested::PidfdOpen(child.pid(), 0)); }

// The value: "noted", "empty", another text, or the errno.
Outcome Get(const Fd& pidfd) {
  char value[64];
  const ssize_t length = fgetxattr(pidfd.get(), kName, value, sizeof value);
  if (length < 0) return Outcome::Of(errno);
  const std::string_view text(value, static_cast<std::size_t>(length));
  if (text.empty()) return "empty";
  return text == kValue ? "noted" : "another";
}

// Throws Unsupported without CAP_SYS_ADMIN in the initial user namespace.
void Set(const Fd& pidfd) {
  if (fsetxattr(pidfd.get(), kName, kValue.data(), kValue.size(), 0) == 0) return;
  if (errno == EPERM)
    throw Unsupported("CAP_SYS_ADMIN in the initial user namespace is missing (EPERM)");
  ThrowBroken(errno, std::source_location::current());
}

const Registered<Conformance> kMissing{{
    .name = "xattr/missing",
    .question = "What is the error of getxattr for an attribute that was never set?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "xattr/trusted"},
              .claims = {Must("enodata", "there is no attribute of that name", "getxattr(2)")
                             .Since(eras::kNoSuchAttribute),
                         Hazard(
                             "empty",
                             "any name read as set and empty while the process had no attributes",
                             "fs/pidfs.c pidfs_xattr_get")
                             .Until(eras::kNoSuchAttribute)
                             .Bug(kAbsentEmpty)},
              .ask =
                  [](Arena& arena) {
                    const Child child = arena.Spawn(body::Lingers);
                    return Get(Open(child));
                  }},
    .legacy = NotPossible(kNoAttributes),
}};

const Registered<Conformance> kShared{{
    .name = "xattr/shared",
    .question = "Is an attribute set through one pidfd visible through another?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "xattr/trusted"},
              .claims = {Must("noted", "the attribute belongs to the process",
                              "Linux 6.17 fs/pidfs.c")},
              .ask =
                  [](Arena& arena) {
                    const Child child = arena.Spawn(body::Lingers);
                    const Fd one = Open(child);
                    Set(one);
                    return Get(Open(child));
                  }},
    .legacy = NotPossible(kNoAttributes),
}};

const Registered<Conformance> kClosed{{
    .name = "xattr/last_close",
    .question = "Does an attribute persist when every pidfd of the process is closed?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "xattr/trusted"},
              .claims = {Must("noted", "the attribute lives as long as the process",
                              "Linux 6.17 fs/pidfs.c")},
              .ask =
                  [](Arena& arena) {
                    const Child child = arena.Spawn(body::Lingers);
                    Set(Open(child));
                    return Get(Open(child));
                  }},
    .legacy = NotPossible(kNoAttributes),
}};

template <bool kReaped>
Outcome AfterEnd(Arena& arena) {
  Child child = arena.Spawn(body::Lingers);
  const Fd pidfd = Open(child);
  Set(pidfd);
  child.Kill();
  child.AwaitZombie();
  if (kReaped) child.Reap();
  return Get(pidfd);
}

const Registered<Conformance> kZombie{{
    .name = "xattr/zombie",
    .question = "Can an attribute of a zombie be read?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "xattr/trusted"},
              .claims = {Must("noted", "the attribute lives as long as the process",
                              "Linux 6.17 fs/pidfs.c")},
              .ask = AfterEnd<false>},
    .legacy = NotPossible(kNoAttributes),
}};

const Registered<Conformance> kDead{{
    .name = "xattr/dead",
    .question = "Can an attribute be read through an open pidfd once the process is reaped?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "xattr/trusted"},
              .claims = {Must("noted", "the attribute lives as long as a pidfd",
                              "Linux 6.17 fs/pidfs.c")},
              .ask = AfterEnd<true>},
    .legacy = NotPossible(kNoAttributes),
}};

const Registered<Conformance> kRemoved{{
    .name = "xattr/removed",
    .question = "Can an attribute of a process be removed?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "xattr/trusted"},
              .claims = {Must("enodata", "the attribute no longer exists", "removexattr(2)")},
              .ask =
                  [](Arena& arena) {
                    const Child child = arena.Spawn(body::Lingers);
                    const Fd pidfd = Open(child);
                    Set(pidfd);
                    if (fremovexattr(pidfd.get(), kName) < 0) return Outcome::Of(errno);
                    return Get(pidfd);
                  }},
    .legacy = NotPossible(kNoAttributes),
}};

const Registered<Conformance> kListed{{
    .name = "xattr/listed",
    .question = "Does listxattr list an attribute of a process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "xattr/trusted"},
              .claims = {Must("listed", "as for any file", "listxattr(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Open(child);
                Set(pidfd);
                char names[256];
                const ssize_t length = flistxattr(pidfd.get(), names, sizeof names);
                if (length < 0) return Outcome::Of(errno);
                const std::string_view wanted(kName,
                                              sizeof kName);  // each name ends in a zero byte
                const std::string_view list(names, static_cast<std::size_t>(length));
                return list.find(wanted) != list.npos ? "listed" : "missing";
              }},
    .legacy = NotPossible(kNoAttributes),
}};

const Registered<Conformance> kNeighbour{{
    .name = "xattr/other_process",
    .question = "Is an attribute of one process visible on another?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd =
        {.needs = {"pidfd_open", "xattr/trusted"},
         .claims =
             {Must("enodata", "each process has its own attributes", "getxattr(2)")
                  .Since(eras::kNoSuchAttribute),
              Hazard("empty",
                     "the other name read as set and empty, because the process had no attributes",
                     "fs/pidfs.c pidfs_xattr_get")
                  .Until(eras::kNoSuchAttribute)
                  .Bug(kAbsentEmpty)},
         .ask =
             [](Arena& arena) {
               const Child one = arena.Spawn(body::Lingers);
               const Child other = arena.Spawn(body::Lingers);
               const Fd noted = Open(one);
               Set(noted);
               return Get(Open(other));
             }},
    .legacy = NotPossible(kNoAttributes),
}};

// An attribute name that pidfds do not support, for any user.
template <const char* kOther>
Outcome SetOther(Arena& arena) {
  const Child child = arena.Spawn(body::Lingers);
  const Fd pidfd = Open(child);
  return Outcome::Of(fsetxattr(pidfd.get(), kOther, "", 0, 0) < 0 ? errno : 0);
}

constexpr char kUser[] = "user.pidproof";

const Registered<Conformance> kUserName{{
    .name = "xattr/user",
    .question = "Can an attribute in the user namespace (user.*) be set on a process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "xattr/trusted"},
              .claims = {Must("eopnotsupp", "pidfds support trusted.* only",
                              "Linux 6.17 fs/pidfs.c pidfs_xattr_handlers")},
              .ask = SetOther<kUser>},
    .legacy = NotPossible(kNoAttributes),
}};

const Registered<Conformance> kWithoutRights{{
    .name = "xattr/without_capability",
    .question = "Does setting an attribute on a process require CAP_SYS_ADMIN?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "xattr/trusted"},
              .claims = {Must("eperm", "trusted.* requires CAP_SYS_ADMIN", "xattr(7)")},
              .ask =
                  [](Arena& arena) {
                    Require(sys::DropCapabilities());
                    return SetOther<kName>(arena);
                  }},
    .legacy = NotPossible(kNoAttributes),
}};

const Registered<Conformance> kReadWithoutRights{{
    .name = "xattr/read_without_capability",
    .question = "Can an attribute of a process be read without CAP_SYS_ADMIN?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "xattr/trusted"},
              .claims = {Must("enodata", "trusted.* is hidden from others, as if it did not exist",
                              "xattr(7), fs/xattr.c xattr_permission")},
              .ask =
                  [](Arena& arena) {
                    const Child child = arena.Spawn(body::Lingers);
                    const Fd pidfd = Open(child);
                    Set(pidfd);
                    Require(sys::DropCapabilities());
                    return Get(pidfd);
                  }},
    .legacy = NotPossible(kNoAttributes),
}};

const Registered<Conformance> kValuesFirst{{
    .name = "xattr/values_before_right",
    .question = "Are the flags, name and size of an attribute checked before the right to set it?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "xattr/trusted"},
              .claims = {Must("values_first", "all are checked before the filesystem is asked",
                              "setxattr(2), fs/xattr.c setxattr_copy")},
              .ask = [](Arena& arena) -> Outcome {
                Require(sys::DropCapabilities());
                const Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Open(child);
                static constexpr std::size_t kTooLarge = 65537;  // XATTR_SIZE_MAX and 1
                const auto error = [&](const char* name, std::size_t size, int flags) {
                  static char value[kTooLarge];
                  return fsetxattr(pidfd.get(), name, value, size, flags) == 0 ? 0 : errno;
                };
                constexpr int kNoFlag = 0x10;
                if (error(kName, 0, 0) != EPERM) return "not_refused";
                const bool values_first = error(kName, 0, kNoFlag) == EINVAL &&
                                          error("", 0, 0) == ERANGE &&
                                          error(kName, kTooLarge, 0) == E2BIG;
                return values_first ? "values_first" : "right_first";
              }},
    .legacy = NotPossible(kNoAttributes),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::xattr
