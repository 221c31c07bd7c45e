#include "probes/refusal/evaluate_filter.h"

#include <fmt/format.h>
#include <linux/seccomp.h>

#include <array>
#include <cstddef>
#include <stdexcept>

#include "probes/system/errno_name.h"

namespace pidproof::refusal {

namespace {

// A value that the filter computes with; nothing: it depends on unknown values.
using Word = std::optional<std::uint32_t>;

struct State {
  std::size_t at = 0;
  Word a = 0;
  Word x = 0;
  std::array<Word, BPF_MEMWORDS> memory = {};
  auto operator<=>(const State&) const = default;
};

[[noreturn]] void Refuse(const sock_filter& step) {
  throw std::invalid_argument(
      fmt::format("no seccomp filter has the instruction {:#x}", step.code));
}

// A word of seccomp_data.
Word Load(const FilteredCall& call, const sock_filter& step) {
  constexpr std::size_t kArguments = offsetof(seccomp_data, args);
  const std::size_t offset = step.k;
  if (offset % sizeof(std::uint32_t) != 0 || offset >= sizeof(seccomp_data)) Refuse(step);
  if (offset == offsetof(seccomp_data, nr)) return static_cast<std::uint32_t>(call.number);
  if (offset == offsetof(seccomp_data, arch)) return call.arch;
  if (offset < kArguments) return std::nullopt;  // the instruction pointer
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__);
  const std::optional<std::uint64_t>& argument =
      call.arguments[(offset - kArguments) / sizeof(std::uint64_t)];
  if (!argument) return std::nullopt;
  const bool high = (offset - kArguments) % sizeof(std::uint64_t) != 0;
  return static_cast<std::uint32_t>(high ? *argument >> 32 : *argument);
}

Word Compute(const sock_filter& step, Word a, Word other) {
  const std::uint16_t operation = BPF_OP(step.code);
  if (operation == BPF_NEG) return a ? Word(0u - *a) : a;
  if (!a || !other) return std::nullopt;
  constexpr std::uint32_t kBits = 31;
  switch (operation) {
    case BPF_ADD:
      return *a + *other;
    case BPF_SUB:
      return *a - *other;
    case BPF_MUL:
      return *a * *other;
    case BPF_DIV:
      return *other == 0 ? 0 : *a / *other;
    case BPF_AND:
      return *a & *other;
    case BPF_OR:
      return *a | *other;
    case BPF_XOR:
      return *a ^ *other;
    case BPF_LSH:
      return *a << (*other & kBits);
    case BPF_RSH:
      return *a >> (*other & kBits);
    default:
      Refuse(step);
  }
}

bool ConditionHolds(const sock_filter& step, std::uint32_t a, std::uint32_t other) {
  switch (BPF_OP(step.code)) {
    case BPF_JEQ:
      return a == other;
    case BPF_JGE:
      return a >= other;
    case BPF_JGT:
      return a > other;
    case BPF_JSET:
      return (a & other) != 0;
    default:
      Refuse(step);
  }
}

// Follows every path through the program. Jumps lead forward only, and each state is visited once,
// so it ends.
class Walk {
 public:
  Walk(const std::vector<sock_filter>& program, const FilteredCall& call)
      : program_(program), call_(call) {}

  std::set<std::uint32_t> Go() {
    std::set<State> waiting{State{}};
    std::set<State> seen;
    while (!waiting.empty()) {
      const State state = waiting.extract(waiting.begin()).value();
      if (!seen.insert(state).second) continue;
      if (state.at >= program_.size())
        throw std::invalid_argument("the filter does not end with a return");
      Step(state, waiting);
    }
    return answers_;
  }

 private:
  void Step(State state, std::set<State>& next) {
    const sock_filter& step = program_[state.at];
    ++state.at;
    const Word operand = BPF_SRC(step.code) == BPF_X ? state.x : Word(step.k);
    switch (BPF_CLASS(step.code)) {
      case BPF_RET:
        return Answer(step, state);
      case BPF_JMP:
        return Jump(step, state, operand, next);
      case BPF_ALU:
        state.a = Compute(step, state.a, operand);
        break;
      case BPF_LD:
        state.a = Loaded(step, state);
        break;
      case BPF_LDX:
        state.x = Loaded(step, state);
        break;
      case BPF_ST:
        Slot(step, state) = state.a;
        break;
      case BPF_STX:
        Slot(step, state) = state.x;
        break;
      default:  // BPF_MISC
        (BPF_MISCOP(step.code) == BPF_TXA ? state.a : state.x) =
            BPF_MISCOP(step.code) == BPF_TXA ? state.x : state.a;
    }
    next.insert(state);
  }

  static Word& Slot(const sock_filter& step, State& state) {
    if (step.k >= state.memory.size()) Refuse(step);
    return state.memory[step.k];
  }

  Word Loaded(const sock_filter& step, State& state) const {
    switch (BPF_MODE(step.code)) {
      case BPF_IMM:
        return step.k;
      case BPF_MEM:
        return Slot(step, state);
      case BPF_LEN:
        return static_cast<std::uint32_t>(sizeof(seccomp_data));
      case BPF_ABS:
        if (step.code == (BPF_LD | BPF_W | BPF_ABS)) return Load(call_, step);
        [[fallthrough]];
      default:
        Refuse(step);
    }
  }

  void Answer(const sock_filter& step, const State& state) {
    const Word value = BPF_RVAL(step.code) == BPF_A ? state.a : Word(step.k);
    if (!value)
      throw std::invalid_argument("the filter answers with an argument that is not known");
    answers_.insert(*value);
  }

  static void Jump(const sock_filter& step, State state, Word operand, std::set<State>& next) {
    const std::size_t from = state.at;
    const bool always = BPF_OP(step.code) == BPF_JA;
    const bool known = state.a && operand;
    const bool holds = !always && known && ConditionHolds(step, *state.a, *operand);
    if (always || !known || holds) {
      state.at = from + (always ? step.k : step.jt);
      next.insert(state);
    }
    if (always || (known && holds)) return;
    state.at = from + step.jf;
    next.insert(state);
  }

  const std::vector<sock_filter>& program_;
  const FilteredCall& call_;
  std::set<std::uint32_t> answers_;
};

}  // namespace

std::set<std::uint32_t> EvaluateFilter(const std::vector<sock_filter>& program,
                                       const FilteredCall& call) {
  return Walk(program, call).Go();
}

bool ReachesKernel(std::uint32_t action) {
  const std::uint32_t kind = action & SECCOMP_RET_ACTION_FULL;
  return kind == SECCOMP_RET_ALLOW || kind == SECCOMP_RET_LOG;
}

std::string ActionName(std::uint32_t action) {
  const std::uint32_t data = action & SECCOMP_RET_DATA;
  switch (action & SECCOMP_RET_ACTION_FULL) {
    case SECCOMP_RET_KILL_THREAD:
      return "KILL_THREAD";
    case SECCOMP_RET_TRAP:
      return "TRAP";
    case SECCOMP_RET_ERRNO:
      return fmt::format("ERRNO({})", data == 0 ? "0" : ErrnoName(static_cast<int>(data)));
    case SECCOMP_RET_USER_NOTIF:
      return "USER_NOTIF";
    case SECCOMP_RET_TRACE:
      return "TRACE";
    case SECCOMP_RET_LOG:
      return "LOG";
    case SECCOMP_RET_ALLOW:
      return "ALLOW";
    default:  // as the kernel treats unknown actions
      return "KILL_PROCESS";
  }
}

}  // namespace pidproof::refusal
