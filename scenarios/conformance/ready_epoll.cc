// epoll(7) on a pidfd: how many events each kind of registration gives, and when.
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>

#include <array>

#include "probes/system/require.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/watch.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::ready_epoll {
namespace {

constexpr std::string_view kNoLegacy = "a PID cannot be registered";

// A child that exits on request, and its pidfd.
struct Watched {
  explicit Watched(Arena& arena)
      : child(arena.Spawn(body::Lingers)), pidfd(Require(tested::PidfdOpen(child.pid(), 0))) {}
  void End() const {
    child.Kill();
    child.AwaitZombie();
  }
  Child child;
  Fd pidfd;
};

// Looks twice for the event of the exit; the second look decides.
template <std::uint32_t kEvents>
Outcome SecondLook(Arena& arena) {
  const Watched watched(arena);
  const Watch watch(watched.pidfd.get(), kEvents);
  if (watch.Next() != Outcome("none")) return "too_early";
  watched.End();
  if (watch.Next() != Outcome("in")) return "never";
  return watch.Next();
}

const Registered<Conformance> kLevel{{
    .name = "ready/level_triggered",
    .question = "Does level-triggered epoll report the end again until the process is reaped?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Must("in", "the descriptor stays readable", "epoll(7)")},
              .ask = SecondLook<EPOLLIN>},
    .legacy = NotPossible(kNoLegacy),
}};

const Registered<Conformance> kEdge{{
    .name = "ready/edge_triggered",
    .question = "Does edge-triggered epoll report the end once?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Must("none", "nothing has changed since the first report", "epoll(7)")},
              .ask = SecondLook<EPOLLIN | EPOLLET>},
    .legacy = NotPossible(kNoLegacy),
}};

const Registered<Conformance> kOneShot{{
    .name = "ready/one_shot",
    .question = "Does one-shot epoll report the end once?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Must("none", "the registration is disabled by its first event",
                              "epoll_ctl(2)")},
              .ask = SecondLook<EPOLLIN | EPOLLONESHOT>},
    .legacy = NotPossible(kNoLegacy),
}};

// The exit has been reported; what does reaping add?
template <std::uint32_t kEvents>
Outcome AfterReaping(Arena& arena) {
  Watched watched(arena);
  const Watch watch(watched.pidfd.get(), kEvents);
  watched.End();
  if (watch.Next() != Outcome("in")) return "never";
  watched.child.Reap();
  return watch.Next();
}

const Registered<Conformance> kEdgeReaped{{
    .name = "ready/edge_triggered_reaped",
    .question = "Does edge-triggered epoll report both the end and the reaping of a process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Must("in_hup",
                              "the reaping is a second event: count processes, not events",
                              "Linux 6.9 pidfd_poll")
                             .Since(eras::kHangup),
                         May("none", "the reaping was not an event", "kernel/fork.c pidfd_poll")
                             .Until(eras::kHangup)},
              .ask = AfterReaping<EPOLLIN | EPOLLET>},
    .legacy = NotPossible(kNoLegacy),
}};

const Registered<Conformance> kLevelReaped{{
    .name = "ready/level_triggered_reaped",
    .question = "Does level-triggered epoll report a reaped process until its pidfd is closed?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims =
                  {Must("in_hup", "it stays readable, with EPOLLHUP once it is reaped",
                        "Linux 6.9 pidfd_poll")
                       .Since(eras::kHangup),
                   May("in", "it stays readable", "kernel/fork.c pidfd_poll").Until(eras::kHangup)},
              .ask = AfterReaping<EPOLLIN>},
    .legacy = NotPossible(kNoLegacy),
}};

const Registered<Conformance> kOneShotReaped{{
    .name = "ready/one_shot_reaped",
    .question = "Does epoll report the reaping to a disabled one-shot registration?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Must("none", "not before it is armed again", "epoll_ctl(2)")},
              .ask = AfterReaping<EPOLLIN | EPOLLONESHOT>},
    .legacy = NotPossible(kNoLegacy),
}};

const Registered<Conformance> kAddedLate{{
    .name = "ready/added_late",
    .question = "Does every kind of epoll registration report an end that came before it?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Must("in",
                              "EPOLL_CTL_ADD reports what is ready already, edge-triggered or not",
                              "epoll(7)")},
              .ask = [](Arena& arena) -> Outcome {
                const Watched watched(arena);
                watched.End();
                return SameForEach<std::uint32_t>(
                    {0, EPOLLET, EPOLLONESHOT, EPOLLEXCLUSIVE}, [&](std::uint32_t kind) {
                      return Watch(watched.pidfd.get(), EPOLLIN | kind).Next();
                    });
              }},
    .legacy = NotPossible(kNoLegacy),
}};

const Registered<Conformance> kAddedForNothing{{
    .name = "ready/added_no_events",
    .question = "Does epoll report the reaping to a registration for no events?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Must("hup",
                              "EPOLLHUP is always reported, and the end is not a requested event",
                              "Linux 6.9 pidfd_poll, epoll_ctl(2)")
                             .Since(eras::kHangup),
                         May("none", "the reaping was not an event", "kernel/fork.c pidfd_poll")
                             .Until(eras::kHangup)},
              .ask = [](Arena& arena) -> Outcome {
                Watched watched(arena);
                const Watch watch(watched.pidfd.get(), 0);
                watched.End();
                const Outcome at_end = watch.Next();
                if (at_end != Outcome("none")) return at_end;
                watched.child.Reap();
                return watch.Next();
              }},
    .legacy = NotPossible(kNoLegacy),
}};

const Registered<Conformance> kExclusive{{
    .name = "ready/exclusive",
    .question = "Does the end of a process wake all event loops that watch it with EPOLLEXCLUSIVE?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Must("all", "the end wakes all waiters: no loop can take it from another",
                              "kernel/exit.c do_notify_pidfd")},
              .ask = [](Arena& arena) -> Outcome {
                const Watched watched(arena);
                const std::array<Watch, 3> watches = {
                    Watch(watched.pidfd.get(), EPOLLIN | EPOLLEXCLUSIVE),
                    Watch(watched.pidfd.get(), EPOLLIN | EPOLLEXCLUSIVE),
                    Watch(watched.pidfd.get(), EPOLLIN | EPOLLEXCLUSIVE)};
                watched.End();
                for (const Watch& watch : watches) {
                  if (watch.Next() != Outcome("in")) return "not_all";
                }
                return "all";
              }},
    .legacy = NotPossible(kNoLegacy),
}};

Outcome Watchable(int fd) {
  const Fd set(epoll_create1(EPOLL_CLOEXEC));
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  Require(static_cast<bool>(set));
  return Outcome::Of(epoll_ctl(set.get(), EPOLL_CTL_ADD, fd, &wanted) == 0 ? 0 : errno);
}

const Registered<Conformance> kProcDirectory{{
    .name = "ready/proc_directory",
    .question = "Can an event loop watch a process by its pidfd or its /proc directory?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Must("ok", "a pidfd can be polled", "pidfd_open(2) NOTES")},
              .ask = [](Arena& arena) { return Watchable(Watched(arena).pidfd.get()); }},
    .legacy = {.claims = {Must("eperm", "a directory in /proc cannot be polled", "epoll_ctl(2)")},
               .ask = [](Arena&) -> Outcome {
                 const Fd directory(open("/proc/self", O_DIRECTORY | O_CLOEXEC));
                 if (!directory) throw Unsupported("/proc is not available");
                 return Watchable(directory.get());
               }},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::ready_epoll
