#include "runner/transcript/c_program.h"

#include <errno.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <map>
#include <set>

#include "probes/system/abi.h"
#include "runner/transcript/c_frame.h"
#include "runner/transcript/constants.h"
#include "runner/transcript/text.h"

namespace pidproof::runner::transcript {

namespace {

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') escaped += '\\';
    if (letter == '\n') {
      escaped += "\\n";
    } else {
      escaped += letter;
    }
  }
  return escaped;
}

// The call, in a comment.
std::string Remark(const Step& step) {
  std::string text = CallText(step);
  for (std::size_t at = 0; (at = text.find_first_of("/*", at)) != std::string::npos; ++at) {
    if (text.compare(at, 2, "/*") == 0 || text.compare(at, 2, "*/") == 0) text.insert(at + 1, " ");
  }
  return text;
}

template <typename T>
T ValueAt(std::string_view bytes, std::size_t offset) {
  T value{};
  if (offset + sizeof value <= bytes.size()) {
    std::memcpy(&value, bytes.data() + offset, sizeof value);
  }
  return value;
}

class Writer {
 public:
  explicit Writer(const Script& script) : script_(script) {
    variables_.insert(script.variables.begin(), script.variables.end());
  }
  std::string Program(const std::string& title);

 private:
  std::string Actor(std::size_t actor);
  std::string StepText(const Step& step, std::size_t index);
  std::string Declared(const Step& step, std::size_t index);
  std::string Made(const Step& step, const std::string& arguments);
  std::string Value(const std::string& name) const;
  std::string Compared(const Step& step, std::size_t index);
  std::string Executed(const Step& step, std::size_t index);

  const Script& script_;
  std::set<std::string> variables_;
  std::size_t members_ = 0;
  std::size_t stacks_ = 0;
  std::vector<std::string> executed_;
};

// A variable of the shared memory, or the expression itself.
std::string Writer::Value(const std::string& name) const {
  const bool negative = name.starts_with('-');
  const std::size_t begin = negative ? 1 : 0;
  if (!variables_.contains(name.substr(begin, name.find(' ') - begin))) return name;
  return negative ? fmt::format("-s->v.{}", name.substr(1)) : fmt::format("s->v.{}", name);
}

std::string Bytes(std::string_view bytes) {
  const std::size_t last = bytes.find_last_not_of('\0');
  std::string text;
  for (const char byte : bytes.substr(0, last == std::string_view::npos ? 0 : last + 1)) {
    text += fmt::format("{}{}", text.empty() ? "" : ",", static_cast<unsigned char>(byte));
  }
  return text.empty() ? "0" : text;
}

// The memory of a call, as it is before it.
std::string Writer::Declared(const Step& step, std::size_t index) {
  const Memory& memory = step.memory[index];
  if (memory.is_text) {
    if (memory.text.variables.empty()) {
      return fmt::format("    char *m{} = \"{}\";\n", index, Escaped(memory.before));
    }
    std::string values;
    for (const std::string& name : memory.text.variables) values += ", (int)(long)" + Value(name);
    return fmt::format("    char m{0}[{1}];\n    snprintf(m{0}, sizeof m{0}, \"{2}\"{3});\n", index,
                       memory.before.size() + 64, Escaped(memory.text.format), values);
  }
  const std::size_t handler = step.call->number == SYS_rt_sigaction && step.arguments[1].block >= 0
                                  ? static_cast<std::size_t>(step.arguments[1].block)
                                  : step.memory.size();
  // Where the kernel could not write, it is not to be written here.
  const bool fixed = memory.is_written && step.call->result == -EFAULT && memory.pointers.empty();
  std::string text =
      fmt::format("    {}unsigned char m{}[{}] __attribute__((aligned(16))) = {{{}}};\n",
                  fixed ? "static const " : "", index,
                  std::max<std::size_t>(memory.before.size(), 1), Bytes(memory.before));
  if (index == handler) {
    constexpr std::uint64_t kDefaultOrIgnored = 1;
    if (ValueAt<std::uint64_t>(memory.before, 0) > kDefaultOrIgnored) {
      text += fmt::format("    memcpy(m{}, &(void (*)(int)){{on_signal}}, 8);\n", index);
    }
    text += fmt::format("    set_restorer(m{});\n", index);
  }
  for (const auto& [offset, to] : memory.pointers) {
    text += fmt::format("    memcpy(m{} + {}, &(void *){{(void *)m{}}}, 8);\n", index, offset, to);
  }
  for (const Place& place : memory.given) {
    if (fixed) break;
    const std::string value = Value(place.name);
    if (value == place.name) continue;
    text += fmt::format("    memcpy(m{} + {}, &(long){{{}}}, {});\n", index, place.member.offset,
                        value, place.member.size);
  }
  return text;
}

