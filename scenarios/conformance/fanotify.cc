// The process that caused an event of fanotify(7): FAN_REPORT_PIDFD, and the PID in the event.
#include <fcntl.h>
#include <sys/fanotify.h>

#include <array>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/eras.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/fanotify_group.h"
#include "scenarios/fixtures/fd_table.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"

namespace pidproof::scenarios::conformance::fanotify {
namespace {

const std::vector<std::string_view> kNeeds = {"fanotify/pidfd"};
const std::vector<std::string_view> kNeedsSignal = {"fanotify/pidfd", "pidfd_send_signal"};
constexpr char kPidOfEvent[] = "the event holds the PID of its actor";
constexpr char kNoPidfdOfReaped[] = "FAN_NOPIDFD: it had ended before the event was read";
constexpr char kPidfdOfReaped[] = "the event holds a pidfd, which refers to the ended process";

const Registered<Conformance> kActor{{
    .name = "fanotify/actor",
    .question = "Does an event of fanotify name the process that caused it?",
    .pidfd = {.needs = kNeedsSignal,
              .claims = {Must("the_child", "FAN_REPORT_PIDFD adds a pidfd to each event",
                              "fanotify_init(2), fanotify(7)")}},
    .legacy = {.claims = {Must("the_child", kPidOfEvent, "fanotify(7)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      WatchedOpener watched(arena, FanotifyGroup::ReportsOf(path));
      return IsChild(watched.Actor(), watched.child);
    },
}};

template <bool kReaped>
Outcome Ended(Arena& arena, Path path) {
  WatchedOpener watched(arena, FanotifyGroup::ReportsOf(path));
  watched.child.Kill();
  watched.child.AwaitZombie();
  if (kReaped) watched.child.Reap();
  return watched.Actor().Signal(0);
}

const Registered<Conformance> kZombie{{
    .name = "fanotify/actor_zombie",
    .question = "Does an event of fanotify name a process that has ended but is not reaped?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("ok", "a zombie is still a process", "kill(2)")},
    .pidfd = {.needs = kNeedsSignal},
    .ask = Ended<false>,
}};

const Registered<Conformance> kReaped{{
    .name = "fanotify/actor_reaped",
    .question = "What does an event of fanotify hold once its actor is reaped?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeedsSignal,
              .claims = {Must("no_pidfd", kNoPidfdOfReaped, "fanotify(7)")
                             .Until(eras::kFanotifyKeepsActor),
                         Must("esrch", kPidfdOfReaped, "fs/notify/fanotify/fanotify.c")
                             .Since(eras::kFanotifyKeepsActor)}},
    .legacy = {.claims = {Must("esrch", "no process has this PID until it is reused", "kill(2)")}},
    .ask = Ended<true>,
}};

const Registered<Conformance> kReissued{{
    .name = "fanotify/actor_reissued",
    .question =
        "Which process is signalled when the actor of an event is reaped and its PID reused?",
    .pidfd = {.needs = {"fanotify/pidfd", "pidfd_send_signal", "clone3/pidfd"},
              .claims = {Must("no_pidfd", kNoPidfdOfReaped, "fanotify(7)")
                             .Until(eras::kFanotifyKeepsActor),
                         Must("esrch", kPidfdOfReaped, "fs/notify/fanotify/fanotify.c")
                             .Since(eras::kFanotifyKeepsActor),
                         Never("hit_stranger", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)")}},
    .legacy = {.needs = {"clone3/pidfd"},
               .claims = {Hazard("hit_stranger", "the event contains a PID that is out of date",
                                 "fanotify(7)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      static constexpr std::array<pid_t, 1> kPids = {Arena::kFirstPid};
      WatchedOpener watched(arena, FanotifyGroup::ReportsOf(path),
                            {.how = SpawnOptions::kClone3, .set_tid = kPids});
      watched.child.Kill();
      watched.child.Reap();
      const Arena::Stub stranger = arena.SpawnWithPid(StubLife::kWaits, false);
      return SignalPastReuse(arena, watched.Actor(), stranger);
    },
}};

const Registered<Conformance> kCloseOnExec{{
    .name = "fanotify/close_on_exec",
    .question = "Is the pidfd in an event of fanotify close-on-exec?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("close_on_exec", "every pidfd that the kernel makes is",
                              "pidfd_open(2), kernel/fork.c pidfd_prepare")},
              .ask = [](Arena& arena) -> Outcome {
                const WatchedOpener watched(arena, abi::kFanReportPidfd);
                const FanotifyGroup::Event event = watched.ActorsEvent();
                const Named named = watched.group.NameIn(event);
                if (!named.handle) return named.instead;
                const int flags = fcntl(event.pidfd, F_GETFD);
                Require(flags >= 0);
                return (flags & FD_CLOEXEC) != 0 ? "close_on_exec" : "survives_exec";
              }},
    .legacy = NotPossible("a PID is not a descriptor"),
}};

const Registered<Conformance> kFullTable{{
    .name = "fanotify/full_table",
    .question = "Is an event of fanotify lost when no descriptor is free for its pidfd?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("epidfd", "the event comes with FAN_EPIDFD in place of a descriptor",
                              "fanotify(7)")}},
    .legacy = {.claims = {Must("named", "a PID needs no descriptor", "fanotify(7)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const WatchedOpener watched(arena, FanotifyGroup::ReportsOf(path));
      const FullFdTable room_for_the_file(1);
      return watched.Actor().Word();
    },
}};

const Registered<Conformance> kSmallBuffer{{
    .name = "fanotify/small_buffer",
    .question = "Can an event of fanotify be read into a buffer that holds its first part only?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("einval", "the pidfd makes the event larger: nothing is left out",
                              "fanotify(7)")}},
    .legacy = {.claims = {Must("named", "the event has no other part", "fanotify(7)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const WatchedOpener watched(arena, FanotifyGroup::ReportsOf(path));
      return watched.Actor(sizeof(fanotify_event_metadata)).Word();
    },
}};

const Registered<Conformance> kOutside{{
    .name = "fanotify/actor_outside",
    .question =
        "What does an event of fanotify hold for an actor outside the reader's PID namespace?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("no_pidfd", "FAN_NOPIDFD: the reader could not name the process",
                              "fs/notify/fanotify/fanotify_user.c copy_event_to_user")}},
    .legacy = {.claims = {Hazard("pid_0",
                                 "the PID is 0, which to kill(2) is the caller's own process group",
                                 "fanotify(7), kill(2)")}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      const FanotifyGroup group(FanotifyGroup::ReportsOf(path));
      Require(OpenRoot());
      return group.NameIn(group.NextFromBelow(arena)).Word();
    },
}};

const Registered<Conformance> kOtherReports{{
    .name = "fanotify/with_file_handles",
    .question = "Can the events of one group name both their actor and the file by its handle?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("ok", "each report is a record of its own",
                              "fanotify_init(2) FAN_REPORT_FID")},
              .ask = [](Arena&) -> Outcome {
                return SameForEach<unsigned>(
                    {FAN_REPORT_FID, FAN_REPORT_DIR_FID, FAN_REPORT_DFID_NAME},
                    [](unsigned report) {
                      return Outcome::Of(sys::FanotifyInit(abi::kFanReportPidfd | report).error());
                    });
              }},
    .legacy = NotPossible("every event holds a PID"),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::fanotify
