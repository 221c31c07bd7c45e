#include "runner/kernel_log.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "reports/document/document.h"
#include "runner/program_testing.h"

namespace pidproof::runner::kernel_log_test {
namespace {

// A guest's console: the boot, what the program itself prints, a WARN, and the panic that ended it.
constexpr char kConsole[] =
    "[    0.000000] Kernel command line: console=ttyS0 oops=panic panic=-1 -- run --quiet\r\n"
    "[    7.161504] Run /init as init process\r\n"
    "pidproof: begins wait/fields pidfd\r\n"
    "[    9.001002] ------------[ cut here ]------------\r\n"
    "[    9.001003] WARNING: CPU: 0 PID: 137 at mm/util.c:670 __kvmalloc_node_noprof+0xc1/0xd0\r\n"
    "[    9.001004] CPU: 0 PID: 137 Comm: init Not tainted 6.12.43+deb13-cloud-amd64 #1\r\n"
    "pidproof: begins poll_ra[   31.272372] Kernel panic - not syncing: sysrq triggered crash\r\n";

TEST(KernelLog, FindsTheTroubleOfAConsole) {
  EXPECT_EQ(TroubleIn(kConsole),
            "WARNING: CPU: 0 PID: 137 at mm/util.c:670 __kvmalloc_node_noprof+0xc1/0xd0\n"
            "Kernel panic - not syncing: sysrq triggered crash\n");
  EXPECT_EQ(TroubleIn(""), "");
  EXPECT_EQ(TroubleIn("\n\n[    1.000000] Run /init as init process"), "");
}

TEST(KernelLog, IsAGate) {
  const TempDir folder;
  const std::string file = folder.File("console");
  std::ofstream(file) << kConsole;
  const Printed trouble = RunProgram("kernel-log " + file);
  EXPECT_EQ(trouble.status, 1);
  EXPECT_EQ(trouble.out, TroubleIn(kConsole));
  std::ofstream(file) << "[    7.161504] Run /init as init process\n";
  EXPECT_EQ(RunProgram("kernel-log " + file).status, 0);
  const Printed missing = RunProgram("kernel-log " + folder.File("missing") + " 2>&1");
  EXPECT_EQ(missing.status, 2);
  EXPECT_NE(missing.out.find("missing"), std::string::npos);
}

// Whoever reads a document learns whether anybody listened to the kernel, and if not why.
TEST(KernelLog, StandsInEveryDocumentOrSaysWhyNot) {
  const std::string unread = kernel_log::KernelWatch(kernel_log::KernelWatch::kNow).Finish().unread;
  const reports::Document document =
      reports::FromJson(RunProgram("probe --only pidfd_open --json - --quiet").out);
  EXPECT_EQ(document.run.kernel_watch, unread.empty() ? "shared kernel" : "none: " + unread);
  EXPECT_TRUE(document.kernel_log || !unread.empty());
}

}  // namespace
}  // namespace pidproof::runner::kernel_log_test
