#include "runner/transcript/c_frame.h"

namespace pidproof::runner::transcript {

std::string_view CHead() {
  return R"C(#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
)C";
}

std::string_view CCalls() {
  return R"C(
#define UNUSED __attribute__((unused))

enum { NOT_REACHED, RETURNED, ANY = 1 << 30 };

/* Shared by all actors. Each waits for its turn, so the calls come in the order of the recording. */
static struct shared {
  int turn;
  char *nowhere; /* NULL */
  struct { long saw, expected; int state; } step[STEPS];
  struct { long saw, expected; const char *name; int step; } member[MEMBERS + 1];
  struct variables v;
} *s;

/* System calls without libc: actors may share its memory. Returns -errno. */
static long call(long number, long a, long b, long c, long d, long e, long f) {
#if defined __x86_64__
  register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
  long r;
  __asm__ volatile("syscall" : "=a"(r) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return r;
#elif defined __aarch64__
  register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d, x4 __asm__("x4") = e, x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
#elif defined __riscv
  register long a7 __asm__("a7") = number, a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c;
  register long a3 __asm__("a3") = d, a4 __asm__("a4") = e, a5 __asm__("a5") = f;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
  return a0;
#endif
}

/* A clone that shares memory: the child runs on a stack of its own, whose top names what it runs. */
UNUSED static long call_on(long number, long a, long b, long c, long d, long e) {
#if defined __x86_64__
  register long r10 __asm__("r10") = d, r8 __asm__("r8") = e;
  long r;
  __asm__ volatile("syscall\n\ttest %%rax, %%rax\n\tjnz 1f\n\txor %%ebp, %%ebp\n\tpop %%rax\n\tcall *%%rax\n1:"
                   : "=a"(r) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
  return r;
#elif defined __aarch64__
  register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d, x4 __asm__("x4") = e;
  __asm__ volatile("svc 0\n\tcbnz x0, 1f\n\tldr x1, [sp], #16\n\tblr x1\n1:"
                   : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
#elif defined __riscv
  register long a7 __asm__("a7") = number, a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c;
  register long a3 __asm__("a3") = d, a4 __asm__("a4") = e;
  __asm__ volatile("ecall\n\tbnez a0, 1f\n\tld t0, 0(sp)\n\taddi sp, sp, 16\n\tjalr t0\n1:"
                   : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4) : "t0", "memory");
  return a0;
#endif
}

/* The top of a new stack. */
UNUSED static void *stack_for(void (*runs)(void)) {
  static char stacks[STACKS + 1][32768] __attribute__((aligned(64)));
  static int used;
  char *top = stacks[used++] + sizeof stacks[0] - 64;
  memcpy(top, &runs, sizeof runs);
  return top;
}

UNUSED static void leave(void) { call(SYS_exit, 0, 0, 0, 0, 0, 0); }

UNUSED static void await_turn(int turn) {
  int now;
  while ((now = __atomic_load_n(&s->turn, __ATOMIC_SEQ_CST)) < turn) {
    call(SYS_futex, (long)&s->turn, FUTEX_WAIT, now, 0, 0, 0);
  }
}

UNUSED static void pass(void) {
  __atomic_add_fetch(&s->turn, 1, __ATOMIC_SEQ_CST);
  call(SYS_futex, (long)&s->turn, FUTEX_WAKE, 1 << 30, 0, 0, 0);
}

/* Returns once it is a zombie or gone, or after a while where that cannot be seen from here. */
UNUSED static void await_end(int pid, int is_thread) {
  if (pid <= 1) return;
  if (is_thread) {
    struct timespec step = {0, 100000};
    for (int i = 0; i < 2000 && call(SYS_tkill, pid, 0, 0, 0, 0, 0) == 0; ++i) call(SYS_ppoll, 0, 0, (long)&step, 0, 0, 0);
    return;
  }
  int look[2] = {(int)call(SYS_pidfd_open, pid, 0, 0, 0, 0, 0), POLLIN};
  struct timespec most = {0, 200000000};
  if (look[0] < 0) return;
  call(SYS_ppoll, (long)look, 1, (long)&most, 0, 0, 0);
  call(SYS_close, look[0], 0, 0, 0, 0, 0);
}

UNUSED static void answer(int step, long saw, long expected) {
  s->step[step].saw = saw;
  s->step[step].expected = expected == ANY && saw < 0 ? 0 : expected;
  s->step[step].state = RETURNED;
}

UNUSED static void member(int index, int step, const char *name, long saw, long expected) {
  s->member[index].saw = saw;
  s->member[index].expected = expected;
  s->member[index].name = name;
  s->member[index].step = step;
}

/* The number at that position in the text. */
UNUSED static long number_in(const unsigned char *text, long length, int position) {
  long number = 0;
  for (long i = 0; i < length; ++i) {
    int digit = text[i] >= '0' && text[i] <= '9';
    if (digit) number = number * 10 + text[i] - '0';
    if (!digit && i > 0 && text[i - 1] >= '0' && text[i - 1] <= '9') {
      if (position-- == 0) return number;
      number = 0;
    }
  }
  return number;
}

UNUSED static void on_signal(int number) { (void)number; }

#if defined __x86_64__
__asm__(".text\nrestore: mov $15, %eax\n syscall");
void restore(void);
#endif

/* x86-64 returns from a handler through a function of libc's. */
UNUSED static void set_restorer(unsigned char *action) {
#if defined __x86_64__
  memcpy(action + 16, &(void (*)(void)){restore}, 8);
#else
  (void)action;
#endif
}

UNUSED static void stay(void) {
  for (;;) call(SYS_ppoll, 0, 0, 0, 0, 0, 0);
}

)C";
}

std::string_view CMain() {
  return R"C(
static void show(long value) {
  if (value < 0 && value > -4096) printf("-1 (%s)", strerror((int)-value));
  else printf("%ld", value);
}

static int report(void) {
  int wrong = 0;
  for (int i = 0; i < STEPS; ++i) {
    int reached = s->step[i].state;
    long saw = s->step[i].saw, expected = s->step[i].expected;
    if (never_returns[i]) {
      printf("     %s\n", calls[i]);
      continue;
    }
    int same = reached == RETURNED && (expected == ANY || saw == expected);
    printf("%s %s = ", same ? "ok  " : "DIFF", calls[i]);
    if (reached == NOT_REACHED) printf("not reached");
    else show(saw);
    if (!same && reached) printf(", expected "), show(expected);
    printf("\n");
    wrong += !same;
    for (int m = 0; m < MEMBERS; ++m) {
      if (!s->member[m].name || s->member[m].step != i) continue;
      same = s->member[m].saw == s->member[m].expected;
      if (!same) printf("DIFF   %s = %ld, expected %ld\n", s->member[m].name, s->member[m].saw, s->member[m].expected);
      wrong += !same;
    }
  }
  printf(wrong ? "%d answers differ from the recording\n" : "all answers are those of the recording\n", wrong);
  return wrong != 0;
}

static pid_t start(int flags) {
  pid_t pid = (pid_t)call(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0, 0);
  if (pid < 0) fprintf(stderr, "clone: %s\n", strerror(-pid)), exit(2);
  return pid;
}

static void write_file(const char *path, const char *text) {
  int fd = open(path, O_WRONLY);
  if (fd < 0 || write(fd, text, strlen(text)) < 0) fprintf(stderr, "%s: %s\n", path, strerror(errno));
  if (fd >= 0) close(fd);
}

static pid_t first; /* process 1 of the PID namespace; not reaped while the alarm is set */
static volatile sig_atomic_t hangs;

static void end_first(int number) {
  hangs = number;
  if (first > 1) kill(first, SIGKILL);
}

/* The actors are alone in a PID namespace: process 1 reaps, 2 waits for the trial. */
int main(int count, char **words) {
  int made = count == 3 ? -1 : memfd_create("shared", 0);
  int shared = count == 3 ? atoi(words[2]) : fcntl(made, F_DUPFD, 700);
  if (shared < 0 || (count != 3 && ftruncate(shared, sizeof *s) < 0)) return perror("memfd_create"), 2;
  s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED, shared, 0);
  if (s == MAP_FAILED) return perror("mmap"), 2;
  if (count == 3) resume(words[1]);
  /* The trial that was recorded had descriptors 3 and 4, too: new ones have the same numbers. */
  close(made);
  for (int fd = 3; fd < 5; ++fd) {
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR | O_CLOEXEC) < 0) return perror("/dev/null"), 2;
  }
  char map[32];
  int user = geteuid() != 0;
  snprintf(map, sizeof map, "0 %d 1", (int)geteuid());
  first = start(CLONE_NEWPID | (user ? CLONE_NEWUSER : 0));
  if (first == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* nothing is left where this program is killed */
    setsid();
    if (user) write_file("/proc/self/uid_map", map);
    pid_t second = start(0);
    if (second == 0) {
      s->v.trial = start(0);
      if (s->v.trial == 0) {
        s->v.trial = (int)call(SYS_getpid, 0, 0, 0, 0, 0, 0);
        trial();
      }
      while (waitpid(-1, NULL, __WALL) < 0 && errno == EINTR) {
      }
      _exit(0);
    }
    while (waitpid(-1, NULL, __WALL) != second) {
    }
    _exit(0);
  }
  signal(SIGALRM, end_first);
  alarm(SECONDS);
  while (waitid(P_PID, (id_t)first, NULL, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
  alarm(0); /* before the PID is free again */
  waitpid(first, NULL, 0);
  if (hangs) printf("it hangs\n");
  return hangs ? (report(), 1) : report();
}
)C";
}

}  // namespace pidproof::runner::transcript
