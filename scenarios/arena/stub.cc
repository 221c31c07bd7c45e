#include "scenarios/arena/stub.h"

#include <errno.h>

#include "probes/system/abi.h"

namespace pidproof::scenarios {

namespace {

// A clone and its first three arguments; the others matter only with flags that are not used here.
struct StubCall {
  long number;
  long first;
  long second;
  long third;
};

// The clone and all that the child does: it never leaves this function, nor touches memory.
long CloneAndRepeat(const StubCall& call, long repeated) {
#if defined(__x86_64__)
  long made = call.number;
  long first = call.first;
  long second = call.second;
  long third = call.third;
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
      : "+a"(made), "+D"(first), "+S"(second), "+d"(third)
      : [repeated] "r"(repeated)
      : "rcx", "r8", "r10", "r11", "memory");
  return made;
#elif defined(__aarch64__)
  register long x8 asm("x8") = call.number;
  register long x0 asm("x0") = call.first;
  register long x1 asm("x1") = call.second;
  register long x2 asm("x2") = call.third;
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
      : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x8)
      : [repeated] "r"(repeated)
      : "x3", "x4", "memory", "cc");
  return x0;
#elif defined(__riscv)
  register long a7 asm("a7") = call.number;
  register long a0 asm("a0") = call.first;
  register long a1 asm("a1") = call.second;
  register long a2 asm("a2") = call.third;
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
      : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a7)
      : [repeated] "r"(repeated)
      : "a3", "a4", "memory");
  return a0;
#endif
}

}  // namespace

Result<pid_t> SpawnStub(const StubOptions& options, StubLife life) {
  abi::CloneArgs args{};
  args.flags = options.flags;
  // One argument of clone(2) is for both.
  const auto place = reinterpret_cast<std::uint64_t>(options.pidfd);
  args.pidfd = (options.flags & abi::kClonePidfd) != 0 ? place : 0;
  args.parent_tid = (options.flags & CLONE_PARENT_SETTID) != 0 ? place : 0;
  args.exit_signal = static_cast<std::uint64_t>(options.exit_signal);
  args.set_tid = reinterpret_cast<std::uint64_t>(options.set_tid.data());
  args.set_tid_size = options.set_tid.size();
  const long flags = static_cast<long>(options.flags) | options.exit_signal;
  const StubCall call =
      options.set_tid.empty()
          ? StubCall{SYS_clone, flags, 0, reinterpret_cast<long>(options.pidfd)}
          : StubCall{SYS_clone3, reinterpret_cast<long>(&args), abi::kCloneArgsSize55, 0};
  // ppoll(2) with all arguments 0 sleeps for ever; exit takes a 0 too.
  const long made = CloneAndRepeat(call, life == StubLife::kWaits ? SYS_ppoll : SYS_exit);
  if (made < 0) return Result<pid_t>::Errno(static_cast<int>(-made));
  return static_cast<pid_t>(made);
}

}  // namespace pidproof::scenarios
