// epoll(7) on a pidfd: how many events each way of registering gives, and when.
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>

#include <array>

#include "probes/system/require.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/watch.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof {
namespace {

constexpr std::string_view kNoLegacy = "a number cannot be registered";

// A child that ends when told to, and its pidfd.
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

// The event of the end is looked for twice; the second look decides.
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
    .question = "Is the end reported again as long as the process is not reaped (level-triggered)?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Must("in", "the descriptor stays readable", "epoll(7)")},
              .ask = SecondLook<EPOLLIN>},
    .legacy = NotPossible(kNoLegacy),
}};

const Registered<Conformance> kEdge{{
    .name = "ready/edge_triggered",
    .question = "Is the end reported once (edge-triggered)?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Must("none", "nothing has changed since the first report", "epoll(7)")},
              .ask = SecondLook<EPOLLIN | EPOLLET>},
    .legacy = NotPossible(kNoLegacy),
}};

const Registered<Conformance> kOneShot{{
    .name = "ready/one_shot",
    .question = "Is the end reported once (one-shot)?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Must("none", "the registration is disabled by its first event",
                              "epoll_ctl(2)")},
              .ask = SecondLook<EPOLLIN | EPOLLONESHOT>},
    .legacy = NotPossible(kNoLegacy),
}};

// The end has been reported; what does the reaping add?
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
    .question =
        "Does an edge-triggered loop hear twice of one process, of its end and its reaping?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Must("in_hup",
                              "the reaping is a second event: count processes, not events",
                              "Linux 6.9 pidfd_poll")
                             .Since(eras::kHangup),
                         May("none", "the reaping was no event", "kernel/fork.c pidfd_poll")
                             .Until(eras::kHangup)},
              .ask = AfterReaping<EPOLLIN | EPOLLET>},
    .legacy = NotPossible(kNoLegacy),
}};

const Registered<Conformance> kLevelReaped{{
    .name = "ready/level_triggered_reaped",
    .question = "Is a process that is reaped still reported until its pidfd is closed?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims =
                  {Must("in_hup", "readable for good, and hung up since it is reaped",
                        "Linux 6.9 pidfd_poll")
                       .Since(eras::kHangup),
                   May("in", "readable for good", "kernel/fork.c pidfd_poll").Until(eras::kHangup)},
              .ask = AfterReaping<EPOLLIN>},
    .legacy = NotPossible(kNoLegacy),
}};

const Registered<Conformance> kOneShotReaped{{
    .name = "ready/one_shot_reaped",
    .question = "Does a disabled one-shot registration hear of the reaping?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Must("none", "not before it is armed again", "epoll_ctl(2)")},
              .ask = AfterReaping<EPOLLIN | EPOLLONESHOT>},
    .legacy = NotPossible(kNoLegacy),
}};

const Registered<Conformance> kAddedLate{{
    .name = "ready/added_late",
    .question = "Is the end reported to a registration that comes after it, of every kind?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Must("in", "adding reports what is ready already, edge-triggered or not",
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
    .question = "Does a registration for no events at all hear of the reaping?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Must("hup", "EPOLLHUP need not be asked for, and the end is none",
                              "Linux 6.9 pidfd_poll, epoll_ctl(2)")
                             .Since(eras::kHangup),
                         May("none", "the reaping was no event", "kernel/fork.c pidfd_poll")
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
    .question =
        "Several event loops watch one process with EPOLLEXCLUSIVE: do all hear of its end?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Must("all",
                              "the end wakes all waiters: one loop cannot take it from another",
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
    .question =
        "A process is held by pidfd, or by its /proc directory: can an event loop watch it?",
    .without_pid_namespace = kBothPaths,
    .pidfd = {.needs = {"pidfd_open", "epoll"},
              .claims = {Must("ok", "a pidfd can be polled", "pidfd_open(2) NOTES")},
              .ask = [](Arena& arena) { return Watchable(Watched(arena).pidfd.get()); }},
    .legacy = {.claims = {Must("eperm", "a directory of /proc cannot be polled", "epoll_ctl(2)")},
               .ask = [](Arena&) -> Outcome {
                 const Fd directory(open("/proc/self", O_DIRECTORY | O_CLOEXEC));
                 if (!directory) throw Unsupported("there is no /proc to open");
                 return Watchable(directory.get());
               }},
}};

}  // namespace
}  // namespace pidproof