// The call that makes a process: the child goes on as its actor.
std::string Writer::Made(const Step& step, const std::string& arguments) {
  const std::string runs = step.made != 0 ? script_.actors[step.made] : std::string("leave");
  std::uint64_t flags = step.call->number == SYS_clone ? step.call->arguments[0] : 0;
  const bool structured = step.call->number == SYS_clone3;
  if (structured && !step.memory.empty()) flags = ValueAt<std::uint64_t>(step.memory[0].before, 0);
#ifdef SYS_vfork
  if (step.call->number == SYS_vfork) flags = CLONE_VM | CLONE_VFORK;
#endif
  if ((flags & CLONE_VM) == 0) {
    return fmt::format("    long r = call({});\n    if (r == 0) {}();\n", arguments, runs);
  }
  ++stacks_;
  std::string text = fmt::format("    void *top = stack_for({});\n", runs);
  if (structured) {
    constexpr std::size_t kLeast = 56;
    if (step.memory.empty() || step.memory[0].before.size() < kLeast) {
      return fmt::format("    long r = call({});\n", arguments);
    }
    text +=
        "    { long low = (long)top - 4096, size = 4096; memcpy(m0 + 40, &low, 8); memcpy(m0 + 48, "
        "&size, 8); }\n";
  }
  return text +
         fmt::format("    long r = call_on({});\n", arguments.substr(0, arguments.rfind(',')));
}

// The answers in memory, and the variables that they are.
std::string Writer::Compared(const Step& step, std::size_t index) {
  std::string text;
  for (std::size_t i = 0; i < step.memory.size(); ++i) {
    for (const Place& place : step.memory[i].answered) {
      const Member& member = place.member;
      if (member.kind == Member::kProc) {
        text += fmt::format("    s->v.{} = number_in(m{}, r, {});\n", place.name, i, member.offset);
        continue;
      }
      if (place.made) {
        text += fmt::format("    if (r >= 0) memcpy(&s->v.{}, m{} + {}, {});\n", place.name, i,
                            member.offset, member.size);
        continue;
      }
      const bool foreign =
          member.kind == Member::kPid && !variables_.contains(place.name) && place.value > 1;
      if (foreign) continue;
      const std::string expected =
          place.name.empty() ? fmt::format("{}L", place.value) : Value(place.name);
      const std::string_view type = member.size == 2 ? "short" : member.size == 4 ? "int" : "long";
      text += fmt::format(
          "    {{ {0} saw; memcpy(&saw, m{1} + {2}, sizeof saw); member({3}, {4}, \"{5}\", saw, "
          "{6}); }}\n",
          type, i, member.offset, members_++, index, member.name, expected);
    }
  }
  return text;
}

