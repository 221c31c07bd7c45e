#include "runner/transcript/script.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>
#include <memory>
#include <set>

#include "probes/system/abi.h"
#include "runner/transcript/constants.h"
#include "runner/transcript/housekeeping.h"
#include "runner/transcript/order.h"

namespace pidproof::runner::transcript {

namespace {

using Descriptors = std::map<int, std::string>;

template <typename T>
T ValueAt(std::string_view bytes, std::size_t offset, std::size_t size) {
  T value{};
  if (offset + size <= bytes.size()) std::memcpy(&value, bytes.data() + offset, size);
  return value;
}

std::int64_t NumberAt(std::string_view bytes, const Member& member) {
  if (member.size == 2) return ValueAt<std::int16_t>(bytes, member.offset, 2);
  if (member.size == 4) return ValueAt<std::int32_t>(bytes, member.offset, 4);
  return ValueAt<std::int64_t>(bytes, member.offset, member.size);
}

bool IsExec(const Call& call) { return call.number == SYS_execve || call.number == SYS_execveat; }

class Namer {
 public:
  explicit Namer(const Recording& recording) : recording_(recording) {
    for (std::size_t i = 0; i < recording.actors.size(); ++i) {
      const Actor& actor = recording.actors[i];
      script_.actors.push_back(i == 0         ? "trial"
                               : actor.thread ? fmt::format("thread_{}", i)
                                              : fmt::format("child_{}", i));
    }
    tables_.resize(recording.actors.size());
    tables_[0] = std::make_shared<Descriptors>();
    pids_[recording.actors[0].pid] = "trial";
    script_.variables.push_back("trial");
  }

  Script Run();

 private:
  void Begin(const Call& call);
  void End(Step& step);
  Argument NamedArgument(Step& step, std::size_t index, const Parameter& parameter);
  Argument Block(Step& step, std::uint64_t address, const Parameter& parameter);
  void AddBlock(Step& step, std::uint64_t address, std::string_view layout, bool written);
  void NameText(std::size_t actor, Memory& memory);
  std::string FdName(std::size_t actor, std::int64_t fd);
  std::string PidName(std::int64_t pid);
  std::string NewVariable(std::string_view kind);
  void NameDescriptor(Step& step, int fd, const std::string& name);
  void Inherit(const Step& step);

