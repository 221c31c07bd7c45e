#include "runner/settle_in.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>

namespace pidproof {

namespace {

// O_PATH (2.6.39) takes no right to read or write, and "/" is always there.
void HoldStandardDescriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) < 0) open("/", O_PATH);  // takes the lowest number, which is this one
  }
}

// Raises the soft limit to enough, or as far as it may be raised.
void Raise(__rlimit_resource resource, rlim_t enough) {
  rlimit limit{};
  if (getrlimit(resource, &limit) != 0 || limit.rlim_cur >= enough) return;
  limit.rlim_cur = std::min(enough, limit.rlim_max);
  setrlimit(resource, &limit);
}

constexpr rlim_t kStack = 8 << 20;  // what most systems allow

// sched(7): a process that has used up RLIMIT_RTTIME without a blocking call is killed.
void LeaveLimitedRealTime() {
  rlimit limit{};
  if (getrlimit(RLIMIT_RTTIME, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  const int policy = sched_getscheduler(0);
  if (policy != SCHED_FIFO && policy != SCHED_RR) return;
  const sched_param none{};
  sched_setscheduler(0, SCHED_OTHER, &none);
}

// makecontext(3) hands no pointers over.
const std::function<int()>* the_job = nullptr;
int job_status = 0;

void RunJob() { job_status = (*the_job)(); }

}  // namespace

void SettleIn() {
  HoldStandardDescriptors();
  Raise(RLIMIT_NOFILE, 1024);
  Raise(RLIMIT_NPROC, 4096);
  Raise(RLIMIT_SIGPENDING, 4096);
  Raise(RLIMIT_STACK, kStack);
  LeaveLimitedRealTime();
}

int OnLargeStack(const std::function<int()>& job) {
  rlimit limit{};
  if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur >= kStack / 2) return job();
  void* const stack = mmap(nullptr, kStack, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (stack == MAP_FAILED) return job();
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kStack / 8);
  pthread_setattr_default_np(&attributes);
  ucontext_t here;
  ucontext_t there;
  getcontext(&there);
  there.uc_stack = {.ss_sp = stack, .ss_flags = 0, .ss_size = kStack};
  there.uc_link = &here;
  the_job = &job;
  makecontext(&there, RunJob, 0);
  swapcontext(&here, &there);
  munmap(stack, kStack);
  return job_status;
}

}  // namespace pidproof