// Any new program is this one, which goes on as that actor.
std::string Writer::Executed(const Step& step, std::size_t index) {
  const std::string part = fmt::format("{}_executed_{}", script_.actors[step.actor], index);
  executed_.push_back(part);
  std::string text = fmt::format(
      "  {{ /* {} */\n    char *words[] = {{\"program\", \"{}\", \"{}\", NULL}};\n    "
      "await_turn({});\n",
      Remark(step), part, "700", step.turn);
  if (step.turn_back != 0) text += "    pass();\n";
  text += fmt::format(
      "    long r = call(SYS_execve, (long)\"/proc/self/exe\", (long)words, (long)environ, 0, 0, "
      "0);\n"
      "    answer({}, r, 0);\n    stay();\n  }}\n}}\n\nstatic void {}(void) {{\n",
      index, part);
  if (step.turn_back != 0) text += fmt::format("  await_turn({});\n", step.turn_back);
  return text + fmt::format("  answer({}, 0, 0);\n  pass();\n", index);
}

std::string Writer::StepText(const Step& step, std::size_t index) {
  const Call& call = *step.call;
  if (step.executes) return Executed(step, index);
  if (call.number == kFault) {
    return fmt::format("  await_turn({});\n  *(char *volatile)s->nowhere = 0;\n", step.turn);
  }
  std::string arguments = fmt::format("SYS_{}", step.signature.name);
  const bool clones = step.signature.name == "clone" || step.signature.name == "clone3" ||
                      step.signature.name == "fork" || step.signature.name == "vfork";
  for (std::size_t i = 0; i < call.arguments.size(); ++i) {
    std::string value = "0";
    if (i < step.arguments.size()) {
      const Argument& argument = step.arguments[i];
      value = argument.block >= 0 ? fmt::format("(long)m{}", argument.block) : Value(argument.text);
      if (argument.text == "NULL" || argument.text == "_") value = "0";
      if (argument.text.starts_with("(void *)")) value = "(long)" + argument.text;
    }
    // What libc is told of a child, and its stack.
    if (step.signature.name == "clone" && i == 0) {
      constexpr std::uint64_t kOfLibc = CLONE_SETTLS | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID;
      const bool by_libc = (call.arguments[0] & CLONE_SETTLS) != 0;
      value = fmt::format("0x{:x}", call.arguments[0] & ~(by_libc ? kOfLibc : 0));
    }
    if (step.signature.name == "clone" && (i == 3 || i == 4)) value = "0";
    if (step.signature.name == "clone" && i == 1) {
      value = (call.arguments[0] & CLONE_VM) != 0 ? "(long)top" : "0";
    }
    arguments += ", " + value;
  }
  std::string text = fmt::format("  {{ /* {} */\n", Remark(step));
  text += fmt::format("    await_turn({});\n", step.turn);
  for (const std::size_t ended : step.after) {
    const std::string& name = script_.actors[ended];
    text += fmt::format("    await_end((int){}, {});\n", Value(name),
                        name.starts_with("thread") ? 1 : 0);
  }
  for (std::size_t i = step.memory.size(); i-- > 0;) {
    // A pointer is set once both are declared: those pointed to come later in the list.
    text += Declared(step, i);
  }
  if (step.signature.name == "clone3" && !step.memory.empty() &&
      step.memory[0].before.size() >= 64) {
    text +=
        "    { uint64_t flags; memcpy(&flags, m0, 8); if (flags & 0x80000) flags &= ~0x380000ull; "
        "memcpy(m0, &flags, 8); }\n";
  }
  if (step.turn_back != 0) text += "    pass();\n";
  text += clones ? Made(step, arguments) : fmt::format("    long r = call({});\n", arguments);
  if (!call.returned) return text + "    (void)r;\n    stay();\n  }\n";
  if (step.turn_back != 0) text += fmt::format("    await_turn({});\n", step.turn_back);
  // Which of two addresses is the lower one differs from run to run.
  const bool orders = call.number == SYS_kcmp && call.result > 0 && call.result <= 2;
  if (orders) text += "    if (r == 2) r = 1;\n";
  if (step.makes) text += fmt::format("    if (r >= 0) s->v.{} = r;\n", step.result);
  if (call.result >= 0) text += Compared(step, index);
  std::string expected = fmt::format("{}", orders ? 1 : call.result);
  if (call.result >= 0 && (step.makes || step.varies)) {
    expected = "ANY";
  } else if (!step.result.empty()) {
    expected = Value(step.result);
  }
  if (call.result <= -512) expected = "-EINTR";
  return text + fmt::format("    answer({}, r, {});\n    pass();\n  }}\n", index, expected);
}

