// Looking at each child once a period.
#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/watch/strategy.h"

namespace pidproof::scenarios::watch {

namespace {

constexpr std::chrono::nanoseconds kPeriod = std::chrono::milliseconds(1);

class Poller : public Watcher {
 public:
  Poller() : timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) {
    Require(timer_.get() >= 0);
    const timespec period{.tv_sec = 0, .tv_nsec = kPeriod.count()};
    const itimerspec ticks{.it_interval = period, .it_value = period};
    Require(timerfd_settime(timer_.get(), 0, &ticks, nullptr) == 0);
  }

  void Add(pid_t child) override { children_.push_back(child); }

  void Await(std::vector<Exit>& exits) override {
    const std::size_t had = exits.size();
    const std::int64_t last = NowNs() + std::chrono::nanoseconds(kPatience).count();
    while (exits.size() == had) {
      Require(NowNs() < last);
      std::uint64_t ticks = 0;
      Require(Counted(read(timer_.get(), &ticks, sizeof ticks)) == sizeof ticks);
      LookAtEach(exits);
    }
  }

 protected:
  // Whether it is gone; learns its status if it can.
  virtual bool HasExited(pid_t child, std::optional<int>& status) = 0;

 private:
  void LookAtEach(std::vector<Exit>& exits) {
    for (std::size_t at = 0; at < children_.size();) {
      std::optional<int> status;
      if (!HasExited(children_[at], status)) {
        ++at;
        continue;
      }
      exits.push_back({.pid = children_[at], .status = status, .in_hand_ns = NowNs()});
      children_[at] = children_.back();
      children_.pop_back();
    }
  }

  Fd timer_;
  std::vector<pid_t> children_;
};

class KillPoller : public Poller {
  bool HasExited(pid_t child, std::optional<int>&) override {
    const int error = Counted(sys::Kill(child, 0)).error();
    Require(error == 0 || error == ESRCH);
    return error == ESRCH;
  }
};

class StatPoller : public Poller {
  bool HasExited(pid_t child, std::optional<int>& status) override {
    if (StateOf(child) != 'Z') return false;
    int raw = 0;
    Require(Counted(waitpid(child, &raw, WNOHANG)) == child);
    status = WEXITSTATUS(raw);
    return true;
  }

  char StateOf(pid_t child) {
    const Fd file(open(fmt::format("/proc/{}/stat", child).c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) throw Unsupported("needs a /proc that shows the children");
    std::array<char, 512> text;
    const ssize_t size = read(file.get(), text.data(), text.size());
    Count(3);  // with close(2)
    Require(size > 0);
    // The name in parentheses may hold parentheses itself.
    const std::string_view record(text.data(), static_cast<std::size_t>(size));
    const std::size_t end_of_name = record.rfind(')');
    Require(end_of_name != std::string_view::npos && end_of_name + 2 < record.size());
    return record[end_of_name + 2];
  }
};

const Registered<Strategy> kKill{
    {.name = "kill_each_1ms",
     .path = kLegacyPid,
     .mechanism = "kill(2) of 0 to each child each 1 ms, which learns no status: pm2",
     .make = Make<KillPoller>,
     .auto_reaped = true,
     .period = kPeriod}};
const Registered<Strategy> kStat{
    {.name = "proc_stat_each_1ms",
     .path = kLegacyPid,
     .mechanism = "a read of /proc/PID/stat of each child each 1 ms: monitoring scripts",
     .make = Make<StatPoller>,
     .reads_proc = true,
     .period = kPeriod,
     .most_children = 1'000}};

}  // namespace

}  // namespace pidproof::scenarios::watch
