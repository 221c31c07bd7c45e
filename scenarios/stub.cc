#include "scenarios/stub.h"

namespace pidproof {

namespace {

// Both a clone3 and the child's life; the child never leaves this function, nor touches memory.
long CloneAndRepeat(const abi::CloneArgs* args, std::size_t size, long repeated) {
#if defined(__x86_64__)
  long made = SYS_clone3;
  asm volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 2f\n"
      "1:\n\t"
      "mov %[repeated], %%rax\n\t"
      "xor %%edi, %%edi\n\t"
      "xor %%esi, %%esi\n\t"
      "xor %%edx, %%edx\n\t"
      "xor %%r10d, %%r10d\n\t"
      "xor %%r8d, %%r8d\n\t"
      "syscall\n\t"
      "jmp 1b\n"
      "2:"
      : "+a"(made), "+D"(args), "+S"(size)
      : [repeated] "r"(repeated)
      : "rcx", "rdx", "r8", "r10", "r11", "memory");
  return made;
#elif defined(__aarch64__)
  register long x8 asm("x8") = SYS_clone3;
  register long x0 asm("x0") = reinterpret_cast<long>(args);
  register long x1 asm("x1") = static_cast<long>(size);
  asm volatile(
      "svc #0\n\t"
      "cbnz x0, 2f\n"
      "1:\n\t"
      "mov x8, %[repeated]\n\t"
      "mov x0, #0\n\t"
      "mov x1, #0\n\t"
      "mov x2, #0\n\t"
      "mov x3, #0\n\t"
      "mov x4, #0\n\t"
      "svc #0\n\t"
      "b 1b\n"
      "2:"
      : "+r"(x0), "+r"(x1), "+r"(x8)
      : [repeated] "r"(repeated)
      : "x2", "x3", "x4", "memory", "cc");
  return x0;
#elif defined(__riscv)
  register long a7 asm("a7") = SYS_clone3;
  register long a0 asm("a0") = reinterpret_cast<long>(args);
  register long a1 asm("a1") = static_cast<long>(size);
  asm volatile(
      "ecall\n\t"
      "bnez a0, 2f\n"
      "1:\n\t"
      "mv a7, %[repeated]\n\t"
      "li a0, 0\n\t"
      "li a1, 0\n\t"
      "li a2, 0\n\t"
      "li a3, 0\n\t"
      "li a4, 0\n\t"
      "ecall\n\t"
      "j 1b\n"
      "2:"
      : "+r"(a0), "+r"(a1), "+r"(a7)
      : [repeated] "r"(repeated)
      : "a2", "a3", "a4", "memory");
  return a0;
#endif
}

}  // namespace

Result<pid_t> SpawnStub(const abi::CloneArgs& args, std::size_t size, StubLife life) {
  // ppoll(2) on nothing, without a time-out, sleeps for ever; all its arguments are 0, as is
  // exit's.
  const long made = CloneAndRepeat(&args, size, life == StubLife::kWaits ? SYS_ppoll : SYS_exit);
  if (made < 0) return Result<pid_t>::Errno(static_cast<int>(-made));
  return static_cast<pid_t>(made);
}

}  // namespace pidproof
