#include "probes/kernel_log/kernel_watch.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace pidproof::kernel_log::kernel_watch_test {
namespace {

// A stand-in for the kernel log: like it, a pipe in packet mode returns one record per read, and
// EAGAIN when there are no more.
class FakeKernelLog : public testing::Test {
 protected:
  FakeKernelLog() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_DIRECT | O_CLOEXEC | O_NONBLOCK), 0);
    EXPECT_GT(fcntl(ends[1], F_SETPIPE_SZ, 64 * 4096), 0);  // a packet takes a page
    read_ = Fd(ends[0]);
    write_ = Fd(ends[1]);
    Taint("0");
  }
  ~FakeKernelLog() override { std::filesystem::remove(taint()); }

  std::string log() const { return fmt::format("/proc/self/fd/{}", read_.get()); }
  std::string taint() const {
    return std::filesystem::temp_directory_path() / fmt::format("pidproof-taint-{}", getpid());
  }
  void Taint(const std::string& number) const { std::ofstream(taint()) << number << "\n"; }
  void Says(const std::string& record) const {
    ASSERT_EQ(write(write_.get(), record.data(), record.size()),
              static_cast<ssize_t>(record.size()));
  }

  Fd read_;
  Fd write_;
};

TEST_F(FakeKernelLog, ReportsTheKernelsTroubleAndNothingElse) {
  KernelWatch watch(KernelWatch::kBoot, log(), taint());
  Says("6,1,1000000,-;Kernel command line: oops=panic panic_on_warn=1\n");
  Says("4,2,2000000,-;WARNING: CPU: 0 PID: 9 at kernel/pid.c:1 f+0x1/0x2\n SUBSYSTEM=x\n");
  Says("12,3,3000000,-;WARNING: CPU: 0 PID: 9 at a/program/wrote.this:1 f+0x1/0x2\n");
  Says("1,4,4000000,-;BUG: kernel NULL pointer dereference, address: 0000000000000010\n");
  const KernelReport report = watch.Finish();
  EXPECT_EQ(report.unread, "");
  ASSERT_EQ(report.lines.size(), 2u);
  EXPECT_EQ(report.lines[0].kind, "warning");
  EXPECT_EQ(report.lines[0].line.text, "WARNING: CPU: 0 PID: 9 at kernel/pid.c:1 f+0x1/0x2");
  EXPECT_EQ(report.lines[0].line.level, 4);
  EXPECT_EQ(report.lines[0].line.seconds, 2.0);
  EXPECT_EQ(report.lines[1].kind, "bug");
}

TEST_F(FakeKernelLog, ReportsTaintThatCameDuringTheRun) {
  Taint("4096");
  KernelWatch unchanged(KernelWatch::kBoot, log(), taint());
  EXPECT_TRUE(unchanged.Finish().lines.empty());
  KernelWatch watch(KernelWatch::kBoot, log(), taint());
  Taint("4736");  // 4096 + 512 + 128
  const KernelReport report = watch.Finish();
  ASSERT_EQ(report.lines.size(), 1u);
  EXPECT_EQ(report.lines[0].kind, "taint");
  EXPECT_EQ(report.lines[0].line.text,
            "kernel.tainted was 4096 before the run and is 4736 now (new: DW)");
}

TEST_F(FakeKernelLog, KeepsTheFirstOfManyLines) {
  KernelWatch watch(KernelWatch::kBoot, log(), taint());
  for (int i = 0; i < 40; ++i) Says(fmt::format("4,{},1,-;BUG: number {}\n", i, i));
  const KernelReport report = watch.Finish();
  EXPECT_EQ(report.lines.size(), 32u);
  EXPECT_EQ(report.left_out, 8u);
  EXPECT_EQ(report.lines[0].line.text, "BUG: number 0");
}

TEST_F(FakeKernelLog, ReportsWhyThereIsNoLog) {
  for (const auto since : {KernelWatch::kBoot, KernelWatch::kNow}) {
    EXPECT_EQ(KernelWatch(since, "/no/such/log", taint()).Finish().unread,
              "open /no/such/log: ENOENT");
    EXPECT_TRUE(KernelWatch(since, "/", taint()).Finish().unread.starts_with("read /: E"));
  }
}

// A file in place of the log: what it held before is skipped on a kernel shared with others.
TEST_F(FakeKernelLog, BeginsAtTheEndOfASharedLogAndAtTheBeginningOfItsOwn) {
  const std::string file = taint() + "-log";
  std::ofstream(file) << "4,1,1,-;BUG: of old\n";
  KernelWatch own(KernelWatch::kBoot, file, taint());
  KernelWatch shared(KernelWatch::kNow, file, taint());
  KernelWatch sees_nothing(KernelWatch::kNow, file, taint());
  EXPECT_EQ(own.Finish().lines.size(), 1u);
  EXPECT_TRUE(sees_nothing.Finish().lines.empty());
  std::ofstream(file, std::ios::app) << "4,2,2,-;BUG: of now\n";
  const KernelReport report = shared.Finish();
  ASSERT_EQ(report.lines.size(), 1u);
  EXPECT_EQ(report.lines[0].line.text, "BUG: of now");
  std::filesystem::remove(file);
}

}  // namespace
}  // namespace pidproof::kernel_log::kernel_watch_test
