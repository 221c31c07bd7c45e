#include "runner/interrupt.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "probes/system/isolate.h"

namespace pidproof::runner {

namespace {

// At the hard limit the kernel sends SIGKILL, and SIGXCPU only where the soft one is lower
// (setrlimit(2)): a timer comes before both.
void StopBeforeProcessorTimeEnds() {
  rlimit limit{};
  if (getrlimit(RLIMIT_CPU, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  itimerval timer{};
  timer.it_value.tv_sec = static_cast<time_t>(limit.rlim_cur > 1 ? limit.rlim_cur - 1 : 0);
  timer.it_value.tv_usec = 500'000;
  setitimer(ITIMER_PROF, &timer, nullptr);
}

}  // namespace

void StopOnInterrupt() {
  StopBeforeProcessorTimeEnds();
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPROF}) {
    struct sigaction before {};
    sigaction(number, nullptr, &before);
    if (before.sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = [](int) { StopIsolating(); };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(number, &action, nullptr);
  }
}

}  // namespace pidproof::runner
