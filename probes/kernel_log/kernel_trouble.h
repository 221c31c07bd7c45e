// What a line of the kernel's log says of the kernel itself. Pure: text in, a word out.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pidproof {

// One line of the kernel's log, without what stands before its text.
struct KernelLine {
  std::optional<double> seconds = {};  // of the kernel's clock, which starts at boot
  std::optional<int> level = {};       // 0 (emergency) to 7 (debug)
  bool from_kernel = true;             // false: a program wrote it into the log
  std::string text;                    // printable ASCII, cut where it is very long
};

// A record as read(2) on /dev/kmsg gives it, "4,229,31248,-;text" and more lines that are passed
// over. The kernel gives its own lines facility 0, and no program can (kernel/printk/printk.c
// devkmsg_write). Nothing where it is not such a record.
std::optional<KernelLine> ParseKmsgRecord(std::string_view record);

// A line as a console or dmesg(1) shows it: "<4>[   12.345678][    T1] text", each part before the
// text as far as it is there; it may begin behind a program's own output. Who wrote it cannot be
// seen.
KernelLine ParseConsoleLine(std::string_view line);

// What kind of trouble the kernel reports by a line whose text begins so, or empty where it reports
// none: warning, lockdep, sanitizer, bug, oops, panic, rcu_stall, lockup or hung_task.
std::string_view TroubleKind(std::string_view text);

// What a bit of /proc/sys/kernel/tainted says, by its letter: 512 is "W"
// (Documentation/admin-guide/tainted-kernels.rst). Bits without a letter are left out.
std::string TaintLetters(unsigned long long taint);

}  // namespace pidproof
