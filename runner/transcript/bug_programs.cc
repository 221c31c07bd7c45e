#include "runner/transcript/bug_programs.h"

namespace pidproof::runner::transcript {

namespace {

constexpr std::string_view kExecPoll = R"C(/*
exec-poll-premature: poll says that a living process has exited.

The first thread of a process exits, and another one calls execve, which takes the first one's place and PID. poll on
the process's pidfd, made without PIDFD_THREAD, must report POLLIN only once the process has exited. Just after the
change pidfd_poll (fs/pidfs.c) can look at the old first thread, a zombie (de_thread in fs/exec.c). Linux 6.16 to 7.3.4.

gcc -Wall -O2 -pthread -o x x.c && ./x [SECONDS]      exit status 1: poll reported a living process as ended
Expect some hundredths of a percent of the trials, with two processors that nothing else uses.
*/
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LOOKS = 64 };

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

static int until[2]; /* a pipe that the child writes to, and that execve closes */

static void *executes(void *words) {
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* also of what is executed: it does not stay where this is killed */
  if (write(until[1], "x", 1) != 1) _exit(3);
  execv("/proc/thread-self/exe", words); /* /proc/self is the first thread, which has exited */
  _exit(4);
}

/* The looks and the execve each have a processor of their own, where there are two. */
static void keep_to(int processor) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(processor, &set);
  sched_setaffinity(0, sizeof set, &set);
}

static void be_child(void) {
  char *words[] = {"program", "stay", "executed", NULL};
  pthread_t thread;
  keep_to(1);
  if (pthread_create(&thread, NULL, executes, words) != 0) _exit(5);
  syscall(SYS_exit, 0); /* the first thread only */
}

int main(int count, char **words) {
  if (count == 3) for (;;) pause(); /* the new program: it lives until it is killed */
  keep_to(0);
  const time_t end = time(NULL) + (count > 1 ? atoi(words[1]) : 10);
  unsigned long trials = 0, looks = 0, early = 0;
  while (time(NULL) < end) {
    if (pipe2(until, O_CLOEXEC) != 0) return perror("pipe2"), 2;
    pid_t child = fork();
    if (child < 0) return perror("fork"), 2;
    if (child == 0) be_child();
    close(until[1]); /* execve closes the last one, after it has taken the first thread's place */
    int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
    if (pidfd < 0) return perror("pidfd_open"), kill(child, SIGKILL), 2;
    /* One call looks many times in a row, faster than many calls would. */
    char begins;
    if (read(until[0], &begins, 1) != 1) return fprintf(stderr, "the child did not begin\n"), 2;
    struct pollfd look[LOOKS];
    for (int i = 0; i + 1 < LOOKS; ++i) look[i] = (struct pollfd){pidfd, POLLIN, 0};
    look[LOOKS - 1] = (struct pollfd){until[0], POLLIN, 0};
    int ready, executed, saw;
    do {
      ready = poll(look, LOOKS, 0);
      looks += LOOKS - 1;
      executed = look[LOOKS - 1].revents != 0;
      saw = ready > executed;
    } while (!executed && !saw);
    /* Whether it lived when poll reported: SIGKILL is what ends it. */
    int status = 0;
    kill(child, SIGKILL); /* ours, and not reaped */
    waitpid(child, &status, 0);
    if (!WIFSIGNALED(status)) return fprintf(stderr, "the child did not execute: %#x\n", status), 2;
    early += saw;
    ++trials;
    close(pidfd), close(until[0]);
  }
  printf("%lu trials, %lu looks: reported as ended while it lived in %lu: %g %%\n", trials, looks, early,
         trials ? 100.0 * (double)early / (double)trials : 0);
  return early != 0;
}
)C";

constexpr std::string_view kSubreaperFlag = R"C(/*
subreaper-flag-lost: PR_SET_CHILD_SUBREAPER is undone when the parent becomes a subreaper at the same moment.

A child sets and clears its own flag, and reads it back each time, while its parent becomes a subreaper again and
again. The kernel then sets a flag of all descendants (propagate_has_child_subreaper in kernel/sys.c), a bit-field in
the same word as the child's own: of two updates at once one is lost.

gcc -Wall -O2 -o x x.c && ./x [SECONDS]      exit status 1: an update was lost
*/
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct shared { unsigned long rounds; int lost_set, lost_clear, stopped; } *s;

static void toggle(void) {
  while (!__atomic_load_n(&s->stopped, __ATOMIC_SEQ_CST)) {
    for (int wanted = 1; wanted >= 0; --wanted) {
      int saw = -1;
      prctl(PR_SET_CHILD_SUBREAPER, wanted, 0, 0, 0);
      prctl(PR_GET_CHILD_SUBREAPER, &saw, 0, 0, 0);
      if (saw == wanted) continue;
      *(wanted ? &s->lost_set : &s->lost_clear) = 1;
      _exit(1);
    }
    __atomic_add_fetch(&s->rounds, 1, __ATOMIC_SEQ_CST);
  }
  _exit(0);
}

/* Returns once the child has gone round twice, or has stopped. */
static void await_round(void) {
  unsigned long before = __atomic_load_n(&s->rounds, __ATOMIC_SEQ_CST);
  while (__atomic_load_n(&s->rounds, __ATOMIC_SEQ_CST) < before + 2 && !__atomic_load_n(&s->lost_set, __ATOMIC_SEQ_CST) &&
         !__atomic_load_n(&s->lost_clear, __ATOMIC_SEQ_CST)) {
  }
}

int main(int count, char **words) {
  const time_t end = time(NULL) + (count > 1 ? atoi(words[1]) : 10);
  unsigned long trials = 0, set = 0, clear = 0;
  s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (s == MAP_FAILED) return perror("mmap"), 2;
  while (time(NULL) < end) {
    memset(s, 0, sizeof *s);
    /* A child of a subreaper starts with the flag set, and nothing would be written. */
    prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
    pid_t child = fork();
    if (child < 0) return perror("fork"), 2;
    if (child == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
      toggle();
    }
    await_round();
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    await_round();
    __atomic_store_n(&s->stopped, 1, __ATOMIC_SEQ_CST);
    waitpid(child, NULL, 0);
    ++trials;
    set += s->lost_set;
    clear += s->lost_clear;
  }
  printf("%lu trials: a set flag was lost in %lu, a cleared one in %lu: %g %%\n", trials, set, clear,
         trials ? 100.0 * (double)(set + clear) / (double)trials : 0);
  return set + clear != 0;
}
)C";

}  // namespace

std::string_view BugProgram(std::string_view bug) {
  if (bug == "exec-poll-premature") return kExecPoll;
  if (bug == "subreaper-flag-lost") return kSubreaperFlag;
  return "";
}

}  // namespace pidproof::runner::transcript
