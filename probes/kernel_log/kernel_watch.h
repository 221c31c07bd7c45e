#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "probes/kernel_log/kernel_trouble.h"
#include "probes/system/fd.h"

namespace pidproof::kernel_log {

// A line in which the kernel reported trouble.
struct KernelTrouble {
  std::string kind;  // as TroubleKind, or "taint"
  KernelLine line;
};

struct KernelReport {
  std::string unread;                // why the log could not be read, or empty
  std::vector<KernelTrouble> lines;  // the first few dozen
  std::size_t left_out = 0;          // how many more there were
  bool overwritten = false;          // the kernel dropped lines before they were read
};

// Reads what the kernel reports from a moment on: its log (/dev/kmsg, since 3.5) and its taint
// (/proc/sys/kernel/tainted). Where only this program runs on the kernel, from boot on, and without
// holding a descriptor; else from now on, by one descriptor above the standard ones.
class KernelWatch {
 public:
  enum Since { kBoot, kNow };
  explicit KernelWatch(Since since, std::string log = "/dev/kmsg",
                       std::string taint = "/proc/sys/kernel/tainted");

  // What was reported until now. To be called once.
  KernelReport Finish();

 private:
  void Open();
  void ReadTo(KernelReport& report) const;
  std::optional<std::uint64_t> Taint() const;

  std::string log_name_;
  std::string taint_name_;
  Fd log_;
  int unopened_ = 0;  // the errno
  std::optional<std::uint64_t> taint_;
};

}  // namespace pidproof::kernel_log
