#include "probes/kernel_log/kernel_trouble.h"

#include <gtest/gtest.h>

namespace pidproof::kernel_log::kernel_trouble_test {
namespace {

struct Line {
  const char* text;
  const char* kind;
};

// As kernels from 5.10 on print them, on x86 and on arm64.
TEST(TroubleKind, NamesEachKindOfReport) {
  const Line lines[] = {
      {"WARNING: CPU: 1 PID: 412 at mm/util.c:661 kvmalloc_node+0x7d/0x90", "warning"},
      {"WARNING: CPU: 0 PID: 1 at kernel/fork.c:2115 copy_process+0x1a2/0x1d30", "warning"},
      {"WARNING: kernel/signal.c:2042 at do_notify_pidfd+0x3c/0x50, CPU#1: child/77", "warning"},
      {"WARNING: fs/pidfs.c:198 at 0xffffffff81234567, CPU#0: pidproof/1", "warning"},
      {"WARNING: at fs/file.c:1201 __fd_install+0x5/0x10", "warning"},
      {"WARNING: possible circular locking dependency detected", "lockdep"},
      {"WARNING: possible recursive locking detected", "lockdep"},
      {"WARNING: possible irq lock inversion dependency detected", "lockdep"},
      {"WARNING: inconsistent lock state", "lockdep"},
      {"WARNING: suspicious RCU usage", "lockdep"},
      {"WARNING: bad unlock balance detected!", "lockdep"},
      {"WARNING: lock held when returning to user space!", "lockdep"},
      {"WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected", "lockdep"},
      {"WARNING: child/77 still has locks held!", "lockdep"},
      {"INFO: trying to register non-static key.", "lockdep"},
      {"[ BUG: Invalid wait context ]", "lockdep"},
      {"BUG: KASAN: slab-use-after-free in pidfd_poll+0x1f/0x60", "sanitizer"},
      {"BUG: KCSAN: data-race in do_exit / pidfd_info", "sanitizer"},
      {"BUG: KMSAN: uninit-value in pidfd_info+0x3/0x9", "sanitizer"},
      {"BUG: KFENCE: use-after-free read in free_pid+0x7a/0x110", "sanitizer"},
      {"UBSAN: array-index-out-of-bounds in kernel/pid.c:101:13", "sanitizer"},
      {"UBSAN: shift-out-of-bounds in ./include/linux/log2.h:57:13", "sanitizer"},
      {"BUG: kernel NULL pointer dereference, address: 0000000000000010", "bug"},
      {"BUG: unable to handle page fault for address: ffffb1f5c0a3d000", "bug"},
      {"BUG: scheduling while atomic: pidproof/412/0x00000002", "bug"},
      {"BUG: sleeping function called from invalid context at kernel/locking/mutex.c:283", "bug"},
      {"BUG: Bad page state in process pidproof  pfn:0a3d1", "bug"},
      {"BUG: Bad rss-counter state mm:00000000c0ffee00 type:MM_ANONPAGES val:2", "bug"},
      {"BUG kmalloc-64 (Not tainted): Poison overwritten", "bug"},
      {"BUG pid (Tainted: G    B W        ): Object already free", "bug"},
      {"Oops: 0002 [#1] PREEMPT SMP NOPTI", "oops"},
      {"Oops: general protection fault, probably for non-canonical address 0xdead: 0000 [#1]",
       "oops"},
      {"general protection fault, probably for non-canonical address 0xdead: 0000 [#1]", "oops"},
      {"invalid opcode: 0000 [#1] PREEMPT SMP NOPTI", "oops"},
      {"divide error: 0000 [#2] SMP PTI", "oops"},
      {"kernel BUG at kernel/exit.c:812!", "oops"},
      {"Internal error: Oops: 0000000096000004 [#1] SMP", "oops"},
      {"Unable to handle kernel NULL pointer dereference at virtual address 0000000000000010",
       "oops"},
      {"SError Interrupt on CPU0, code 0x00000000bf000002 -- SError", "oops"},
      {"Kernel panic - not syncing: sysrq triggered crash", "panic"},
      {"Kernel panic - not syncing: Fatal exception", "panic"},
      {"Kernel panic - not syncing: kernel: panic_on_warn set ...", "panic"},
      {"rcu: INFO: rcu_preempt self-detected stall on CPU", "rcu_stall"},
      {"rcu: INFO: rcu_sched detected stalls on CPUs/tasks:", "rcu_stall"},
      {"rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 1-...D }", "rcu_stall"},
      {"rcu: rcu_preempt kthread starved for 5250 jiffies! g1234 f0x0", "rcu_stall"},
      {"INFO: rcu_tasks detected stalls on tasks:", "rcu_stall"},
      {"watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [pidproof:412]", "lockup"},
      {"NMI watchdog: Watchdog detected hard LOCKUP on cpu 1", "lockup"},
      {"BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 31s!", "lockup"},
      {"INFO: task pidproof:412 blocked for more than 120 seconds.", "hung_task"},
      {"INFO: task child:77 blocked in I/O wait for more than 122 seconds.", "hung_task"},
  };
  for (const Line& line : lines) EXPECT_EQ(TroubleKind(line.text), line.kind) << line.text;
}

TEST(TroubleKind, IsNoneForWhatOnlySoundsLikeIt) {
  const char* const lines[] = {
      "",
      "Kernel command line: console=ttyS0 panic=-1 oops=panic panic_on_warn=1 -- run --quiet",
      "Command line: BOOT_IMAGE=/vmlinuz oops=panic panic_on_warn=1",
      "Unknown kernel command line parameters \"oops=panic\", will be passed to user space.",
      "systemd[1]: Warning: The unit file changed on disk.",
      "Warning: unable to open an initial console.",
      "WARNING: Polling idle and HT enabled, performance may degrade",
      "WARNING: Spectre v2 mitigation leaves CPU vulnerable to RETBleed attacks, data leaks "
      "possible!",
      "Spectre V2 : WARNING: Unprivileged eBPF is enabled with eIBRS on",
      "traps: child[77] general protection fault ip:401000 sp:7ffc0 error:0 in "
      "pidproof[401000+1000]",
      "traps: child[77] trap invalid opcode ip:401000 sp:7ffc0 error:0",
      "child[77]: segfault at 0 ip 0000000000401136 sp 00007ffc5a error 4 in pidproof[401000+1000]",
      "CPU: 1 PID: 412 Comm: pidproof Tainted: G        W          6.12.43+deb13-cloud-amd64 #1",
      "rcu: Hierarchical RCU implementation.",
      "rcu: RCU calculated value of scheduler-enlistment delay is 25 jiffies.",
      "rcu_preempt: GP kthread ready",
      "watchdog: Delayed init of the lockup detector failed: -19",
      "NMI watchdog: Perf NMI watchdog permanently disabled",
      "Memory cgroup out of memory: Killed process 77 (child) total-vm:2048kB",
      "pidproof: page allocation failure: order:0, mode:0xcc0(GFP_KERNEL)",
      "INFO: lockdep is turned off.",
      "INFO: NMI handler (perf_event_nmi_handler) took too long to run: 1.001 msecs",
      "clocksource: timekeeping watchdog on CPU1: Marking clocksource 'tsc' as unstable",
      "x86/bugs: BUG: none known, see the [#] mark",
      "UBSAN is built in",
      "KASAN: KernelAddressSanitizer initialized",
      "ACPI BIOS Warning (bug): 32/64X length mismatch in FADT/Gpe0Block: 128/64",
      "BUG reports go to the list",
      "PM: Unhandled fault is not here",
  };
  for (const char* line : lines) EXPECT_EQ(TroubleKind(line), "") << line;
}

TEST(ParseKmsgRecord, SplitsWhatTheKernelWritesBeforeTheText) {
  const std::optional<KernelLine> line = ParseKmsgRecord(
      "4,229,31248001,-,caller=T1;WARNING: CPU: 0 PID: 1 at a.c:1 b+0x0/0x1\n SUBSYSTEM=x\n");
  ASSERT_TRUE(line);
  EXPECT_EQ(line->level, 4);
  EXPECT_DOUBLE_EQ(line->seconds.value(), 31.248001);
  EXPECT_TRUE(line->from_kernel);
  EXPECT_EQ(line->text, "WARNING: CPU: 0 PID: 1 at a.c:1 b+0x0/0x1");
}

TEST(ParseKmsgRecord, DistinguishesAProgramsLineFromTheKernels) {
  const std::optional<KernelLine> line =
      ParseKmsgRecord("12,230,5,-;WARNING: CPU: 0 PID: 1 at a.c:1 b+0x0/0x1\n");
  ASSERT_TRUE(line);
  EXPECT_FALSE(line->from_kernel);
  EXPECT_EQ(line->level, 4);
}

TEST(ParseKmsgRecord, IsNothingWhereItIsNoRecord) {
  for (const char* text : {"", "4", "4,229", "4,229,31248", "a,b,c,-;text", "4,229,x,-;text",
                           "4,229,31248,- no semicolon", ";text", "-1,2,3,-;text"}) {
    EXPECT_FALSE(ParseKmsgRecord(text)) << text;
  }
}

TEST(ParseConsoleLine, TakesTheTextFromBehindLevelTimeAndCaller) {
  const KernelLine full = ParseConsoleLine("<4>[   12.345678][    T1] WARNING: x\r");
  EXPECT_EQ(full.level, 4);
  EXPECT_DOUBLE_EQ(full.seconds.value(), 12.345678);
  EXPECT_EQ(full.text, "WARNING: x");
  EXPECT_EQ(ParseConsoleLine("[    0.000000] BUG: y").text, "BUG: y");
  EXPECT_EQ(ParseConsoleLine("BUG: y").text, "BUG: y");
  EXPECT_FALSE(ParseConsoleLine("BUG: y").seconds);
  EXPECT_EQ(ParseConsoleLine("pidproof: begins pid_re[    9.000001] BUG: y").text, "BUG: y");
  EXPECT_EQ(ParseConsoleLine("pidproof: <4>[    9.000001] BUG: y").level, 4);
  EXPECT_EQ(ParseConsoleLine("[ BUG: Invalid wait context ]").text,
            "[ BUG: Invalid wait context ]");
  for (const char* odd : {"", "[", "[]", "<", "<4>", "[   ]", "[ 1.2", "<x>y"}) {
    EXPECT_EQ(TroubleKind(ParseConsoleLine(odd).text), "") << odd;
  }
}

TEST(ParseConsoleLine, KeepsTheTextShortAndPrintable) {
  const std::string text = ParseConsoleLine("BUG: \x1b[31m\x07 \xff" + std::string(5000, 'x')).text;
  EXPECT_LE(text.size(), 300u);
  for (const char letter : text) EXPECT_TRUE(letter >= ' ' && letter <= '~') << int{letter};
}

TEST(TaintLetters, NamesEachBit) {
  EXPECT_EQ(TaintLetters(0), "");
  EXPECT_EQ(TaintLetters(512), "W");
  EXPECT_EQ(TaintLetters(128 + 512 + 16384), "DWL");
  EXPECT_EQ(TaintLetters(1ULL << 40), "");
}

}  // namespace
}  // namespace pidproof::kernel_log::kernel_trouble_test