std::string Writer::Actor(std::size_t actor) {
  std::string text = fmt::format("\nstatic void {}(void) {{\n", script_.actors[actor]);
  // While its maker waits (vfork), it is not set.
  const bool precedes = std::ranges::any_of(script_.steps, [&](const Step& step) {
    return actor != 0 && step.made == actor && step.turn_back != 0;
  });
  if (precedes) {
    text += fmt::format("  if (s->v.{0} == 0) s->v.{0} = call(SYS_gettid, 0, 0, 0, 0, 0, 0);\n",
                        script_.actors[actor]);
  }
  for (std::size_t i = 0; i < script_.steps.size(); ++i) {
    if (script_.steps[i].actor == actor) text += StepText(script_.steps[i], i);
  }
  return text + (actor == 0 ? fmt::format("  await_turn({});\n  _exit(0);\n}}\n", script_.turns)
                            : "  stay();\n}\n");
}

std::string Writer::Program(const std::string& title) {
  std::string actors;
  std::string declared;
  for (std::size_t i = script_.actors.size(); i-- > 0;) {
    declared += fmt::format("UNUSED static void {}(void);\n", script_.actors[i]);
    actors += Actor(i);
  }
  std::string program = fmt::format("/*\n{}*/\n{}\n", title, CHead());
  std::map<std::string, std::string> constants;
  for (const Step& step : script_.steps) {
    if (step.call->number != kFault) {
      constants[fmt::format("SYS_{}", step.signature.name)] = fmt::format("{}", step.call->number);
    }
    for (std::size_t i = 0; i < step.arguments.size(); ++i) {
      const Parameter& parameter = step.signature.parameters[i];
      if (parameter.kind == Parameter::kSignal) {
        const Constant* signal = SignalNamed(step.call->arguments[i]);
        if (signal != nullptr)
          constants[std::string(signal->name)] = fmt::format("{}", signal->value);
      }
      for (const Constant* constant : Decode(parameter.set, step.call->arguments[i]).constants) {
        constants[std::string(constant->name)] = fmt::format("0x{:x}", constant->value);
      }
    }
  }
  constants["PIDFD_SELF_THREAD"] = fmt::format("({})", abi::kSelfThread);
  constants["PIDFD_SELF_THREAD_GROUP"] = fmt::format("({})", abi::kSelfProcess);
  for (const auto& [name, value] : constants) {
    program += fmt::format("#ifndef {0}\n#define {0} {1}\n#endif\n", name, value);
  }
  program += fmt::format("\nenum {{ STEPS = {}, MEMBERS = {}, STACKS = {}, SECONDS = 60 }};\n",
                         script_.steps.size(), members_, stacks_);
  program += "\nstatic const char *calls[STEPS] = {\n";
  for (const Step& step : script_.steps) {
    program += fmt::format("  \"{}  {}\",\n", script_.actors[step.actor], Escaped(CallText(step)));
  }
  program += "};\nstatic const char never_returns[STEPS] = {";
  for (const Step& step : script_.steps) program += step.call->returned ? "0," : "1,";
  program += "};\n\nstruct variables {\n";
  for (const std::string& name : variables_) program += fmt::format("  long {};\n", name);
  program += "};\n";
  for (const std::string& part : executed_)
    declared += fmt::format("static void {}(void);\n", part);
  actors += "\nstatic void resume(const char *part) {\n  (void)part;\n";
  for (const std::string& part : executed_) {
    actors += fmt::format("  if (strcmp(part, \"{0}\") == 0) {0}();\n", part);
  }
  actors += "}\n";
  return program + std::string(CCalls()) + "\n" + declared + actors + std::string(CMain());
}

}  // namespace

std::string CProgram(const Script& script, const std::string& title) {
  return Writer(script).Program(title);
}

}  // namespace pidproof::runner::transcript
