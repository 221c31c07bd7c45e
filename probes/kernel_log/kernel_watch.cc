#include "probes/kernel_log/kernel_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <string_view>
#include <utility>

#include "probes/system/errno_name.h"
#include "probes/system/read_file.h"

namespace pidproof::kernel_log {

namespace {

void Add(KernelTrouble trouble, KernelReport& report) {
  constexpr std::size_t kMost = 32;
  if (report.lines.size() < kMost) {
    report.lines.push_back(std::move(trouble));
  } else {
    ++report.left_out;
  }
}

}  // namespace

KernelWatch::KernelWatch(Since since, std::string log, std::string taint)
    : log_name_(std::move(log)), taint_name_(std::move(taint)), taint_(Taint()) {
  if (since == kBoot) return;
  Open();
  if (log_) lseek(log_.get(), 0, SEEK_END);  // after the last record (devkmsg_llseek)
}

KernelReport KernelWatch::Finish() {
  KernelReport report;
  if (!log_ && unopened_ == 0) Open();
  if (log_) {
    ReadTo(report);
  } else {
    report.unread = fmt::format("open {}: {}", log_name_, ErrnoName(unopened_));
  }
  log_.reset();
  const std::optional<std::uint64_t> taint = Taint();
  if (taint && taint_ && (*taint & ~*taint_) != 0) {
    const std::string text =
        fmt::format("kernel.tainted was {} before the run and is {} now (new: {})", *taint_, *taint,
                    TaintLetters(*taint & ~*taint_));
    Add({"taint", {.text = text}}, report);
  }
  return report;
}

void KernelWatch::Open() {
  const Fd any(open(log_name_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  // Must not take the number of a closed standard descriptor.
  log_ = Fd(any ? fcntl(any.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1) : -1);
  if (!log_) unopened_ = errno;
}

// One record per read; EAGAIN: no more; EPIPE: the next one was overwritten (kernel/printk/printk.c
// devkmsg_read). Bounded by more records than the largest buffer holds, in case the log grows as
// fast as it is read.
void KernelWatch::ReadTo(KernelReport& report) const {
  constexpr int kMostRecords = 1 << 20;
  char record[8192];  // CONSOLE_EXT_LOG_MAX
  for (int i = 0; i < kMostRecords; ++i) {
    const ssize_t length = read(log_.get(), record, sizeof record);
    if (length == 0 || (length < 0 && errno == EAGAIN)) return;
    if (length < 0 && errno == EPIPE) report.overwritten = true;
    if (length < 0 && errno != EPIPE && errno != EINTR) {
      report.unread = fmt::format("read {}: {}", log_name_, ErrnoName(errno));
      return;
    }
    if (length < 0) continue;
    std::optional<KernelLine> line =
        ParseKmsgRecord(std::string_view(record, static_cast<std::size_t>(length)));
    if (!line || !line->from_kernel) continue;
    const std::string_view kind = TroubleKind(line->text);
    if (!kind.empty()) Add({std::string(kind), *std::move(line)}, report);
  }
}

std::optional<std::uint64_t> KernelWatch::Taint() const {
  const Result<std::string> text = ReadFile(taint_name_);
  std::uint64_t taint = 0;
  if (!text.ok() ||
      std::from_chars(text->data(), text->data() + text->size(), taint).ec != std::errc()) {
    return std::nullopt;
  }
  return taint;
}

}  // namespace pidproof::kernel_log
