// Processes of another PID namespace: what each call returns for them.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "probes/system/require.h"
#include "scenarios/fixtures/call_in_child.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/proc_directory.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/fixtures/shared.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::namespace_foreign {
namespace {

constexpr char kNoPid[] = "a process outside has no PID in this namespace";
constexpr SpawnOptions kInside = {.flags = CLONE_NEWPID};
constexpr char kNotInside[] = "the child could not make the call";

// A pidfd of a process outside, which the child inside inherits, and a descriptor that this process
// has open.
int outside = -1;
int its_descriptor = -1;

// What a child in a PID namespace below gets for a process out here.
template <ProcessState kState>
Outcome FromInside(Arena& arena, Child::Body body) {
  Child target = arena.Spawn(body::Lingers);
  const Fd pidfd = Require(tested::PidfdOpen(target.pid(), 0));
  outside = pidfd.get();
  its_descriptor = target.gate();
  DriveTo(target, kState);
  return CallInChild(arena, body, kNotInside, kInside);
}

const Registered<Conformance> kSignalOut{{
    .name = "namespace/signal_outside",
    .question = "Can a process outside the caller's PID namespace be signalled?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("einval",
                              "no signal can be sent to a process outside, not even signal 0",
                              "pidfd_send_signal(2)")},
              .ask = [](Arena& arena) -> Outcome {
                return FromInside<ProcessState::kAlive>(arena, [](int) {
                  return tested::PidfdSendSignal(outside, 0, nullptr, 0).error();
                });
              }},
    .legacy = NotPossible(kNoPid),
}};

const Registered<Conformance> kSignalOutForged{{
    .name = "namespace/signal_outside_bad_address",
    .question = "Does pidfd_send_signal check the PID namespace before it reads the siginfo_t?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"},
              .claims = {Must("einval", "the namespace is checked before the siginfo_t is read",
                              "kernel/signal.c pidfd_send_signal")},
              .ask = [](Arena& arena) -> Outcome {
                return FromInside<ProcessState::kAlive>(arena, [](int) {
                  auto* const nowhere = reinterpret_cast<siginfo_t*>(1);
                  return tested::PidfdSendSignal(outside, SIGURG, nowhere, 0).error();
                });
              }},
    .legacy = NotPossible(kNoPid),
}};

const Registered<Conformance> kWaitOut{{
    .name = "namespace/wait_outside",
    .question = "What does waitid return for a process outside the caller's PID namespace?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"},
              .claims = {Must("echild", "the process is not a child of the caller", "wait(2)")},
              .ask = [](Arena& arena) -> Outcome {
                return FromInside<ProcessState::kZombie>(arena, [](int) {
                  return tested::Waitid(abi::kIdPidfd, outside, WEXITED | WNOHANG).error();
                });
              }},
    .legacy = NotPossible(kNoPid),
}};

template <ProcessState kState>
Outcome Polled(Arena& arena) {
  const Outcome outcome = FromInside<kState>(arena, [](int) {
    const Result<short> ready = tested::Poll(outside, POLLIN, 0);
    if (!ready.ok()) return ready.error();
    return (*ready & POLLIN) != 0 ? 0 : EAGAIN;
  });
  return outcome == Outcome("ok") ? "ended" : outcome == Outcome("eagain") ? "not_ended" : outcome;
}

const Registered<Conformance> kPollOut{{
    .name = "namespace/ready_outside",
    .question = "Can the end of a process outside the caller's PID namespace be observed?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("ended", "any holder of a pidfd can poll it", "pidfd_open(2)")},
              .ask = Polled<ProcessState::kZombie>},
    .legacy = NotPossible(kNoPid),
}};

const Registered<Conformance> kPollOutAlive{{
    .name = "namespace/alive_outside",
    .question = "Does poll report a live process outside the caller's PID namespace as alive?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("not_ended", "a pidfd is readable only once the process has ended",
                              "pidfd_open(2)")},
              .ask = Polled<ProcessState::kAlive>},
    .legacy = NotPossible(kNoPid),
}};

const Registered<Conformance> kInfoOut{{
    .name = "namespace/info_outside",
    .question = "What does PIDFD_GET_INFO return for a process outside the caller's PID namespace?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info"},
              .claims = {Must("eremote", "the process has no PID here: it is remote, not gone",
                              "Linux 7.0 fs/pidfs.c pidfd_info")
                             .Since(eras::kInfoElsewhere),
                         May("esrch", "the process has no PID here and is reported as gone",
                             "Linux 6.13 fs/pidfs.c pidfd_info")
                             .Until(eras::kInfoElsewhere)},
              .ask = [](Arena& arena) -> Outcome {
                return FromInside<ProcessState::kAlive>(
                    arena, [](int) { return tested::GetInfo(outside, abi::kInfoPid).error; });
              }},
    .legacy = NotPossible(kNoPid),
}};

const Registered<Conformance> kGetfdOut{{
    .name = "namespace/getfd_outside",
    .question = "Can a descriptor be fetched from a process outside the caller's PID namespace?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "pidfd_getfd"},
              .claims = {Must("ok", "ptrace access counts, not the PID namespace",
                              "pidfd_getfd(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const Outcome outcome = FromInside<ProcessState::kAlive>(arena, [](int) {
                  return tested::PidfdGetfd(outside, its_descriptor, 0).error();
                });
                if (outcome == Outcome("eperm"))
                  throw Unsupported("a process cannot be traced here");
                return outcome;
              }},
    .legacy = NotPossible(kNoPid),
}};

