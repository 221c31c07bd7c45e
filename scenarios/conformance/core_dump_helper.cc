// Core dumps to a program that the kernel starts (core_pattern |PROGRAM %F, 6.16): it is given a
// pidfd of the process that crashes.
#include <sys/wait.h>

#include "probes/system/pidfd_info.h"
#include "scenarios/fixtures/core_helper.h"
#include "scenarios/fixtures/core_record.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::core_dump_helper {
namespace {

const std::vector<std::string_view> kNeeds = {"ioctl/info_pid", "ioctl/info_coredump"};
constexpr char kSource[] = "Linux 6.16 fs/coredump.c umh_coredump_setup";

const Registered<Conformance> kNamed{{
    .name = "core_dump/helper_named",
    .question = "Does what the helper program of a core dump is given name the process that "
                "crashes?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("names_crashing", "%F is the number of a pidfd, %p the PID", kSource)},
    .pidfd = {.needs = kNeeds,
              .ask = [](Arena& arena) -> Outcome {
                HelpedDump dump(arena);
                dump.Start();
                const PidfdInfoReply reply = tested::GetInfo(dump.pidfd().get(), abi::kInfoPid);
                const auto child = static_cast<std::uint32_t>(dump.child().pid());
                dump.Finish();
                if (reply.error != 0) return Outcome::Of(reply.error);
                return reply.info.pid == child ? "names_crashing" : "names_another";
              }},
    .legacy = {.needs = {"ioctl/info_coredump"},
               .ask = [](Arena& arena) -> Outcome {
                 HelpedDump dump(arena);
                 dump.Start();
                 dump.Finish();
                 return dump.pid() == dump.child().pid() ? "names_crashing" : "names_another";
               }},
}};

const Registered<Conformance> kHeld{{
    .name = "core_dump/helper_held",
    .question = "Does a process look ended while the helper program reads its core?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("not_ended_then_dumped", "it exits once its core is read, with CLD_DUMPED",
                    "kernel/signal.c get_signal, fs/coredump.c")},
    .pidfd = {.needs = {"pidfd_open", "poll", "waitid/p_pidfd", "ioctl/info_coredump"}},
    .legacy = {.needs = {"ioctl/info_coredump"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      HelpedDump dump(arena);
      const Handle handle = Handle::To(dump.child(), path);
      dump.Start();
      const Result<bool> ended = handle.Ended();
      dump.Finish();
      if (!ended.ok()) return Outcome::Of(ended.error());
      if (*ended) return "ended";
      const Outcome end = Outcome::Of(handle.Wait(WEXITED | WNOHANG | WNOWAIT));
      return end == Outcome("dumped") ? "not_ended_then_dumped" : end;
    },
}};

const Registered<Conformance> kRecord{{
    .name = "core_dump/helper_record",
    .question = "Does PIDFD_GET_INFO report a core dump to its helper program as it begins?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("recorded", "PIDFD_COREDUMPED is set before the program starts",
                              kSource)},
              .ask = [](Arena& arena) -> Outcome {
                HelpedDump dump(arena);
                dump.Start();
                const PidfdInfoReply reply =
                    tested::GetInfo(dump.pidfd().get(), abi::kInfoCoredump, abi::kPidfdInfoSize616);
                dump.Finish();
                return RecordOfCore(reply);
              }},
    .legacy = NotPossible("the dump's record is read by pidfd only"),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::core_dump_helper
