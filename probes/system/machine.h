#pragma once

#include <linux/audit.h>

#include <cstdint>
#include <string_view>

namespace pidproof {

// The architecture of this build, as Go, libseccomp and the kernel's filters spell it.
struct Machine {
  std::string_view go;
  std::string_view scmp;
  std::uint32_t audit;
};

inline constexpr Machine kMachine =
#if defined(__x86_64__)
    {"amd64", "SCMP_ARCH_X86_64", AUDIT_ARCH_X86_64};
#elif defined(__aarch64__)
    {"arm64", "SCMP_ARCH_AARCH64", AUDIT_ARCH_AARCH64};
#elif defined(__riscv)
    {"riscv64", "SCMP_ARCH_RISCV64", AUDIT_ARCH_RISCV64};
#endif

}  // namespace pidproof
