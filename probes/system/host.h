#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "probes/system/release.h"

namespace pidproof {

// Facts about the machine and this process that help to read the results. They decide nothing. What
// cannot be read is empty or nothing.
struct HostFacts {
  std::string release;  // uname -r
  std::string machine;  // uname -m
  std::string libc;     // "glibc 2.36"
  std::uint32_t uid = 0;
  std::optional<std::uint64_t> pid_max;          // of this PID namespace
  std::optional<int> seccomp_mode;               // of this process: 0 none, 1 strict, 2 filter
  std::optional<std::uint64_t> seccomp_filters;  // how many are installed (5.9)
  std::optional<bool> no_new_privs;
  std::string capabilities;  // effective: "all", "all but" the names, "none", or the names
  std::optional<std::uint64_t> ptrace_scope;  // Yama's, where it is enabled (yama.rst)
  std::string security_modules;               // as the kernel lists them: "lockdown,yama,apparmor"
  std::string user_namespace;                 // "initial" or "inner"
  std::string pid_namespace;                  // the same
  std::optional<std::uint64_t>
      pid_levels;           // PIDs of this process that /proc shows, one per namespace
  std::string container;    // the file or variable that reveals it, and which one it is
  std::string emulator;     // "gVisor", "qemu-user", "WSL"
  std::string kernel_note;  // a distribution whose release hides its backports

  Release kernel() const { return Release::Parse(release); }
};

HostFacts ReadHostFacts();

// The name of this machine, reported only on request.
std::string HostName();

// What stands in for a Linux kernel here: "gVisor", "qemu-user", or empty.
std::string Emulator();

// Of this process: 0 no filter, 1 strict, 2 filter; nothing where neither /proc nor prctl(2)
// PR_GET_SECCOMP shows it. A filter can refuse prctl, or even answer 0 for it: /proc is more
// reliable.
std::optional<int> SeccompMode();

// Whether the capability is in effect, by /proc or, where that is missing, by capget(2).
bool IsCapable(int capability);

// Whether this process is in a user namespace other than the initial one, as far as /proc shows.
bool IsInnerUserNamespace();

// By uname(2); {0, 0} where that is refused.
Release KernelRelease();

// /proc/sys/kernel/yama/ptrace_scope: 0 classic, 1 descendants only, 2 CAP_SYS_PTRACE only, 3 no
// attach; nothing without Yama or /proc.
std::optional<std::uint64_t> PtraceScope();

}  // namespace pidproof
