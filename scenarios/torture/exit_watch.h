// The two ways in which a supervisor signals its workers and observes their exits: by their pidfds
// alone, which an epoll instance holds; or by PID, with SIGCHLD and a sweep of all children.
#pragma once

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/arena/arena.h"
#include "scenarios/fixtures/event_loop.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::torture {

// A worker's index: the arena's slot whose PID it has.
using Slot = std::size_t;
inline constexpr Slot kMostAtOnce = 8;  // at most so many workers are killed at once

struct Worker {
  Arena::Stub stub;
  bool killed = false;
};

// An exit that was reported: the worker's slot, and the result of fetching its status.
struct Report {
  Slot slot;
  Result<siginfo_t> status;
};

class PidfdWatch {
 public:
  sys::Status Signal(const Worker& worker, int signal) const {
    return tested::PidfdSendSignal(worker.stub.pidfd.get(), signal, nullptr, 0);
  }
  void Watch(const Worker& worker, Slot slot) {
    loop_.Register(worker.stub.pidfd.get(), EPOLLIN, EPOLL_CTL_ADD, slot);
  }
  // timeout: 0, or -1 to block. Returns the errno, or 0.
  int Look(int timeout, const std::vector<Worker>& workers, std::deque<Report>& reports) {
    std::array<epoll_event, 2 * kMostAtOnce> events;
    const Result<int> count = loop_.Take(events, timeout);
    for (int i = 0; count.ok() && i < *count; ++i) {
      const Slot slot = events[static_cast<std::size_t>(i)].data.u64;
      const int pidfd = workers[slot].stub.pidfd.get();
      reports.push_back({slot, tested::Waitid(abi::kIdPidfd, pidfd, WEXITED | WNOHANG)});
    }
    return count.error();
  }

 private:
  EventLoop loop_;
};

class SigchldWatch {
 public:
  SigchldWatch() {
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGCHLD);
    Require(sigprocmask(SIG_BLOCK, &ends, nullptr) == 0);
    signals_ = Fd(signalfd(-1, &ends, SFD_NONBLOCK | SFD_CLOEXEC));
    Require(static_cast<bool>(signals_));
  }
  sys::Status Signal(const Worker& worker, int signal) const {
    return sys::Kill(worker.stub.pid, signal);
  }
  void Watch(const Worker&, Slot) {}
  // SIGCHLDs of several exits may be merged into one, and one may arrive late, for exits that were
  // swept before.
  int Look(int timeout, const std::vector<Worker>& workers, std::deque<Report>& reports) {
    do {
      const Result<short> ready = sys::Poll(signals_.get(), POLLIN, timeout);
      if (!ready.ok() || *ready == 0) return ready.error();
      signalfd_siginfo signal;
      Require(read(signals_.get(), &signal, sizeof signal) == sizeof signal);
      Sweep(workers.size(), reports);
    } while (timeout != 0 && reports.empty());
    return 0;
  }

 private:
  static void Sweep(Slot slots, std::deque<Report>& reports) {
    for (;;) {
      const Result<siginfo_t> ended = sys::Waitid(P_ALL, 0, WEXITED | WNOHANG);
      if (!ended.ok() || ended->si_pid == 0) return;
      const Slot slot = static_cast<Slot>(ended->si_pid - Arena::kFirstPid);
      Require(slot < slots);
      reports.push_back({slot, ended});
    }
  }
  Fd signals_;
};

}  // namespace pidproof::scenarios::torture
