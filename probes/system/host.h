#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "probes/system/release.h"

namespace pidproof {

// What one should know of the machine and of this process to read the results. Nothing is decided
// on it. What cannot be read here is empty or nothing.
struct HostFacts {
  std::string release;  // uname -r
  std::string machine;  // uname -m
  std::string libc;     // "glibc 2.36"
  std::uint32_t uid = 0;
  std::optional<std::uint64_t> pid_max;          // of this pid namespace
  std::optional<int> seccomp_mode;               // of this process: 0 none, 1 strict, 2 filter
  std::optional<std::uint64_t> seccomp_filters;  // how many are installed (5.9)
  std::optional<bool> no_new_privs;
  std::string capabilities;  // in effect: "all", "all but" the names, "none", or the names
  std::optional<std::uint64_t> ptrace_scope;  // Yama's, where it is (yama.rst)
  std::string security_modules;               // as the kernel lists them: "lockdown,yama,apparmor"
  std::string user_namespace;                 // "initial" or "inner"
  std::string pid_namespace;                  // the same
  std::optional<std::uint64_t> pid_levels;    // numbers of this process that /proc shows
  std::string container;                      // who says that this is one, and which
  std::string emulator;                       // "gVisor", "qemu-user", "WSL"
  std::string kernel_note;  // what the release hints at: a distribution's backports

  Release kernel() const { return Release::Parse(release); }
};

HostFacts ReadHostFacts();

// The name of this machine, which is told only on request.
std::string HostName();

// What plays the kernel here, where that is no Linux: "gVisor", "qemu-user", or empty.
std::string Emulator();

// Of this process: 0 no filter, 1 strict, 2 filter; nothing where neither prctl(2) PR_GET_SECCOMP
// nor /proc tells. A filter can refuse the one, and even answer 0 in its place: the other is the
// better witness.
std::optional<int> SeccompMode();

// Whether the capability is in effect, by /proc or, where that is missing, by capget(2).
bool IsCapable(int capability);

// Whether this process is in a user namespace other than the first, as far as /proc tells.
bool IsInnerUserNamespace();

// By uname(2); {0, 0} where that is refused.
Release KernelRelease();

// /proc/sys/kernel/yama/ptrace_scope: 0 classic, 1 descendants only, 2 CAP_SYS_PTRACE only, 3
// nobody; nothing where there is no Yama or no /proc.
std::optional<std::uint64_t> PtraceScope();

}  // namespace pidproof
