// SIGCHLD says that some children have exited, and not which: several at once are one signal.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/watch/strategy.h"

namespace pidproof::scenarios::watch {

namespace {

std::atomic<int> self_pipe = -1;
std::atomic<std::uint64_t> handler_calls = 0;

void OnSigchld(int) {
  const int saved = errno;
  const char woken = 0;
  if (write(self_pipe, &woken, 1) < 0) {
    // The pipe is full, so it wakes already.
  }
  handler_calls += 2;  // with sigreturn(2)
  errno = saved;
}

// A handler that writes into a pipe.
class HandlerWatcher : public Watcher {
 public:
  HandlerWatcher() {
    int ends[2];
    Require(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    read_ = Fd(ends[0]);
    write_ = Fd(ends[1]);
    self_pipe = write_.get();
    handler_calls = 0;
    struct sigaction handle {};
    handle.sa_handler = OnSigchld;
    handle.sa_flags = SA_RESTART | SA_NOCLDSTOP;
    Require(sigaction(SIGCHLD, &handle, &before_) == 0);
  }
  ~HandlerWatcher() override { sigaction(SIGCHLD, &before_, nullptr); }

  void Await(std::vector<Exit>& exits) override {
    const std::size_t had = exits.size();
    while (exits.size() == had) {
      AwaitReadable(read_.get());
      std::array<char, 512> woken;
      // It is read before the children are waited for, so that no later signal is lost.
      Require(Counted(read(read_.get(), woken.data(), woken.size())) > 0);
      Collect(exits);
    }
    Count(handler_calls.exchange(0));
  }

 protected:
  // Takes the exits there are, which may be none: those of an earlier signal were all taken.
  virtual void Collect(std::vector<Exit>& exits) = 0;

 private:
  Fd read_;
  Fd write_;
  struct sigaction before_ {};
};

class WaitForEach : public HandlerWatcher {
 public:
  void Add(pid_t child) override { children_.push_back(child); }

 private:
  void Collect(std::vector<Exit>& exits) override {
    for (std::size_t at = 0; at < children_.size();) {
      int status = 0;
      const pid_t ended = Counted(waitpid(children_[at], &status, WNOHANG));
      Require(ended >= 0);
      if (ended == 0) {
        ++at;
        continue;
      }
      exits.push_back({.pid = ended, .status = WEXITSTATUS(status), .in_hand_ns = NowNs()});
      children_[at] = children_.back();
      children_.pop_back();
    }
  }

  std::vector<pid_t> children_;
};

// Looks for any child that has exited, then waits for that one: a child that another part of the
// program has made is left alone.
class FindThenWait : public HandlerWatcher {
 public:
  void Add(pid_t) override {}

 private:
  void Collect(std::vector<Exit>& exits) override {
    for (;;) {
      const Result<siginfo_t> found = Counted(sys::Waitid(P_ALL, 0, WEXITED | WNOHANG | WNOWAIT));
      if (found.error() == ECHILD) return;
      if (Require(found).si_pid == 0) return;
      int status = 0;
      Require(Counted(waitpid(found->si_pid, &status, WNOHANG)) == found->si_pid);
      exits.push_back({.pid = found->si_pid, .status = WEXITSTATUS(status), .in_hand_ns = NowNs()});
    }
  }
};

class WaitForAny : public Watcher {
 public:
  WaitForAny() {
    sigset_t sigchld;
    sigemptyset(&sigchld);
    sigaddset(&sigchld, SIGCHLD);
    Require(sigprocmask(SIG_BLOCK, &sigchld, &before_) == 0);
    signals_ = Fd(signalfd(-1, &sigchld, SFD_CLOEXEC | SFD_NONBLOCK));
    Require(signals_.get() >= 0);
  }
  ~WaitForAny() override { sigprocmask(SIG_SETMASK, &before_, nullptr); }

  void Add(pid_t) override {}

  void Await(std::vector<Exit>& exits) override {
    const std::size_t had = exits.size();
    while (exits.size() == had) {
      AwaitReadable(signals_.get());
      signalfd_siginfo signal;
      Require(Counted(read(signals_.get(), &signal, sizeof signal)) == sizeof signal);
      Collect(exits);
    }
  }

 private:
  void Collect(std::vector<Exit>& exits) {
    for (;;) {
      int status = 0;
      const pid_t ended = Counted(waitpid(-1, &status, WNOHANG));
      if (ended == 0 || (ended < 0 && errno == ECHILD)) return;
      Require(ended > 0);
      exits.push_back({.pid = ended, .status = WEXITSTATUS(status), .in_hand_ns = NowNs()});
    }
  }

  sigset_t before_;
  Fd signals_;
};

const Registered<Strategy> kEach{
    {.name = "sigchld_waitpid_each",
     .path = kLegacyPid,
     .mechanism = "SIGCHLD by a pipe, waitpid(2) of each child with WNOHANG: libuv, older tokio",
     .make = Make<WaitForEach>}};
const Registered<Strategy> kAny{
    {.name = "sigchld_waitpid_any",
     .path = kLegacyPid,
     .mechanism = "signalfd(2) of SIGCHLD, waitpid(2) of -1 with WNOHANG until none: s6, runit",
     .make = Make<WaitForAny>}};
const Registered<Strategy> kFind{
    {.name = "sigchld_waitid_nowait",
     .path = kLegacyPid,
     .mechanism = "SIGCHLD by a pipe, waitid(2) of P_ALL with WNOWAIT, then waitpid(2): .NET",
     .make = Make<FindThenWait>}};

}  // namespace

}  // namespace pidproof::scenarios::watch
