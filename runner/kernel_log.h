#pragma once

#include <string>
#include <string_view>

#include "probes/kernel_log/kernel_watch.h"
#include "probes/system/host.h"
#include "reports/document/document.h"
#include "runner/options.h"

namespace pidproof::runner {

// Watches the kernel for as long as it lives, and then says in the document what the kernel said.
// A kernel that was booted for this program is watched from its boot on, since every line is about
// what this program did, or about the boot itself.
class KernelLog {
 public:
  KernelLog(const Options& options, const HostFacts& facts);
  void RecordIn(reports::Document& document);

 private:
  bool is_own_;
  kernel_log::KernelWatch watch_;
};

// Whether a kernel wrote any of the lines: one has the time since the boot, names the kernel's
// version, or reports trouble.
bool IsKernelLog(std::string_view console);

// The lines of a console, or of what dmesg prints, by which a kernel reported trouble.
std::string TroubleIn(std::string_view console);

}  // namespace pidproof::runner
