// poll(2) and select(2) on a pidfd: which bits each state has, and that they stay.
#include <poll.h>
#include <sys/select.h>

#include <thread>

#include "probes/system/require.h"
#include "scenarios/fixtures/poll_bits.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/fixtures/thread.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::ready_bits {
namespace {

constexpr std::string_view kNoLegacy = "a PID cannot be polled";

constexpr short kEveryEvent =
    POLLIN | POLLPRI | POLLOUT | POLLRDNORM | POLLRDBAND | POLLWRNORM | POLLWRBAND | POLLRDHUP;

template <ProcessState kState, short kEvents>
Outcome Polled(Arena& arena) {
  return In(kState, arena, [](int pidfd) { return PollBits(tested::Poll(pidfd, kEvents, 0)); });
}

const Registered<Conformance> kAlive{{
    .name = "ready/alive_bits",
    .question = "Does poll report anything for a live process, whatever events are requested?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("none", "only the end of the process is an event", "pidfd_open(2)")},
              .ask = Polled<ProcessState::kAlive, kEveryEvent>},
    .legacy = NotPossible(kNoLegacy),
}};

const Registered<Conformance> kZombie{{
    .name = "ready/zombie_bits",
    .question = "Which bits does poll report once the process has ended?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("in_rdnorm", "only readable until it is reaped",
                              "fs/pidfs.c pidfd_poll")},
              .ask = Polled<ProcessState::kZombie, kEveryEvent>},
    .legacy = NotPossible(kNoLegacy),
}};

const Registered<Conformance> kDead{{
    .name = "ready/dead_bits",
    .question = "Does poll distinguish a reaped process from a zombie?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("in_rdnorm_hup", "still readable, with POLLHUP once it is reaped",
                              "Linux 6.9 pidfd_poll")
                             .Since(eras::kHangup),
                         May("in_rdnorm", "poll could report POLLIN only",
                             "kernel/fork.c pidfd_poll")
                             .Until(eras::kHangup)},
              .ask = Polled<ProcessState::kDead, kEveryEvent>},
    .legacy = NotPossible(kNoLegacy),
}};

const Registered<Conformance> kZombieUnasked{{
    .name = "ready/zombie_no_events",
    .question = "Does the end of the process wake a poll with no requested events?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("none", "the end is POLLIN, which was not requested", "poll(2)")},
              .ask = Polled<ProcessState::kZombie, 0>},
    .legacy = NotPossible(kNoLegacy),
}};

const Registered<Conformance> kDeadUnasked{{
    .name = "ready/dead_no_events",
    .question = "Does a poll with no requested events report the reaping?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("hup", "POLLHUP is always reported", "Linux 6.9 pidfd_poll, poll(2)")
                             .Since(eras::kHangup),
                         May("none", "a reaped process looked like a zombie",
                             "kernel/fork.c pidfd_poll")
                             .Until(eras::kHangup)},
              .ask = Polled<ProcessState::kDead, 0>},
    .legacy = NotPossible(kNoLegacy),
}};

const Registered<Conformance> kStays{{
    .name = "ready/stays",
    .question = "Does poll consume the event?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("each_time", "an ended process stays ended: poll reports a state",
                              "pidfd_open(2)")},
              .ask = [](Arena& arena) -> Outcome {
                return In(ProcessState::kZombie, arena, [](int pidfd) -> Outcome {
                  for (int look = 0; look < 3; ++look) {
                    const Outcome bits = PollBits(tested::Poll(pidfd, POLLIN | POLLRDNORM, -1));
                    if (bits != Outcome("in_rdnorm")) return bits;
                  }
                  return "each_time";
                });
              }},
    .legacy = NotPossible(kNoLegacy),
}};

const Registered<Conformance> kOpenedLate{{
    .name = "ready/opened_late",
    .question = "Is a pidfd readable if it is opened only once the process is a zombie?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("in_rdnorm", "the state counts, not the time of opening",
                              "pidfd_open(2)")},
              .ask = [](Arena& arena) -> Outcome {
                const Child child = arena.Spawn(body::Exits);
                child.AwaitZombie();
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                return PollBits(tested::Poll(pidfd.get(), kEveryEvent, 0));
              }},
    .legacy = NotPossible(kNoLegacy),
}};

// The three sets of select(2), as one word.
Outcome Selected(int pidfd) {
  Require(pidfd < FD_SETSIZE);
  fd_set sets[3];
  for (fd_set& set : sets) {
    FD_ZERO(&set);
    FD_SET(pidfd, &set);
  }
  timeval now{0, 0};
  const int ready = select(pidfd + 1, &sets[0], &sets[1], &sets[2], &now);
  if (ready < 0) return "error";
  if (FD_ISSET(pidfd, &sets[1])) return "writable";
  if (FD_ISSET(pidfd, &sets[2])) return "exceptional";
  return FD_ISSET(pidfd, &sets[0]) ? "readable" : "none";
}

template <ProcessState kState>
Outcome BySelect(Arena& arena) {
  return In(kState, arena, Selected);
}

const Registered<Conformance> kSelectAlive{{
    .name = "ready/alive_select",
    .question = "Does select report a live process in any of its three sets?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "select"},
              .claims = {Must("none", "only the end of the process is an event", "pidfd_open(2)")},
              .ask = BySelect<ProcessState::kAlive>},
    .legacy = NotPossible("a PID cannot be selected"),
}};

const Registered<Conformance> kSelectZombie{{
    .name = "ready/zombie_select",
    .question = "In which of its three sets does select report a process that has ended?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "select"},
              .claims = {Must("readable", "readable only: a pidfd cannot be written to",
                              "pidfd_open(2)")},
              .ask = BySelect<ProcessState::kZombie>},
    .legacy = NotPossible("a PID cannot be selected"),
}};

const Registered<Conformance> kSelectDead{{
    .name = "ready/dead_select",
    .question = "In which of its three sets does select report a reaped process?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "select"},
              .claims = {Must("readable", "select reports a hang-up as readable", "select(2)")},
              .ask = BySelect<ProcessState::kDead>},
    .legacy = NotPossible("a PID cannot be selected"),
}};

// A second thread polls without requested events while the child ends and is reaped.
const Registered<Conformance> kUnaskedSleep{{
    .name = "ready/no_events_wakes",
    .question = "What wakes a sleeping poll with no requested events?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "poll/hup_on_reap"},
              .claims = {Must("hup", "only the reaping does: POLLHUP is always reported",
                              "Linux 6.9 pidfd_poll, poll(2)")},
              .ask = [](Arena& arena) -> Outcome {
                Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                Outcome bits = "not_called";
                std::thread poller =
                    StartThread([&] { bits = PollBits(tested::Poll(pidfd.get(), 0, -1)); });
                DriveTo(child, ProcessState::kDead);
                poller.join();
                return bits;
              }},
    .legacy = NotPossible(kNoLegacy),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::ready_bits
