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

const Registered<Scenario> kLevel{{
    .name = "ready/level_triggered",
    .question = "Is the end reported again as long as the process is not reaped (level-triggered)?",
    .pidfd_needs = {"pidfd_open", "epoll"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "in", kMust, "the descriptor stays readable", "epoll(7)"}},
    .by_pidfd = SecondLook<EPOLLIN>,
    .not_possible_by_pid = kNoLegacy,
}};

const Registered<Scenario> kEdge{{
    .name = "ready/edge_triggered",
    .question = "Is the end reported once (edge-triggered)?",
    .pidfd_needs = {"pidfd_open", "epoll"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "none", kMust, "nothing has changed since the first report", "epoll(7)"}},
    .by_pidfd = SecondLook<EPOLLIN | EPOLLET>,
    .not_possible_by_pid = kNoLegacy,
}};

const Registered<Scenario> kOneShot{{
    .name = "ready/one_shot",
    .question = "Is the end reported once (one-shot)?",
    .pidfd_needs = {"pidfd_open", "epoll"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "none", kMust, "the registration is disabled by its first event",
                "epoll_ctl(2)"}},
    .by_pidfd = SecondLook<EPOLLIN | EPOLLONESHOT>,
    .not_possible_by_pid = kNoLegacy,
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

const Registered<Scenario> kEdgeReaped{{
    .name = "ready/edge_triggered_reaped",
    .question =
        "Does an edge-triggered loop hear twice of one process, of its end and its reaping?",
    .pidfd_needs = {"pidfd_open", "epoll"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "in_hup", kMust,
                "the reaping is a second event: count processes, not events",
                "Linux 6.9 pidfd_poll", &eras::kHangup},
               {kPidfd,
                "none",
                kMay,
                "the reaping was no event",
                "kernel/fork.c pidfd_poll",
                {},
                &eras::kHangup}},
    .by_pidfd = AfterReaping<EPOLLIN | EPOLLET>,
    .not_possible_by_pid = kNoLegacy,
}};

const Registered<Scenario> kLevelReaped{{
    .name = "ready/level_triggered_reaped",
    .question = "Is a process that is reaped still reported until its pidfd is closed?",
    .pidfd_needs = {"pidfd_open", "epoll"},
    .without_pid_namespace = kPidfdOnly,
    .claims =
        {{kPidfd, "in_hup", kMust, "readable for good, and hung up since it is reaped",
          "Linux 6.9 pidfd_poll", &eras::kHangup},
         {kPidfd, "in", kMay, "readable for good", "kernel/fork.c pidfd_poll", {}, &eras::kHangup}},
    .by_pidfd = AfterReaping<EPOLLIN>,
    .not_possible_by_pid = kNoLegacy,
}};

const Registered<Scenario> kOneShotReaped{{
    .name = "ready/one_shot_reaped",
    .question = "Does a disabled one-shot registration hear of the reaping?",
    .pidfd_needs = {"pidfd_open", "epoll"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "none", kMust, "not before it is armed again", "epoll_ctl(2)"}},
    .by_pidfd = AfterReaping<EPOLLIN | EPOLLONESHOT>,
    .not_possible_by_pid = kNoLegacy,
}};

const Registered<Scenario> kAddedLate{{
    .name = "ready/added_late",
    .question = "Is the end reported to a registration that comes after it, of every kind?",
    .pidfd_needs = {"pidfd_open", "epoll"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "in", kMust, "adding reports what is ready already, edge-triggered or not",
                "epoll(7)"}},
    .by_pidfd = [](Arena& arena) -> Outcome {
      const Watched watched(arena);
      watched.End();
      return SameForEach<std::uint32_t>(
          {0, EPOLLET, EPOLLONESHOT, EPOLLEXCLUSIVE},
          [&](std::uint32_t kind) { return Watch(watched.pidfd.get(), EPOLLIN | kind).Next(); });
    },
    .not_possible_by_pid = kNoLegacy,
}};

const Registered<Scenario> kAddedForNothing{{
    .name = "ready/added_no_events",
    .question = "Does a registration for no events at all hear of the reaping?",
    .pidfd_needs = {"pidfd_open", "epoll"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "hup", kMust, "EPOLLHUP need not be asked for, and the end is none",
                "Linux 6.9 pidfd_poll, epoll_ctl(2)", &eras::kHangup},
               {kPidfd,
                "none",
                kMay,
                "the reaping was no event",
                "kernel/fork.c pidfd_poll",
                {},
                &eras::kHangup}},
    .by_pidfd = [](Arena& arena) -> Outcome {
      Watched watched(arena);
      const Watch watch(watched.pidfd.get(), 0);
      watched.End();
      const Outcome at_end = watch.Next();
      if (at_end != Outcome("none")) return at_end;
      watched.child.Reap();
      return watch.Next();
    },
    .not_possible_by_pid = kNoLegacy,
}};

const Registered<Scenario> kExclusive{{
    .name = "ready/exclusive",
    .question =
        "Several event loops watch one process with EPOLLEXCLUSIVE: do all hear of its end?",
    .pidfd_needs = {"pidfd_open", "epoll"},
    .without_pid_namespace = kPidfdOnly,
    .claims = {{kPidfd, "all", kMust,
                "the end wakes all waiters: one loop cannot take it from another",
                "kernel/exit.c do_notify_pidfd"}},
    .by_pidfd = [](Arena& arena) -> Outcome {
      const Watched watched(arena);
      const std::array<Watch, 3> watches = {Watch(watched.pidfd.get(), EPOLLIN | EPOLLEXCLUSIVE),
                                            Watch(watched.pidfd.get(), EPOLLIN | EPOLLEXCLUSIVE),
                                            Watch(watched.pidfd.get(), EPOLLIN | EPOLLEXCLUSIVE)};
      watched.End();
      for (const Watch& watch : watches) {
        if (watch.Next() != Outcome("in")) return "not_all";
      }
      return "all";
    },
    .not_possible_by_pid = kNoLegacy,
}};

Outcome Watchable(int fd) {
  const Fd set(epoll_create1(EPOLL_CLOEXEC));
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  Require(static_cast<bool>(set));
  return Outcome::Of(epoll_ctl(set.get(), EPOLL_CTL_ADD, fd, &wanted) == 0 ? 0 : errno);
}

const Registered<Scenario> kProcDirectory{{
    .name = "ready/proc_directory",
    .question =
        "A process is held by pidfd, or by its /proc directory: can an event loop watch it?",
    .pidfd_needs = {"pidfd_open", "epoll"},
    .without_pid_namespace = kBothPaths,
    .claims = {{kPidfd, "ok", kMust, "a pidfd can be polled", "pidfd_open(2) NOTES"},
               {kLegacyPid, "eperm", kMust, "a directory of /proc cannot be polled",
                "epoll_ctl(2)"}},
    .by_pidfd = [](Arena& arena) { return Watchable(Watched(arena).pidfd.get()); },
    .by_number = [](Arena&) -> Outcome {
      const Fd directory(open("/proc/self", O_DIRECTORY | O_CLOEXEC));
      if (!directory) throw Unsupported("there is no /proc to open");
      return Watchable(directory.get());
    },
}};

}  // namespace
}  // namespace pidproof
