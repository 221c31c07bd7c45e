// Calls other than pidfd_send_signal that are given a /proc/PID directory in place of a pidfd.
#include "probes/system/abi.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/proc_directory.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::memory_proc {
namespace {

constexpr std::string_view kPidInName = "these calls take no PID";

const Registered<Conformance> kAdvise{{
    .name = "memory/advise_proc_directory",
    .question = "Does process_madvise accept a /proc directory as a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_send_signal/proc_fd", "process_madvise"},
              .claims = {Must("ebadf", "only pidfd_send_signal does",
                              "process_madvise(2), kernel/pid.c pidfd_pid")},
              .ask = [](Arena& arena) -> Outcome {
                const ChildWithProcDir shown = SpawnShown(arena);
                return Outcome::Of(
                    sys::ProcessMadvise(shown.directory.get(), {}, abi::kMadvCold, 0).error());
              }},
    .legacy = NotPossible(kPidInName),
}};

const Registered<Conformance> kRelease{{
    .name = "memory/release_proc_directory",
    .question = "Does process_mrelease accept a /proc directory as a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_send_signal/proc_fd", "process_mrelease"},
              .claims = {Must("ebadf", "only pidfd_send_signal does",
                              "process_mrelease(2), kernel/pid.c pidfd_pid")},
              .ask = [](Arena& arena) -> Outcome {
                const ChildWithProcDir shown = SpawnShown(arena);
                return Outcome::Of(sys::ProcessMrelease(shown.directory.get(), 0));
              }},
    .legacy = NotPossible(kPidInName),
}};

const Registered<Conformance> kInfo{{
    .name = "info/proc_directory",
    .question = "Does PIDFD_GET_INFO accept a /proc directory as a pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_send_signal/proc_fd", "ioctl/info"},
              .claims = {Must("enotty", "a directory has no such request", "ioctl(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const ChildWithProcDir shown = SpawnShown(arena);
                return Outcome::Of(tested::GetInfo(shown.directory.get(), abi::kInfoPid).error);
              }},
    .legacy = NotPossible("the files in the directory hold the same"),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::memory_proc
