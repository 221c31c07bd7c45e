#include "scenarios/arena/scripted_child.h"

#include <errno.h>
#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <cstddef>

#include "probes/system/abi.h"
#include "probes/system/errno_name.h"
#include "probes/system/require.h"
#include "probes/system/yield_until.h"

namespace pidproof::scenarios {

namespace {

// clone(2) or clone3(2), with its arguments in register order.
struct CloneCall {
  long number;
  std::array<long, 5> arguments;
};

template <typename T>
long Address(T* pointer) {
  return reinterpret_cast<long>(pointer);
}

// The position of clone(2)'s child_tid argument: it differs between architectures.
#if defined(__x86_64__)
constexpr std::size_t kClearedArgument = 3;
#else
constexpr std::size_t kClearedArgument = 4;
#endif

// The clone and all that the child does: the child never leaves this function.
long CloneAndFollow(const CloneCall& call, Step* first) {
#if defined(__x86_64__)
  long made = call.number;
  register long rdi asm("rdi") = call.arguments[0];
  register long rsi asm("rsi") = call.arguments[1];
  register long rdx asm("rdx") = call.arguments[2];
  register long r10 asm("r10") = call.arguments[3];
  register long r8 asm("r8") = call.arguments[4];
  register Step* step asm("r12") = first;
  asm volatile(
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 4f\n"
      "1:\n\t"
      "mov %c[call](%%r12), %%rax\n\t"
      "mov %c[arguments](%%r12), %%rdi\n\t"
      "mov %c[arguments]+8(%%r12), %%rsi\n\t"
      "mov %c[arguments]+16(%%r12), %%rdx\n\t"
      "mov %c[arguments]+24(%%r12), %%r10\n\t"
      "mov %c[arguments]+32(%%r12), %%r8\n\t"
      "mov %c[arguments]+40(%%r12), %%r9\n\t"
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 2f\n\t"
      "mov %c[zero](%%r12), %%r12\n\t"
      "jmp 1b\n"
      "2:\n\t"
      "mov %%rax, %c[answer](%%r12)\n\t"
      "js 3f\n\t"
      "mov %c[positive](%%r12), %%r12\n\t"
      "jmp 1b\n"
      "3:\n\t"
      "mov %c[failed](%%r12), %%r12\n\t"
      "jmp 1b\n"
      "4:"
      : "+a"(made), "+r"(rdi), "+r"(rsi), "+r"(rdx), "+r"(r10), "+r"(r8)
      : "r"(step), [call] "i"(offsetof(Step, call)), [arguments] "i"(offsetof(Step, arguments)),
        [zero] "i"(offsetof(Step, zero)), [positive] "i"(offsetof(Step, positive)),
        [failed] "i"(offsetof(Step, failed)), [answer] "i"(offsetof(Step, answer))
      : "rcx", "r9", "r11", "memory");
  return made;
#elif defined(__aarch64__)
  register long x8 asm("x8") = call.number;
  register long x0 asm("x0") = call.arguments[0];
  register long x1 asm("x1") = call.arguments[1];
  register long x2 asm("x2") = call.arguments[2];
  register long x3 asm("x3") = call.arguments[3];
  register long x4 asm("x4") = call.arguments[4];
  register Step* step asm("x19") = first;
  asm volatile(
      "svc #0\n\t"
      "cbnz x0, 4f\n"
      "1:\n\t"
      "ldr x8, [x19, %[call]]\n\t"
      "ldr x0, [x19, %[arguments]]\n\t"
      "ldr x1, [x19, %[arguments]+8]\n\t"
      "ldr x2, [x19, %[arguments]+16]\n\t"
      "ldr x3, [x19, %[arguments]+24]\n\t"
      "ldr x4, [x19, %[arguments]+32]\n\t"
      "ldr x5, [x19, %[arguments]+40]\n\t"
      "svc #0\n\t"
      "cbnz x0, 2f\n\t"
      "ldr x19, [x19, %[zero]]\n\t"
      "b 1b\n"
      "2:\n\t"
      "str x0, [x19, %[answer]]\n\t"
      "tbnz x0, #63, 3f\n\t"
      "ldr x19, [x19, %[positive]]\n\t"
      "b 1b\n"
      "3:\n\t"
      "ldr x19, [x19, %[failed]]\n\t"
      "b 1b\n"
      "4:"
      : "+r"(x8), "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4)
      : "r"(step), [call] "i"(offsetof(Step, call)), [arguments] "i"(offsetof(Step, arguments)),
        [zero] "i"(offsetof(Step, zero)), [positive] "i"(offsetof(Step, positive)),
        [failed] "i"(offsetof(Step, failed)), [answer] "i"(offsetof(Step, answer))
      : "x5", "memory", "cc");
  return x0;
#elif defined(__riscv)
  register long a7 asm("a7") = call.number;
  register long a0 asm("a0") = call.arguments[0];
  register long a1 asm("a1") = call.arguments[1];
  register long a2 asm("a2") = call.arguments[2];
  register long a3 asm("a3") = call.arguments[3];
  register long a4 asm("a4") = call.arguments[4];
  register Step* step asm("s2") = first;
  asm volatile(
      "ecall\n\t"
      "bnez a0, 4f\n"
      "1:\n\t"
      "ld a7, %[call](s2)\n\t"
      "ld a0, %[arguments](s2)\n\t"
      "ld a1, %[arguments]+8(s2)\n\t"
      "ld a2, %[arguments]+16(s2)\n\t"
      "ld a3, %[arguments]+24(s2)\n\t"
      "ld a4, %[arguments]+32(s2)\n\t"
      "ld a5, %[arguments]+40(s2)\n\t"
      "ecall\n\t"
      "bnez a0, 2f\n\t"
      "ld s2, %[zero](s2)\n\t"
      "j 1b\n"
      "2:\n\t"
      "sd a0, %[answer](s2)\n\t"
      "bltz a0, 3f\n\t"
      "ld s2, %[positive](s2)\n\t"
      "j 1b\n"
      "3:\n\t"
      "ld s2, %[failed](s2)\n\t"
      "j 1b\n"
      "4:"
      : "+r"(a7), "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4)
      : "r"(step), [call] "i"(offsetof(Step, call)), [arguments] "i"(offsetof(Step, arguments)),
        [zero] "i"(offsetof(Step, zero)), [positive] "i"(offsetof(Step, positive)),
        [failed] "i"(offsetof(Step, failed)), [answer] "i"(offsetof(Step, answer))
      : "a5", "memory");
  return a0;
#endif
}

CloneCall PlainClone(const abi::CloneArgs& args) {
  CloneCall call{
      SYS_clone,
      {static_cast<long>(args.flags | args.exit_signal), 0, static_cast<long>(args.pidfd), 0, 0}};
  call.arguments[kClearedArgument] = static_cast<long>(args.child_tid);
  return call;
}

void SetTids(abi::CloneArgs& args, const Arena::ChosenPids& pids) {
  args.set_tid = pids.count == 0 ? 0 : reinterpret_cast<std::uint64_t>(pids.values.data());
  args.set_tid_size = pids.count;
}

void ClearWhenLeft(abi::CloneArgs& args, std::atomic<int>* left) {
  if (left == nullptr) return;
  args.flags |= CLONE_CHILD_CLEARTID;
  args.child_tid = reinterpret_cast<std::uint64_t>(left);
}

}  // namespace

void Step::Set(long number, std::initializer_list<long> given, Step& next) {
  call = number;
  arguments.fill(0);
  std::copy(given.begin(), given.end(), arguments.begin());
  zero = positive = failed = &next;
  answer = 0;
}

void Step::AwaitGate(int gate, std::uint64_t& opened, Step& next) {
  Set(SYS_read, {gate, Address(&opened), sizeof opened}, *this);
  positive = &next;
}

Arena::Stub SpawnScripted(Arena& arena, Step& first, const Scripted& how) {
  const Arena::ChosenPids pids = arena.PidsFor(how.slot);
  int pidfd = -1;
  abi::CloneArgs args{.flags = how.sharing, .exit_signal = SIGCHLD};
  if (how.with_pidfd) {
    args.flags |= abi::kClonePidfd;
    args.pidfd = reinterpret_cast<std::uint64_t>(&pidfd);
  }
  if (how.left != nullptr) *how.left = 1;
  ClearWhenLeft(args, how.left);
  SetTids(args, pids);
  long made = -ENOSYS;
  if (pids.count != 0) {
    made = CloneAndFollow({SYS_clone3, {Address(&args), abi::kCloneArgsSize55}}, &first);
  }
  if (made < 0) made = CloneAndFollow(PlainClone(args), &first);
  if (made < 0) {
    throw Unsupported(fmt::format("no child of that kind can be cloned here ({})",
                                  ErrnoName(static_cast<int>(-made))));
  }
  const auto pid = static_cast<pid_t>(made);
  if (pids.count != 2 || pid != pids.values[0]) arena.CountHostPid();
  return {pid, Fd(pidfd)};
}

ScriptedClone::ScriptedClone(Arena& arena, pid_t slot, std::uint64_t flags, int exit_signal,
                             std::atomic<int>* left)
    : arena_(arena),
      left_(left),
      pids_(arena.PidsFor(slot)),
      args_{.flags = flags, .exit_signal = static_cast<std::uint64_t>(exit_signal)} {
  ClearWhenLeft(args_, left);
  SetTids(args_, pids_);
}

void ScriptedClone::Lead(Step& born, Step& next, Step& failed) {
  chosen_.Set(SYS_clone3, {Address(&args_), abi::kCloneArgsSize55}, next);
  chosen_.zero = &born;
  chosen_.failed = &plain_;
  const CloneCall call = PlainClone(args_);
  plain_.Set(call.number, {}, next);
  std::copy(call.arguments.begin(), call.arguments.end(), plain_.arguments.begin());
  plain_.zero = &born;
  plain_.failed = &failed;
}

void ScriptedClone::Renew() {
  chosen_.answer = 0;
  plain_.answer = 0;
  if (left_ != nullptr) *left_ = 1;
}

pid_t ScriptedClone::Await() const {
  YieldUntil([&] { return chosen_.answer > 0 || plain_.answer != 0; });
  if (const long made = chosen_.answer; made > 0) {
    if (pids_.count != 2) arena_.CountHostPid();
    return static_cast<pid_t>(made);
  }
  const long made = plain_.answer;
  if (made < 0) {
    throw Unsupported(fmt::format("no such process or thread can be cloned here ({})",
                                  ErrnoName(static_cast<int>(-made))));
  }
  arena_.CountHostPid();
  return static_cast<pid_t>(made);
}

}  // namespace pidproof::scenarios
