// A pidfd for each child.
#include <errno.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <unordered_map>

#include "probes/system/abi.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/watch/strategy.h"

namespace pidproof::scenarios::watch {

namespace {

constexpr int kTimeout = static_cast<int>(std::chrono::milliseconds(Watcher::kPatience).count());

class EpollWatcher : public Watcher {
 public:
  EpollWatcher() : epoll_(epoll_create1(EPOLL_CLOEXEC)) { Require(epoll_.get() >= 0); }

  void Add(pid_t child) override {
    Fd pidfd = Counted(OpenPidfd(child));
    epoll_event event{.events = EPOLLIN, .data = {.u64 = static_cast<std::uint64_t>(child)}};
    Require(Counted(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, pidfd.get(), &event)) == 0);
    watched_.emplace(child, std::move(pidfd));
  }

  void Await(std::vector<Exit>& exits) override {
    std::array<epoll_event, 64> events;
    const Result<int> ready = Counted(sys::EpollWait(epoll_.get(), events, kTimeout));
    if (ready.error() == EINTR) return Await(exits);
    const int count = Require(ready);
    Require(count > 0);
    for (int at = 0; at < count; ++at) {
      const auto child = static_cast<pid_t>(events[static_cast<std::size_t>(at)].data.u64);
      const auto found = watched_.find(child);
      const std::optional<int> status = Collect(child, found->second.get());
      exits.push_back({.pid = child, .status = status, .in_hand_ns = NowNs()});
      Require(Counted(epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, found->second.get(), nullptr)) == 0);
      watched_.erase(found);
      Count(1);  // close(2)
    }
  }

 protected:
  virtual std::optional<int> Collect(pid_t child, int pidfd) = 0;

 private:
  Fd epoll_;
  std::unordered_map<pid_t, Fd> watched_;
};

int WaitByPidfd(int pidfd) {
  const Result<siginfo_t> ended = sys::Waitid(abi::kIdPidfd, pidfd, WEXITED | WNOHANG);
  if (ended.error() == EINVAL) throw Unsupported("needs waitid(2) of P_PIDFD, 5.4");
  Require(ended.ok() && ended->si_pid != 0);
  return ended->si_status;
}

class EpollThenWaitid : public EpollWatcher {
  std::optional<int> Collect(pid_t, int pidfd) override { return Counted(WaitByPidfd(pidfd)); }
};

class EpollThenWaitpid : public EpollWatcher {
  std::optional<int> Collect(pid_t child, int) override {
    int status = 0;
    Require(Counted(waitpid(child, &status, WNOHANG)) == child);
    return WEXITSTATUS(status);
  }
};

class PollArray : public Watcher {
 public:
  ~PollArray() override {
    for (const pollfd& polled : polled_) close(polled.fd);
  }

  void Add(pid_t child) override {
    Fd pidfd = Counted(OpenPidfd(child));
    polled_.push_back({.fd = pidfd.release(), .events = POLLIN, .revents = 0});
    children_.push_back(child);
  }

  void Await(std::vector<Exit>& exits) override {
    int ready = Counted(poll(polled_.data(), polled_.size(), kTimeout));
    if (ready < 0 && errno == EINTR) return Await(exits);
    Require(ready > 0);
    for (std::size_t at = 0; ready > 0;) {
      if (polled_[at].revents == 0) {
        ++at;
        continue;
      }
      --ready;
      const int status = Counted(WaitByPidfd(polled_[at].fd));
      exits.push_back({.pid = children_[at], .status = status, .in_hand_ns = NowNs()});
      Counted(close(polled_[at].fd));
      polled_[at] = polled_.back();
      children_[at] = children_.back();
      polled_.pop_back();
      children_.pop_back();
    }
  }

 private:
  std::vector<pollfd> polled_;
  std::vector<pid_t> children_;
};

const Registered<Strategy> kEpoll{
    {.name = "epoll_pidfd",
     .path = kPidfd,
     .mechanism = "epoll(7) of pidfds, waitid(2) of P_PIDFD: sd-event, tokio from 1.36",
     .make = Make<EpollThenWaitid>}};
const Registered<Strategy> kEpollThenPid{
    {.name = "epoll_pidfd_waitpid",
     .path = kPidfd,
     .mechanism = "epoll(7) of pidfds, waitpid(2) of the PID: Python asyncio from 3.12",
     .make = Make<EpollThenWaitpid>}};
const Registered<Strategy> kPoll{
    {.name = "poll_pidfd",
     .path = kPidfd,
     .mechanism = "poll(2) of an array of pidfds, waitid(2) of P_PIDFD",
     .make = Make<PollArray>}};

}  // namespace

}  // namespace pidproof::scenarios::watch
