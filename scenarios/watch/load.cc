#include "scenarios/watch/load.h"

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <exception>
#include <string>
#include <unordered_map>
#include <utility>

#include "probes/system/read_file.h"
#include "probes/system/require.h"
#include "scenarios/fixtures/thread.h"

namespace pidproof::scenarios::watch {

namespace {

// The lowest descriptor that is free. As all lower ones are taken, it is how many are open.
int OpenDescriptors() {
  const Fd lowest(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0));
  Require(lowest.get() >= 0);
  return lowest.get();
}

std::optional<std::int64_t> ResidentMemory() {
  const Result<std::string> text = ReadFile("/proc/self/statm");
  if (!text.ok()) return std::nullopt;
  const std::size_t resident = text->find(' ') + 1;  // the second number, in pages
  std::int64_t pages = 0;
  std::from_chars(text->data() + resident, text->data() + text->size(), pages);
  return pages * sysconf(_SC_PAGESIZE);
}

// What is allocated. Memory that was freed before and is used again stays resident.
std::int64_t HeapInUse() {
  const struct mallinfo2 heap = mallinfo2();
  return static_cast<std::int64_t>(heap.uordblks + heap.hblkhd);
}

// SIGCHLD is ignored while this lives, if it is to be.
class Disposition {
 public:
  explicit Disposition(bool ignored) { signal(SIGCHLD, ignored ? SIG_IGN : SIG_DFL); }
  ~Disposition() { signal(SIGCHLD, SIG_DFL); }
  Disposition(const Disposition&) = delete;
};

struct Death {
  pid_t child;
  std::int64_t due_ns;
};

void WaitUntil(std::int64_t due_ns, int timer) {
  if (due_ns <= NowNs()) return;
  const itimerspec due{
      .it_interval = {},
      .it_value = {.tv_sec = due_ns / 1'000'000'000, .tv_nsec = due_ns % 1'000'000'000}};
  Require(timerfd_settime(timer, TFD_TIMER_ABSTIME, &due, nullptr) == 0);
  std::uint64_t expired = 0;
  Require(read(timer, &expired, sizeof expired) == sizeof expired);
}

// A thread that releases each child when it is due, and leaves all signals to the supervisor.
// Deaths are in order. Where it fails the rest ends at once, for somebody waits for them.
class Releaser {
 public:
  explicit Releaser(const std::vector<Death>& deaths)
      : timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC)) {
    Require(timer_.get() >= 0);
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    Require(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    thread_ = StartThread([&deaths, this] {
      for (const Death& death : deaths) Release(death);
    });
    Require(pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
  }
  ~Releaser() {
    if (thread_.joinable()) thread_.join();
  }
  Releaser(const Releaser&) = delete;

  // Waits for its end. Throws what it failed with.
  void End() {
    thread_.join();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void Release(const Death& death) {
    try {
      if (!failure_) WaitUntil(death.due_ns, timer_.get());
    } catch (...) {
      failure_ = std::current_exception();
    }
    Crowd::Release(death.child);
  }

  const Fd timer_;
  std::exception_ptr failure_;
  std::thread thread_;  // declared last: it uses all other members
};

class Run {
 public:
  Run(const Order& order, Crowd& crowd, std::mt19937& random)
      : strategy_(*order.strategy), processors_(order.placement), crowd_(crowd), random_(random) {}

  Figures Perform(Load load, std::size_t events) {
    const std::size_t lasting = crowd_.size();
    const Disposition disposition(strategy_.auto_reaped);
    if (load == Load::kOpen) dying_ = Further(events);
    Build();
    switch (load) {
      case Load::kClosed:
        OneByOne(events);
        break;
      case Load::kOpen:
        WhenDue(dying_, std::chrono::milliseconds(1));
        break;
      case Load::kMixed:
        ComeAndGo(events);
        break;
      case Load::kBurst:
        dying_ = crowd_.Draw(std::min(events, lasting), random_);
        for (const pid_t child : dying_) processors_.Place(child);
        WhenDue(dying_, std::chrono::milliseconds(0));
        break;
    }
    watcher_.reset();
    while (crowd_.size() < lasting) crowd_.Spawn();
    return std::move(figures_);
  }

 private:
  std::vector<pid_t> Further(std::size_t count) {
    std::vector<pid_t> made;
    while (made.size() < count) made.push_back(crowd_.Spawn());
    return made;
  }

  void Build() {
    const std::optional<std::int64_t> memory = ResidentMemory();
    const std::int64_t heap = HeapInUse();
    const int descriptors = OpenDescriptors();
    watcher_ = strategy_.make();
    const std::vector<pid_t> all = crowd_.Draw(crowd_.size(), random_);
    for (const pid_t child : all) watcher_->Add(child);
    const auto count = static_cast<double>(all.size());
    figures_.descriptors = (OpenDescriptors() - descriptors) / count;
    const std::optional<std::int64_t> later = ResidentMemory();
    if (!memory || !later) return;
    // Stacks of threads are not of the heap, and are most of what threads need.
    figures_.memory = static_cast<double>(std::max(HeapInUse() - heap, *later - *memory)) / count;
  }

  // What the act costs the supervisor.
  template <typename Act>
  void Charge(Act act) {
    const std::uint64_t calls = watcher_->calls();
    const std::int64_t cpu = ThreadCpuNs();
    act();
    figures_.cpu_ns += ThreadCpuNs() - cpu;
    figures_.calls += watcher_->calls() - calls;
  }

  // Takes at least one exit, each counted from since, or from its death where since is 0. Returns
  // how many.
  std::size_t TakeExits(const std::unordered_map<pid_t, std::int64_t>& since = {}) {
    std::vector<Exit> exits;
    Charge([&] { watcher_->Await(exits); });
    for (const Exit& exit : exits) {
      const auto due = since.find(exit.pid);
      const std::int64_t from = due == since.end() ? crowd_.DiedAtNs(exit.pid) : due->second;
      figures_.latencies_ns.push_back(exit.in_hand_ns - from);
      figures_.cpu_ns += exit.other_cpu_ns;
      figures_.calls += exit.other_calls;
      crowd_.Bury(exit.pid);
    }
    return exits.size();
  }

  // Where the strategy looks once a period, the death falls anywhere in it, and not always just
  // after a look. Nothing is waited for: time passes.
  void LoseStep() {
    if (strategy_.period.count() == 0) return;
    const auto last = NowNs() + std::uniform_int_distribution<std::int64_t>(
                                    0, strategy_.period.count() - 1)(random_);
    while (NowNs() < last) {
    }
  }

  void OneByOne(std::size_t events) {
    for (std::size_t event = 0; event < events; ++event) {
      const pid_t child = crowd_.Draw(1, random_).front();
      processors_.Place(child);
      LoseStep();
      Crowd::Release(child);
      Require(TakeExits() == 1);
      watcher_->Add(crowd_.Spawn());
    }
  }

  void ComeAndGo(std::size_t events) {
    constexpr std::size_t kTogether = 4;
    for (std::size_t gone = 0; gone < events;) {
      std::size_t living = std::min(kTogether, events - gone);
      for (const pid_t child : Further(living)) {
        Crowd::Release(child);
        Charge([&] { watcher_->Add(child); });
      }
      for (gone += living; living > 0;) living -= TakeExits();
    }
  }

  void WhenDue(const std::vector<pid_t>& children, std::chrono::nanoseconds apart) {
    std::vector<Death> deaths;
    std::unordered_map<pid_t, std::int64_t> due;
    std::int64_t next = NowNs() + std::chrono::nanoseconds(std::chrono::microseconds(200)).count();
    for (const pid_t child : children) {
      deaths.push_back({child, next});
      due[child] = next;
      next += apart.count();
    }
    Releaser releaser(deaths);
    for (std::size_t left = children.size(); left > 0;) left -= TakeExits(due);
    releaser.End();
  }

  const Strategy& strategy_;
  const Processors processors_;
  Crowd& crowd_;
  std::mt19937& random_;
  std::vector<pid_t> dying_;
  std::unique_ptr<Watcher> watcher_;
  Figures figures_;
};

}  // namespace

std::string_view Word(Load load) {
  switch (load) {
    case Load::kClosed:
      return "closed";
    case Load::kOpen:
      return "open";
    case Load::kMixed:
      return "mixed";
    case Load::kBurst:
      break;
  }
  return "burst";
}

Figures Measure(const Order& order, Crowd& crowd, std::mt19937& random) {
  return Run(order, crowd, random).Perform(order.load, order.events);
}

}  // namespace pidproof::scenarios::watch
