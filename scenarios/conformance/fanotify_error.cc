// Events of fanotify(7) with FAN_REPORT_FD_ERROR (6.13): where a descriptor could not be made, its
// place holds the errno.
#include <errno.h>

#include "probes/system/require.h"
#include "scenarios/eras.h"
#include "scenarios/fixtures/fanotify_group.h"
#include "scenarios/fixtures/fd_table.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::fanotify_error {
namespace {

const std::vector<std::string_view> kNeeds = {"fanotify/pidfd", "fanotify/fd_error"};
constexpr std::uint32_t kReports = abi::kFanReportPidfd | abi::kFanReportFdError;
constexpr char kSource[] = "Linux 6.13 fs/notify/fanotify/fanotify_user.c copy_event_to_user";
constexpr char kNoDescriptor[] = "a PID is not a descriptor: no errno takes its place";

const Registered<Conformance> kReaped{{
    .name = "fanotify/error_reaped",
    .question = "What does an event of fanotify that reports errors hold once its actor is reaped?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"fanotify/pidfd", "fanotify/fd_error", "pidfd_send_signal"},
              .claims = {Must("esrch_as_descriptor",
                              "-ESRCH: it had ended before the event was read", kSource)
                             .Until(eras::kFanotifyKeepsActor),
                         Must("esrch", "a pidfd, which refers to the ended process",
                              "fs/notify/fanotify/fanotify.c")
                             .Since(eras::kFanotifyKeepsActor)},
              .ask = [](Arena& arena) -> Outcome {
                WatchedOpener watched(arena, kReports);
                watched.child.Kill();
                watched.child.Reap();
                return watched.Actor().Signal(0);
              }},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kFullTable{{
    .name = "fanotify/error_full_table",
    .question = "Does an event of fanotify hold the errno if no descriptor is free for its pidfd?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("emfile_as_descriptor",
                              "-EMFILE in place of the pidfd, where FAN_EPIDFD has no reason",
                              kSource)},
              .ask = [](Arena& arena) -> Outcome {
                const WatchedOpener watched(arena, kReports);
                const FullFdTable room_for_the_file(1);
                const FanotifyGroup::Event event = watched.ActorsEvent();
                if (event.error == 0 && event.file < 0) return "no_file";
                return watched.group.NameIn(event).Word();
              }},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kNoRoom{{
    .name = "fanotify/error_no_descriptor",
    .question = "Is an event of fanotify that reports errors lost when no descriptor is free?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("emfile_as_descriptor",
                              "the event comes, and -EMFILE is in place of both descriptors",
                              kSource)}},
    .legacy = {.needs = {"fanotify/fd_error"},
               .claims = {Must("named", "the event comes, with -EMFILE in place of the file",
                               kSource)}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const WatchedOpener watched(arena, FanotifyGroup::ReportsOf(path) | abi::kFanReportFdError);
      const FullFdTable no_room;
      const FanotifyGroup::Event event = watched.ActorsEvent();
      if (event.error == 0 && event.file != -EMFILE) return "another_file";
      return watched.group.NameIn(event).Word();
    },
}};

const Registered<Conformance> kOutside{{
    .name = "fanotify/error_outside",
    .question = "Does an event of fanotify hold the errno if its actor is outside the reader's PID "
                "namespace?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("esrch_as_descriptor",
                              "-ESRCH: the reader could not name the process", kSource)},
              .ask = [](Arena& arena) -> Outcome {
                const FanotifyGroup group(kReports);
                Require(OpenRoot());
                return group.NameIn(group.NextFromBelow(arena)).Word();
              }},
    .legacy = NotPossible(kNoDescriptor),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::fanotify_error