  const Recording& recording_;
  Script script_;
  std::vector<std::shared_ptr<Descriptors>> tables_;
  std::map<std::int64_t, std::string> pids_;
  std::map<std::string, int> counts_;
};

std::string Namer::NewVariable(std::string_view kind) {
  const std::string name = fmt::format("{}_{}", kind, ++counts_[std::string(kind)]);
  script_.variables.push_back(name);
  return name;
}

std::string Namer::FdName(std::size_t actor, std::int64_t fd) {
  if (fd == AT_FDCWD) return "AT_FDCWD";
  if (fd == abi::kSelfThread) return "PIDFD_SELF_THREAD";
  if (fd == abi::kSelfProcess) return "PIDFD_SELF_THREAD_GROUP";
  const auto known = tables_[actor]->find(static_cast<int>(fd));
  return known == tables_[actor]->end() ? fmt::format("{}", fd) : known->second;
}

std::string Namer::PidName(std::int64_t pid) {
  const auto known = pids_.find(pid < -1 ? -pid : pid);
  if (known == pids_.end() || pid <= 0) {
    return pid < -1 && known != pids_.end() ? "-" + known->second : fmt::format("{}", pid);
  }
  return known->second;
}

void Namer::NameDescriptor(Step& step, int fd, const std::string& name) {
  (*tables_[step.actor])[fd] = name;
}

// "/proc/5/fd/3": the numbers are a PID and a descriptor.
void Namer::NameText(std::size_t actor, Memory& memory) {
  const std::string& text = memory.before;
  std::string_view rest = text;
  const auto number = [&]() -> long {
    std::size_t digits = 0;
    long value = 0;
    while (digits < rest.size() && std::isdigit(static_cast<unsigned char>(rest[digits])) != 0 &&
           digits < 9) {
      value = value * 10 + (rest[digits++] - '0');
    }
    rest.remove_prefix(digits);
    return digits == 0 ? -1 : value;
  };
  const auto copy_to = [&](std::string_view until) {
    if (!rest.starts_with(until)) return false;
    memory.format += until;
    rest.remove_prefix(until.size());
    return true;
  };
  const auto name = [&](bool is_fd) {
    const long value = number();
    if (value < 0) return;
    const std::string variable = is_fd ? FdName(actor, value) : PidName(value);
    memory.format += "%d";
    memory.variables.push_back(variable);
  };
  if (copy_to("/proc/")) {
    if (!copy_to("self/") && !copy_to("thread-self/")) {
      name(false);
      copy_to("/");
    }
    if (copy_to("task/")) {
      name(false);
      copy_to("/");
    }
    if (copy_to("fd/") || copy_to("fdinfo/")) name(true);
  }
  for (const char letter : rest) memory.format += letter == '%' ? "%%" : std::string(1, letter);
}

void Namer::AddBlock(Step& step, std::uint64_t address, std::string_view layout, bool written) {
  const auto block = std::ranges::find(step.call->memory, address, &Block::address);
  if (block == step.call->memory.end()) return;
  if (std::ranges::find(step.memory, address, &Memory::address) != step.memory.end()) return;
  Memory memory{address, block->before, block->after, layout, false, written, "", {}, {}, {}, {}};
  for (const Member& member : MembersIn(layout, memory.before)) {
    const std::int64_t value = NumberAt(memory.before, member);
    const std::string name = member.kind == Member::kPid      ? PidName(value)
                             : member.kind == Member::kNumber ? ""
                                                              : FdName(step.actor, value);
    if (member.kind != Member::kNumber && !(written && layout == "siginfo")) {
      memory.given.push_back({member, name, value});
    }
  }
  const std::vector<Pointer> pointers = PointersIn(layout, memory.before);
  const std::size_t own = step.memory.size();
  step.memory.push_back(std::move(memory));
  for (const Pointer& pointer : pointers) {
    const auto to = ValueAt<std::uint64_t>(step.memory[own].before, pointer.offset, 8);
    AddBlock(step, to, pointer.layout, written || pointer.layout.starts_with("made"));
    const auto added = std::ranges::find(step.memory, to, &Memory::address);
    if (added == step.memory.end()) continue;
    step.memory[own].pointers.emplace_back(pointer.offset,
                                           static_cast<std::size_t>(added - step.memory.begin()));
  }
}

Argument Namer::Block(Step& step, std::uint64_t address, const Parameter& parameter) {
  if (address == 0) return {"NULL"};
  std::string_view layout = parameter.layout;
  if (layout == "option") {
    const std::uint64_t option = step.call->arguments[2];
    layout = option == static_cast<unsigned>(abi::kSoPeerPidfd) ? "made/pidfd"
             : option == SO_PEERCRED                            ? "credentials"
                                                                : "number";
  }
  const bool written = parameter.kind == Parameter::kOut || parameter.kind == Parameter::kInOut;
  AddBlock(step, address, layout, written);
  const auto block = std::ranges::find(step.memory, address, &Memory::address);
  if (block == step.memory.end()) {
    return {fmt::format("(void *)0x{:x}", address)};  // not the address of memory
  }
  if (parameter.kind == Parameter::kPath) {
    block->is_text = true;
    NameText(step.actor, *block);
  }
  return {"", block - step.memory.begin()};
}

Argument Namer::NamedArgument(Step& step, std::size_t index, const Parameter& parameter) {
  const std::uint64_t value = step.call->arguments[index];
  const auto number = static_cast<std::int32_t>(value);
  const bool pointer = parameter.kind == Parameter::kHex && value > 1024;
  if (IsExec(*step.call) && pointer) return {"_"};
  if (step.call->number == SYS_clone && parameter.kind == Parameter::kHex && value != 0)
    return {"_"};
  switch (parameter.kind) {
    case Parameter::kFd:
      return {FdName(step.actor, number)};
    case Parameter::kPid:
      return {PidName(number)};
    case Parameter::kSignal: {
      const Constant* signal = SignalNamed(value);
      return {signal != nullptr ? std::string(signal->name) : fmt::format("{}", number)};
    }
    case Parameter::kWords:
      return {Words(parameter.set, parameter.set == "clone" ? value : value & 0xffffffff)};
    case Parameter::kInt:
      return {fmt::format("{}", static_cast<std::int64_t>(value) == number
                                    ? static_cast<std::int64_t>(number)
                                    : static_cast<std::int64_t>(value))};
    case Parameter::kHex:
      return {value < 1024 ? fmt::format("{}", value) : fmt::format("0x{:x}", value)};
    default:
      return Block(step, value, parameter);
  }
}

void Namer::Begin(const Call& call) {
  if (!tables_[call.actor]) tables_[call.actor] = std::make_shared<Descriptors>(*tables_[0]);
  Step step;
  step.call = &call;
  step.actor = call.actor;
  step.signature = SignatureOf(call);
  if (!IsKnown(call.number)) {
    script_.obstacles.push_back(
        fmt::format("{} is not in the table of calls", step.signature.name));
  }
  for (std::size_t i = 0; i < step.signature.parameters.size(); ++i) {
    step.arguments.push_back(NamedArgument(step, i, step.signature.parameters[i]));
  }
  script_.steps.push_back(std::move(step));
}

void Namer::Inherit(const Step& step) {
  for (std::size_t i = 1; i < recording_.actors.size(); ++i) {
    if (recording_.actors[i].made_by < 0 ||
        &recording_.calls[static_cast<std::size_t>(recording_.actors[i].made_by)] != step.call) {
      continue;
    }
    std::uint64_t flags = step.call->number == SYS_clone ? step.call->arguments[0] : 0;
    if (step.call->number == SYS_clone3)
      flags = ValueAt<std::uint64_t>(step.memory[0].before, 0, 8);
    const bool shared = (flags & CLONE_FILES) != 0;
    tables_[i] = shared ? tables_[step.actor] : std::make_shared<Descriptors>(*tables_[step.actor]);
    pids_[recording_.actors[i].pid] = script_.actors[i];
    if (std::ranges::find(script_.variables, script_.actors[i]) == script_.variables.end()) {
      script_.variables.push_back(script_.actors[i]);
    }
  }
}

void Namer::End(Step& step) {
  const Call& call = *step.call;
  const std::string_view returns = step.signature.returns;
  // A child has its copy of the table without what the kernel then writes for its maker.
  for (std::size_t i = 1; i < recording_.actors.size(); ++i) {
    if (recording_.actors[i].made_by >= 0 &&
        &recording_.calls[static_cast<std::size_t>(recording_.actors[i].made_by)] == &call) {
      step.made = i;
    }
  }
  const bool makes_process = step.made != 0;
  step.executes = call.result == 0 && IsExec(call);
  for (Memory& memory : step.memory) {
    const bool control = memory.layout == "control" && call.number == SYS_recvmsg;
    if ((!memory.is_written && !control) || call.result < 0) continue;
    for (const Member& member : MembersIn(memory.layout, memory.after)) {
      Place place{member, "", NumberAt(memory.after, member)};
      const bool changed = NumberAt(memory.before, member) != place.value;
      if (member.kind == Member::kMadeFd) {
        const bool of_clone = call.number == SYS_clone || call.number == SYS_clone3;
        if ((of_clone && (!makes_process || !changed)) || place.value < 0) continue;
        place.name = NewVariable(member.name);
        NameDescriptor(step, static_cast<int>(place.value), place.name);
      } else if (member.kind == Member::kPid) {
        place.name = PidName(place.value);
      } else if (member.kind == Member::kFd) {
        continue;
      }
      memory.answered.push_back(place);
    }
  }
  if (returns.starts_with("fd:") && call.result >= 0) {
    const bool fixed = call.number == SYS_dup3;
    step.makes = true;
    step.result = NewVariable(returns.substr(3));
    if (fixed) script_.obstacles.push_back("dup3 to a chosen descriptor");
    NameDescriptor(step, static_cast<int>(call.result), step.result);
  } else if (returns == "pid" && call.result > 0) {
    if (makes_process) {
      Inherit(step);
      pids_[call.result] = script_.actors[step.made];
      step.makes = true;
    }
    const auto known = pids_.find(call.result);
    if (known != pids_.end()) step.result = known->second;
    step.varies = known == pids_.end() && call.result > 1;
  }
  constexpr long kVarying[] = {SYS_getdents64,        SYS_readlinkat, SYS_lseek,
                               SYS_sched_getaffinity, SYS_mmap,       SYS_name_to_handle_at};
  step.varies = step.varies || std::ranges::find(kVarying, call.number) != std::end(kVarying) ||
                step.signature.name == "readlink";
  const bool reads = call.number == SYS_read || call.number == SYS_pread64;
  step.varies = step.varies || (reads && step.arguments[0].text.starts_with("file_"));
}

Script Namer::Run() {
  struct Moment {
    const Call* call;
    bool begins;
  };
  std::map<std::size_t, Moment> moments;
  std::set<const Call*> quiet;
  for (const Call& call : recording_.calls) {
    if (IsHousekeeping(call)) {
      ++script_.left_out;
      continue;
    }
    moments[call.began] = {&call, true};
    if (call.returned) moments[call.ended] = {&call, false};
  }
  std::map<const Call*, std::size_t> steps;
  for (const auto& [at, moment] : moments) {
    if (moment.begins) {
      steps[moment.call] = script_.steps.size();
      Begin(*moment.call);
      // The actor that it makes may run before it returns (vfork).
      Inherit(script_.steps.back());
    } else {
      End(script_.steps[steps[moment.call]]);
    }
  }
  Collapse(script_);
  Order(script_);
  return std::move(script_);
}

}  // namespace

Script Named(const Recording& recording) { return Namer(recording).Run(); }

}  // namespace pidproof::runner::transcript
