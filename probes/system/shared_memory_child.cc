#include "probes/system/shared_memory_child.h"

#include <sys/syscall.h>

namespace pidproof::sys {

namespace {

// The child leaves within the assembly: on a shared stack it must not even return from a function.
#if defined(__x86_64__)
long CallAndExitInChild(long number, std::uintptr_t first, std::uintptr_t second,
                        std::uintptr_t third) {
  register long fourth asm("r10") = 0;
  register long fifth asm("r8") = 0;
  long result;
  asm volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "mov %[exit], %%eax\n\t"
      "xor %%edi, %%edi\n\t"
      "syscall\n\t"
      "hlt\n"
      "1:"
      : "=a"(result)
      : "a"(number), "D"(first), "S"(second), "d"(third), "r"(fourth),
        "r"(fifth), [exit] "i"(SYS_exit_group)
      : "rcx", "r11", "cc", "memory");
  return result;
}
#elif defined(__aarch64__)
long CallAndExitInChild(long number, std::uintptr_t first, std::uintptr_t second,
                        std::uintptr_t third) {
  register long called asm("x8") = number;
  register std::uintptr_t x0 asm("x0") = first;
  register std::uintptr_t x1 asm("x1") = second;
  register std::uintptr_t x2 asm("x2") = third;
  register long x3 asm("x3") = 0;
  register long x4 asm("x4") = 0;
  asm volatile(
      "svc 0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x8, %[exit]\n\t"
      "svc 0\n\t"
      "brk 0\n"
      "1:"
      : "+r"(x0)
      : "r"(called), "r"(x1), "r"(x2), "r"(x3), "r"(x4), [exit] "i"(SYS_exit_group)
      : "cc", "memory");
  return static_cast<long>(x0);
}
#elif defined(__riscv)
long CallAndExitInChild(long number, std::uintptr_t first, std::uintptr_t second,
                        std::uintptr_t third) {
  register long called asm("a7") = number;
  register std::uintptr_t a0 asm("a0") = first;
  register std::uintptr_t a1 asm("a1") = second;
  register std::uintptr_t a2 asm("a2") = third;
  register long a3 asm("a3") = 0;
  register long a4 asm("a4") = 0;
  asm volatile(
      "ecall\n\t"
      "bnez a0, 1f\n\t"
      "li a7, %[exit]\n\t"
      "ecall\n\t"
      "ebreak\n"
      "1:"
      : "+r"(a0)
      : "r"(called), "r"(a1), "r"(a2), "r"(a3), "r"(a4), [exit] "i"(SYS_exit_group)
      : "memory");
  return static_cast<long>(a0);
}
#endif

Result<pid_t> ToChild(long result) {
  if (result < 0) return Result<pid_t>::Errno(static_cast<int>(-result));
  return static_cast<pid_t>(result);
}

}  // namespace

Result<pid_t> CloneExiting(std::uint64_t flags, std::uintptr_t stack, int* pidfd) {
  return ToChild(
      CallAndExitInChild(SYS_clone, flags, stack, reinterpret_cast<std::uintptr_t>(pidfd)));
}

Result<pid_t> Clone3Exiting(const abi::CloneArgs& args, std::size_t size) {
  return ToChild(CallAndExitInChild(SYS_clone3, reinterpret_cast<std::uintptr_t>(&args), size, 0));
}

}  // namespace pidproof::sys
