// The process that caused an event of fanotify(7): FAN_REPORT_PIDFD, and the PID in the event.
#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/fanotify.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "probes/system/errno_name.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/eras.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/fd_table.h"
#include "scenarios/fixtures/report.h"
#include "scenarios/fixtures/sockets.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::fanotify {
namespace {

// What FAN_REPORT_PIDFD adds to an event.
struct PidfdRecord {
  fanotify_event_info_header header;
  int pidfd;
};
constexpr std::size_t kWithPidfd = sizeof(fanotify_event_metadata) + sizeof(PidfdRecord);

// A group that is notified when the root directory is opened, which changes nothing.
Fd Listen(bool with_pidfd) {
  constexpr unsigned kPlain = FAN_CLOEXEC;
  Result<Fd> group = sys::FanotifyInit(with_pidfd ? kPlain | abi::kFanReportPidfd : kPlain);
  if (!group.ok()) {
    throw Unsupported(fmt::format("fanotify_init is refused here ({}); it needs CAP_SYS_ADMIN",
                                  ErrnoName(group.error())));
  }
  if (fanotify_mark(group->get(), FAN_MARK_ADD, FAN_OPEN | FAN_ONDIR, AT_FDCWD, "/") < 0) {
    throw Unsupported(fmt::format("the root directory cannot be watched ({})", ErrnoName(errno)));
  }
  return std::move(*group);
}

bool OpenRoot() { return bool(Fd(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC))); }

int Opens(int gate) {
  report::Send(OpenRoot() ? 0 : errno);
  return body::Lingers(gate);
}

struct Event {
  int error = 0;  // of read(2)
  pid_t pid = 0;
  int pidfd = FAN_NOPIDFD;
};

// The next event, of any process. The file that comes with it is closed.
Event Next(const Fd& group, bool with_pidfd, std::size_t room = kWithPidfd) {
  alignas(fanotify_event_metadata) char bytes[kWithPidfd];
  Require(room <= sizeof bytes);
  if (!with_pidfd) room = sizeof(fanotify_event_metadata);
  const ssize_t length = read(group.get(), bytes, room);
  if (length < 0) return {.error = errno};
  fanotify_event_metadata event{};
  std::memcpy(&event, bytes, sizeof event);
  const Fd opened(event.fd);
  Event next{.pid = event.pid};
  if (!with_pidfd) return next;
  PidfdRecord record{};
  Require(static_cast<std::size_t>(length) == kWithPidfd);
  std::memcpy(&record, bytes + event.metadata_len, sizeof record);
  Require(record.header.info_type == FAN_EVENT_INFO_TYPE_PIDFD);
  next.pidfd = record.pidfd;
  return next;
}

Named NameIn(const Event& event, bool with_pidfd) {
  if (event.error != 0) return {std::nullopt, Outcome::Of(event.error)};
  if (!with_pidfd) return Name(ucred{event.pid, 0, 0});
  if (event.pidfd == FAN_NOPIDFD) return {std::nullopt, "no_pidfd"};
  if (event.pidfd == FAN_EPIDFD) return {std::nullopt, "epidfd"};
  return Name(event.pidfd);
}

// A group, and a child whose opening waits there as an event.
struct Watched {
  explicit Watched(Arena& arena, Path path, const SpawnOptions& options = {})
      : with_pidfd(Handle::NeedsPidfdAtSpawn(path)),
        group(Listen(with_pidfd)),
        child(SpawnOpener(arena, options)),
        pid(child.pid()) {}

  static Child SpawnOpener(Arena& arena, const SpawnOptions& options) {
    report::Open();
    Child child = arena.Spawn(Opens, options);
    Require(report::Receive() == 0);
    return child;
  }
  // The child's event; those of other processes are passed over.
  Event ActorsEvent(std::size_t room = kWithPidfd) const {
    for (;;) {
      const Event event = Next(group, with_pidfd, room);
      if (event.error != 0 || event.pid == pid) return event;
      NameIn(event, with_pidfd);  // closes its pidfd
    }
  }
  // The process that it names.
  Named Actor(std::size_t room = kWithPidfd) const { return NameIn(ActorsEvent(room), with_pidfd); }

  bool with_pidfd;
  Fd group;
  Child child;
  pid_t pid;
};

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
      Watched watched(arena, path);
      return IsChild(watched.Actor(), watched.child);
    },
}};

template <bool kReaped>
Outcome Ended(Arena& arena, Path path) {
  Watched watched(arena, path);
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
      Watched watched(arena, path, {.how = SpawnOptions::kClone3, .set_tid = kPids});
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
                const Event event = Watched(arena, kPidfd).ActorsEvent();
                const Named named = NameIn(event, true);
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
      const Watched watched(arena, path);
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
      return Watched(arena, path).Actor(sizeof(fanotify_event_metadata)).Word();
    },
}};

// Handed to a child by fork. A trial has a process of its own.
const Fd* group_above = nullptr;
bool above_with_pidfd = false;

int ReadsFromBelow(int) {
  const Event event = Next(*group_above, above_with_pidfd);
  report::Send(event.error);
  report::Send(event.pid);
  report::Send(event.pidfd);
  return 0;
}

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
      above_with_pidfd = Handle::NeedsPidfdAtSpawn(path);
      const Fd group = Listen(above_with_pidfd);
      group_above = &group;
      Require(OpenRoot());
      report::Open();
      const Child reader = arena.Spawn(ReadsFromBelow, {.flags = CLONE_NEWPID});
      Event event{.error = report::ReceiveInt()};
      event.pid = report::ReceiveInt();
      event.pidfd = report::ReceiveInt();
      return NameIn(event, above_with_pidfd).Word();
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
