// PIDFD_INFO_COREDUMP: whether a process would dump core, and whether it has.
#include <sys/prctl.h>

#include <string_view>

#include "probes/system/pidfd_info.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::info_coredump {
namespace {

// PIDFD_COREDUMPED and so on: the bits of coredump_mask.
enum : std::uint32_t { kDumped = 1, kSkip = 2, kUser = 4, kRoot = 8 };

Outcome Word(const PidfdInfoReply& reply) {
  if (reply.error != 0) return Outcome::Of(reply.error);
  if (!reply.Has(abi::kInfoCoredump)) return "not_reported";
  switch (reply.info.coredump_mask) {
    case 0:
      return "reported_nothing";
    case kSkip:
      return "would_skip";
    case kUser:
      return "would_dump";
    case kRoot:
      return "would_dump_as_root";
    default:
      return (reply.info.coredump_mask & kDumped) != 0 ? "dumped" : "unknown";
  }
}

template <int kDumpable>
int Lingers(int gate) {
  report::Send(prctl(PR_SET_DUMPABLE, kDumpable) == 0);
  return body::Lingers(gate);
}

template <ProcessState kState, int kDumpable = 1>
Outcome AskByPidfd(Arena& arena) {
  report::Open();
  Child child = arena.Spawn(Lingers<kDumpable>);
  const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
  Require(report::Receive() == 1);
  DriveTo(child, kState);
  // The mask of a dead process is reported only to a request with PIDFD_INFO_EXIT.
  const std::uint64_t mask =
      abi::kInfoCoredump | (kState == ProcessState::kDead ? abi::kInfoExit : 0);
  return Word(tested::GetInfo(pidfd.get(), mask, abi::kPidfdInfoSize616));
}

template <ProcessState kState>
Outcome AskByPid(Arena& arena) {
  Child child = arena.Spawn(body::Lingers);
  const pid_t pid = child.pid();
  DriveTo(child, kState);
  return Outcome::Of(sys::Waitid(P_PID, pid, WEXITED | WNOHANG | WNOWAIT));
}

constexpr std::string_view kOnlySelf = "PR_GET_DUMPABLE reports on the caller only";

const Registered<Conformance> kDumpable{{
    .name = "info/coredump_dumpable",
    .question = "Does PIDFD_GET_INFO report that a live process would dump core?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_coredump"},
              .claims = {Must("would_dump", "PIDFD_COREDUMP_USER: it would dump as its own user",
                              "Linux 6.16 PIDFD_INFO_COREDUMP, PR_SET_DUMPABLE(2const)")},
              .ask = AskByPidfd<ProcessState::kAlive, 1>},
    .legacy = NotPossible(kOnlySelf),
}};

const Registered<Conformance> kNotDumpable{{
    .name = "info/coredump_not_dumpable",
    .question = "Does PIDFD_GET_INFO report that a process would not dump core?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_coredump"},
              .claims = {Must("would_skip", "PIDFD_COREDUMP_SKIP",
                              "Linux 6.16 PIDFD_INFO_COREDUMP, PR_SET_DUMPABLE(2const)")},
              .ask = AskByPidfd<ProcessState::kAlive, 0>},
    .legacy = NotPossible(kOnlySelf),
}};

const Registered<Conformance> kZombie{{
    .name = "info/coredump_zombie",
    .question = "What does PIDFD_GET_INFO report for a zombie that was killed without a core dump?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_coredump"},
              .claims = {Must("would_dump", "the process's dump setting without PIDFD_COREDUMPED",
                              "Linux 7.2 fs/pidfs.c pidfd_info")
                             .Since(eras::kCoredumpOfZombie),
                         Hazard("not_reported", "nothing is reported, although the zombie exists",
                                "fs/pidfs.c pidfd_info")
                             .Until(eras::kCoredumpOfZombie)
                             .Bug("info-coredump-bit"),
                         Hazard("reported_nothing", "the answer says neither yes nor no",
                                "fs/pidfs.c pidfd_info")
                             .Until(eras::kCoredumpBitMeansIt)
                             .Bug("info-coredump-bit")},
              .ask = AskByPidfd<ProcessState::kZombie>},
    .legacy = {.claims = {Must("killed", "CLD_KILLED rather than CLD_DUMPED", "wait(2)")},
               .ask = AskByPid<ProcessState::kZombie>},
}};

const Registered<Conformance> kDead{{
    .name = "info/coredump_dead",
    .question = "What does PIDFD_GET_INFO report for a reaped process that has dumped no core?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_coredump"},
              .claims = {Must("not_reported", "there is no core dump to report",
                              "Linux 6.19 fs/pidfs.c pidfd_info")
                             .Since(eras::kCoredumpBitMeansIt),
                         Hazard("reported_nothing", "the answer says neither yes nor no",
                                "fs/pidfs.c pidfd_info")
                             .Until(eras::kCoredumpBitMeansIt)
                             .Bug("info-coredump-bit")},
              .ask = AskByPidfd<ProcessState::kDead>},
    .legacy = {.claims = {Must("echild", "a status is handed out once", "wait(2)")},
               .ask = AskByPid<ProcessState::kDead>},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::info_coredump
