#include "runner/settle_in.h"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>

#include "runner/out_of_memory.h"

namespace pidproof::runner {

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

constexpr rlim_t kStack = 8 << 20;       // what most systems allow
constexpr rlim_t kLeastStack = 1 << 20;  // and what does

// sched(7): a process that has used up RLIMIT_RTTIME without a blocking call is killed.
void LeaveLimitedRealTime() {
  rlimit limit{};
  if (getrlimit(RLIMIT_RTTIME, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return;
  const int policy = sched_getscheduler(0);
  if (policy != SCHED_FIFO && policy != SCHED_RR) return;
  const sched_param none{};
  sched_setscheduler(0, SCHED_OTHER, &none);
}

// Else they are as large as RLIMIT_STACK, and a few of them all that RLIMIT_AS allows.
void SizeThreadStacks() {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, kLeastStack);
  pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
}

// A heap of its own, for each thread, is 64 MiB of addresses; without one each of its allocations
// is a mapping, of a page or more.
void ShareOneHeapWhereAddressesAreFew() {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
    mallopt(M_ARENA_MAX, 1);
  }
}

void* MapStack(rlim_t size) {
  return mmap(nullptr, size, PROT_READ | PROT_WRITE,
              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
}

// The first exception makes the unwinder set itself up, by futex: before any filter is entered.
void SetUpUnwinder() {
  try {
    throw 0;
  } catch (int) {
  }
}

// makecontext(3) hands no pointers over.
const std::function<int()>* the_job = nullptr;
int job_status = 0;

void RunJob() { job_status = (*the_job)(); }

}  // namespace

void SettleIn() {
  LeaveLimitedRealTime();  // before anything that takes time
  SetUpUnwinder();
  HoldStandardDescriptors();
  Raise(RLIMIT_NOFILE, 1024);
  Raise(RLIMIT_NPROC, 4096);
  Raise(RLIMIT_SIGPENDING, 4096);
  Raise(RLIMIT_STACK, kStack);
  SizeThreadStacks();
  ShareOneHeapWhereAddressesAreFew();
}

int OnLargeStack(const std::function<int()>& job) {
  rlimit limit{};
  if (getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur >= kStack / 2) return job();
  rlim_t size = kStack;
  void* stack = MapStack(size);
  if (stack == MAP_FAILED && limit.rlim_cur >= kLeastStack) return job();
  if (stack == MAP_FAILED) stack = MapStack(size = kLeastStack);
  if (stack == MAP_FAILED) ExitOutOfMemory();
  ucontext_t here;
  ucontext_t there;
  getcontext(&there);
  there.uc_stack = {.ss_sp = stack, .ss_flags = 0, .ss_size = size};
  there.uc_link = &here;
  the_job = &job;
  makecontext(&there, RunJob, 0);
  swapcontext(&here, &there);
  munmap(stack, size);
  return job_status;
}

}  // namespace pidproof::runner
