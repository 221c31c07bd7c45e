// A pidfd that another thread closes, or replaces by another, while a call sleeps on it.
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/system/yield_until.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/thread.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::descriptor_closed {
namespace {

constexpr std::string_view kNotClosed = "a PID is not closed";

// A second thread that makes one call. Only /proc shows that it sleeps there.
class Sleeper {
 public:
  template <typename Call>
  explicit Sleeper(Call call) {
    proc::ShowOwn();
    thread_ = StartThread([this, call] {
      tid_ = gettid();
      outcome_ = call();
    });
    YieldUntil([this] { return tid_ != 0; });
    YieldUntil([this] { return Sleeps(); });
  }
  Outcome Join() {
    thread_.join();
    return outcome_;
  }

 private:
  // Whether it sleeps, or has ended already.
  bool Sleeps() const {
    const char state = proc::StateOfThread(tid_);
    return state == 'S' || state == '\0';
  }

  std::atomic<pid_t> tid_ = 0;
  Outcome outcome_ = "not_called";
  std::thread thread_;
};

Outcome WaitFor(int pidfd) {
  return Outcome::Of(tested::Waitid(abi::kIdPidfd, pidfd, WEXITED | WNOWAIT));
}

Outcome PollOn(int pidfd) {
  const Result<short> ready = tested::Poll(pidfd, POLLIN, -1);
  if (!ready.ok()) return Outcome::Of(ready.error());
  return (*ready & POLLNVAL) != 0 ? "not_open" : (*ready & POLLIN) != 0 ? "ended" : "other_bits";
}

// A child whose pidfd kCall sleeps on when another thread closes it; then the child is killed.
template <auto kCall>
Outcome Closed(Arena& arena) {
  Child child = arena.Spawn(body::Lingers);
  Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
  Sleeper sleeper([number = pidfd.get()] { return kCall(number); });
  pidfd.reset();
  child.Kill();
  return sleeper.Join();
}

const Registered<Conformance> kClosedWait{{
    .name = "descriptor/closed_while_waited",
    .question = "Does waitid return the end of a child whose pidfd is closed while it sleeps?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"},
              .claims = {Must("killed", "the descriptor is only looked up when the wait begins",
                              "kernel/exit.c kernel_waitid")},
              .ask = Closed<WaitFor>},
    .legacy = NotPossible(kNotClosed),
}};

const Registered<Conformance> kClosedPoll{{
    .name = "descriptor/closed_while_polled",
    .question =
        "What does poll return at the end of a process whose pidfd is closed while it sleeps?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Must("not_open",
                              "the end wakes it, and it looks the descriptor up again: POLLNVAL",
                              "fs/select.c do_poll, do_pollfd")},
              .ask = Closed<PollOn>},
    .legacy = NotPossible(kNotClosed),
}};

// The number is given to the pidfd of another child, which ends first.
template <auto kCall>
Outcome Replaced(Arena& arena) {
  Child child = arena.Spawn(body::AtGate);
  Child other = arena.Spawn(body::Lingers);
  const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
  const Fd of_other = Require(tested::PidfdOpen(other.pid(), 0));
  Sleeper sleeper([number = pidfd.get()] { return kCall(number); });
  Require(dup2(of_other.get(), pidfd.get()) == pidfd.get());
  other.Kill();
  other.AwaitZombie();
  child.Open();
  return sleeper.Join();
}

const Registered<Conformance> kReplacedWait{{
    .name = "descriptor/replaced_while_waited",
    .question =
        "Whose end does waitid return when its pidfd is replaced by another while it sleeps?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd"},
              .claims = {Must("exited", "the end of the child that the pidfd was of at first",
                              "kernel/exit.c kernel_waitid"),
                         Never("killed", "the end of the other child was not waited for",
                               "wait(2)")},
              .ask = Replaced<WaitFor>},
    .legacy = NotPossible(kNotClosed),
    .no_control = "a PID is not a descriptor, which could be replaced",
}};

// What a poll for both reports: a pidfd is never writable, and an eventfd of 0 never readable.
Outcome PollForBoth(int descriptor) {
  const Result<short> ready = tested::Poll(descriptor, POLLIN | POLLOUT, -1);
  if (!ready.ok()) return Outcome::Of(ready.error());
  return *ready == POLLIN ? "of_the_process" : *ready == POLLOUT ? "of_the_new_file" : "other_bits";
}

const Registered<Conformance> kReplacedPoll{{
    .name = "descriptor/replaced_while_polled",
    .question = "What does poll report when its pidfd is replaced by another file while it sleeps?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "poll"},
              .claims = {Hazard("of_the_new_file",
                                "the end of the process wakes it, and it looks at the file that "
                                "has the number by then",
                                "fs/select.c do_poll, do_pollfd")},
              .ask = [](Arena& arena) -> Outcome {
                Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                const Fd file(eventfd(0, EFD_CLOEXEC));
                Require(static_cast<bool>(file));
                Sleeper sleeper([number = pidfd.get()] { return PollForBoth(number); });
                Require(dup2(file.get(), pidfd.get()) == pidfd.get());
                child.Kill();
                return sleeper.Join();
              }},
    .legacy = NotPossible("a PID is not a descriptor"),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::descriptor_closed
