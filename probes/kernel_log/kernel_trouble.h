// What a line of the kernel log reports about the kernel itself. Pure: text in, a word out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pidproof::kernel_log {

// One line of the kernel log, without its prefix.
struct KernelLine {
  std::optional<double> seconds = {};  // since boot
  std::optional<int> level = {};       // 0 (emergency) to 7 (debug)
  bool from_kernel = true;             // false: a program wrote it into the log
  std::string text;                    // printable ASCII, truncated if very long
};

// A record as read(2) on /dev/kmsg returns it, "4,229,31248,-;text" and more lines, which are
// ignored. The kernel's own lines have facility 0, which programs cannot set
// (kernel/printk/printk.c devkmsg_write). Nothing where it is not such a record.
std::optional<KernelLine> ParseKmsgRecord(std::string_view record);

// A line as a console or dmesg(1) shows it: "<4>[   12.345678][    T1] text", with any of the
// prefixes missing; it may follow output of a program. Its author cannot be determined.
KernelLine ParseConsoleLine(std::string_view line);

// The kind of trouble that a line with this text reports, or empty: warning, lockdep, sanitizer,
// bug, oops, panic, rcu_stall, lockup or hung_task.
std::string_view TroubleKind(std::string_view text);

// The letters of a value of /proc/sys/kernel/tainted: 512 is "W"
// (Documentation/admin-guide/tainted-kernels.rst). Bits without a letter are left out.
std::string TaintLetters(unsigned long long taint);

}  // namespace pidproof::kernel_log
