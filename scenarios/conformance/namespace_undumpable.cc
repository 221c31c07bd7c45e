// Namespaces of a process that its parent may not trace: CAP_SYS_ADMIN alone does not open them.
#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <string>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::namespace_undumpable {
namespace {

constexpr int kSysAdmin = 21;  // CAP_SYS_ADMIN
constexpr std::uint64_t kAll = ~std::uint64_t{0};
constexpr std::uint64_t kAllButSysAdmin = kAll & ~(std::uint64_t{1} << kSysAdmin);

int LingersUndumpable(int gate) {
  report::Send(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? proc::OwnPid() : -errno);
  return body::Lingers(gate);
}

// A child that only who has CAP_SYS_PTRACE may trace; this process gives those capabilities up.
struct Target {
  Target(Arena& arena, std::uint64_t given_up)
      : child(Make(arena, given_up)), in_proc(report::ReceiveInt()) {
    Require(in_proc >= 0);
  }
  static Child Make(Arena& arena, std::uint64_t given_up) {
    Require(sys::DropCapabilities(given_up));
    report::Open();
    return arena.Spawn(LingersUndumpable);
  }
  Child child;
  pid_t in_proc;  // its PID in the mounted /proc, or 0
};

// The errno of opening the file of its UTS namespace in /proc.
Outcome OpenFile(Arena& arena) {
  const Target target(arena, kAll);
  if (target.in_proc == 0) throw Unsupported("no /proc shows the process");
  const std::string file = fmt::format("/proc/{}/ns/uts", target.in_proc);
  const Fd opened(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  return Outcome::Of(opened ? 0 : errno);
}

Side ByFile() {
  return {.claims = {Must("eacces", "following the link takes the right to trace the process",
                          "namespaces(7), fs/proc/namespaces.c proc_ns_get_link")
                         .Since(eras::kUndumpableNamespaces),
                     May("ok", "the file was opened all the same", "measured on 5.10.262")
                         .Until(eras::kUndumpableNamespaces)},
          .ask = OpenFile};
}

const Registered<Conformance> kJoin{{
    .name = "namespace/join_undumpable",
    .question = "Is CAP_SYS_ADMIN enough to join a namespace of a process that cannot be traced?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "setns/pidfd"},
              .claims = {Must("eperm", "it takes the right to trace the process too",
                              "setns(2), kernel/nsproxy.c validate_nsset")},
              .ask = [](Arena& arena) -> Outcome {
                if (!sys::HasCapability(kSysAdmin)) throw Unsupported("CAP_SYS_ADMIN is missing");
                const Target target(arena, kAllButSysAdmin);
                const Fd pidfd = Require(tested::PidfdOpen(target.child.pid(), 0));
                return Outcome::Of(tested::Setns(pidfd.get(), CLONE_NEWUTS));
              }},
    .legacy = ByFile(),
}};

const Registered<Conformance> kFile{{
    .name = "namespace/file_undumpable",
    .question = "Can the namespaces of a process be opened that cannot be traced?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/uts_namespace"},
              .claims = {Must("eacces", "it takes the right to trace the process",
                              "Linux 6.11 fs/pidfs.c pidfd_ioctl")},
              .ask = [](Arena& arena) -> Outcome {
                const Target target(arena, kAll);
                const Fd pidfd = Require(tested::PidfdOpen(target.child.pid(), 0));
                const sys::Status got = tested::Ioctl(pidfd.get(), abi::kGetUtsNamespace, 0);
                const Fd file(got.ok() ? *got : -1);
                return Outcome::Of(got.error());
              }},
    .legacy = ByFile(),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::namespace_undumpable
