// A wait for any child, in which the program is blocked and does nothing else.
#include <errno.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "probes/system/require.h"
#include "scenarios/watch/strategy.h"

namespace pidproof::scenarios::watch {

namespace {

class BlockedWait : public Watcher {
 public:
  // The wait itself has no time-out: SIGALRM interrupts it now and then.
  BlockedWait() {
    struct sigaction interrupt {};
    interrupt.sa_handler = [](int) {};
    Require(sigaction(SIGALRM, &interrupt, &before_) == 0);
    const timeval period{.tv_sec = std::chrono::seconds(kPatience).count(), .tv_usec = 0};
    const itimerval ticks{.it_interval = period, .it_value = period};
    Require(setitimer(ITIMER_REAL, &ticks, nullptr) == 0);
  }
  ~BlockedWait() override {
    const itimerval never{};
    setitimer(ITIMER_REAL, &never, nullptr);
    sigaction(SIGALRM, &before_, nullptr);
  }

  void Add(pid_t) override {}

  void Await(std::vector<Exit>& exits) override {
    for (int interrupted = 0; interrupted < 2; ++interrupted) {
      int status = 0;
      const pid_t ended = Counted(waitpid(-1, &status, 0));
      if (ended > 0) {
        exits.push_back({.pid = ended, .status = WEXITSTATUS(status), .in_hand_ns = NowNs()});
        return;
      }
      Require(errno == EINTR);
    }
    throw Broken("no child has exited");
  }

 private:
  struct sigaction before_ {};
};

const Registered<Strategy> kBlocked{{.name = "blocked_waitpid_any",
                                     .path = kLegacyPid,
                                     .mechanism = "blocked in waitpid(2) of -1: shells, make",
                                     .make = Make<BlockedWait>}};

}  // namespace

}  // namespace pidproof::scenarios::watch