const Registered<Conformance> kJoinOut{{
    .name = "namespace/join_outside",
    .question = "Can setns enter an ancestor PID namespace?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("einval", "setns can only enter descendant PID namespaces",
                    "setns(2), pid_namespaces(7)")},
    .pidfd = {.needs = {"pidfd_open", "setns/pidfd"},
              .ask = [](Arena& arena) -> Outcome {
                return FromInside<ProcessState::kAlive>(
                    arena, [](int) { return tested::Setns(outside, CLONE_NEWPID).error(); });
              }},
    .legacy = {.needs = {"setns/pidfd"},
               .ask = [](Arena& arena) -> Outcome {
                 const Fd file(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC));
                 if (!file) throw Unsupported("no /proc with namespace files is available");
                 outside = file.get();
                 return CallInChild(
                     arena, [](int) { return proc::Join(outside, CLONE_NEWPID).error(); },
                     kNotInside, kInside);
               }},
}};

// From here on it is the other way round: the process is in a namespace below the caller's.

const Registered<Conformance> kSignalIn{{
    .name = "namespace/signal_inside",
    .question = "Can a process in a descendant PID namespace be signalled?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("ok", "it has a PID in every ancestor namespace",
                    "pid_namespaces(7), pidfd_send_signal(2)")},
    .pidfd = {.needs = {"pidfd_open", "pidfd_send_signal"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const Child child = arena.Spawn(body::Lingers, kInside);
      return Outcome::Of(Handle::To(child, path).Signal(0));
    },
}};

const Registered<Conformance> kWaitIn{{
    .name = "namespace/wait_inside",
    .question = "Can a child be waited for that is the init of its own PID namespace?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("exited", "the PID namespace does not affect who the parent is", "wait(2)")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Child child = arena.Spawn(body::Exits, kInside);
      child.AwaitZombie();
      return Outcome::Of(Handle::To(child, path).Wait(WEXITED | WNOWAIT));
    },
}};

// A process in there too, and its pidfd, in a descriptor table that all of them share.
struct Resident {
  int pidfd = -1;
};

int LeadsResident(int gate) {
  int place = -1;
  const Result<pid_t> made = tested::Clone(abi::kClonePidfd | CLONE_FILES, SIGCHLD, &place);
  if (!made.ok()) return kCannot;
  if (*made == 0) return body::Lingers(gate);
  Shared<Resident>().pidfd = place;
  return body::AtGate(gate);
}

const Registered<Conformance> kInitEnds{{
    .name = "namespace/end_of_init",
    .question = "Have all other processes of a PID namespace ended once its init is reaped?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"clone/pidfd", "poll"},
              .claims = {Must("ended", "the kernel kills all of them before init can be reaped",
                              "pid_namespaces(7), kernel/pid_namespace.c zap_pid_ns_processes")},
              .ask = [](Arena& arena) -> Outcome {
                Shared<Resident>();
                Child init = arena.Spawn(LeadsResident, {.flags = CLONE_NEWPID | CLONE_FILES});
                init.Open();
                Require(init.Reap().si_status == body::kGateStatus);
                const Fd resident(Shared<Resident>().pidfd);
                const Result<short> ready = tested::Poll(resident.get(), POLLIN, 0);
                if (!ready.ok()) return Outcome::Of(ready.error());
                return (*ready & POLLIN) != 0 ? "ended" : "not_ended";
              }},
    .legacy = NotPossible("its PID is not known outside"),
}};

// The next child is the second process in there.
template <typename Join>
Outcome NextIsInside(Join join) {
  const pid_t before = getpid();
  const sys::Status joined = join();
  if (!joined.ok()) return Outcome::Of(joined);
  if (getpid() != before) return "caller_moved";
  const Result<pid_t> made = tested::Clone(0, SIGCHLD, nullptr);
  if (!made.ok()) return Outcome::Of(made.error());
  if (*made == 0) _exit(getpid() == 2 ? 0 : 1);
  const siginfo_t ended = Require(sys::Waitid(P_PID, *made, WEXITED));
  return ended.si_status == 0 ? "children_only" : "nobody_moved";
}

const Registered<Conformance> kJoinIn{{
    .name = "namespace/join_inside",
    .question = "Does the caller itself move when it joins a descendant PID namespace by setns?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("children_only", "the caller keeps its PID; only its later children move",
                    "setns(2), pid_namespaces(7)")},
    .pidfd = {.needs = {"pidfd_open", "setns/pidfd"},
              .ask = [](Arena& arena) -> Outcome {
                const Child init = arena.Spawn(body::Lingers, kInside);
                const Fd pidfd = Require(tested::PidfdOpen(init.pid(), 0));
                return NextIsInside([&] { return tested::Setns(pidfd.get(), CLONE_NEWPID); });
              }},
    .legacy = {.needs = {"setns/pidfd"},
               .ask = [](Arena& arena) -> Outcome {
                 const ChildWithProcDir shown = SpawnShown(arena, kInside);
                 const Fd file(openat(shown.directory.get(), "ns/pid", O_RDONLY | O_CLOEXEC));
                 Require(bool(file));
                 return NextIsInside([&] { return proc::Join(file.get(), CLONE_NEWPID); });
               }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::namespace_foreign
