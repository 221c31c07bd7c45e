#include "runner/transcript/script.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <map>

#include "probes/system/abi.h"
#include "runner/transcript/constants.h"
#include "runner/transcript/housekeeping.h"
#include "runner/transcript/order.h"

namespace pidproof::runner::transcript {

namespace {

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

std::uint64_t CloneFlags(const Step& step) {
  if (step.call->number == SYS_clone) return step.call->arguments[0];
  if (step.call->number != SYS_clone3 || step.memory.empty()) return 0;
  return ValueAt<std::uint64_t>(step.memory[0].before, 0, 8);
}

bool IsExec(const Call& call) { return call.number == SYS_execve || call.number == SYS_execveat; }

class Namer {
 public:
  explicit Namer(const Recording& recording)
      : recording_(recording), names_(recording.actors.size()) {
    for (std::size_t i = 0; i < recording.actors.size(); ++i) {
      const std::string_view kind = recording.actors[i].thread ? "thread" : "child";
      script_.actors.push_back(i == 0 ? "trial" : fmt::format("{}_{}", kind, i));
    }
    names_.SetPid(recording.actors[0].pid, "trial");
    names_.Add("trial");
  }

  Script Run();

 private:
  void Begin(const Call& call);
  void End(Step& step);
  Argument NamedArgument(Step& step, std::size_t index, const Parameter& parameter);
  Argument Block(Step& step, std::uint64_t address, const Parameter& parameter);
  void AddBlock(Step& step, std::uint64_t address, std::string_view layout, bool written);
  void Answer(Step& step, Memory& memory);
  void LinkAnswer(Step& step);
  void Inherit(const Step& step);

  const Recording& recording_;
  Script script_;
  Names names_;
};

void Namer::AddBlock(Step& step, std::uint64_t address, std::string_view layout, bool written) {
  const auto block = std::ranges::find(step.call->memory, address, &Block::address);
  if (block == step.call->memory.end()) return;
  if (std::ranges::find(step.memory, address, &Memory::address) != step.memory.end()) return;
  Memory memory{address, block->before, block->after, layout, false, written, {}, {}, {}, {}};
  for (const Member& member : MembersIn(layout, memory.before)) {
    const std::int64_t value = NumberAt(memory.before, member);
    const bool fd = member.kind == Member::kFd || member.kind == Member::kMadeFd;
    const std::string name = member.kind == Member::kPid    ? names_.OfPid(value)
                             : fd                           ? names_.OfFd(step.actor, value)
                             : member.kind == Member::kWord ? names_.OfWord(value)
                             : member.kind == Member::kAddress
                                 ? names_.OfAddress(static_cast<std::uint64_t>(value))
                                 : "";
    const bool unset = written && (layout == "siginfo" || member.kind == Member::kWord);
    if (member.kind != Member::kNumber && !unset) memory.given.push_back({member, name, value});
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
    block->text = names_.OfPath(step.actor, block->before);
  }
  return {"", block - step.memory.begin()};
}

Argument Namer::NamedArgument(Step& step, std::size_t index, const Parameter& parameter) {
  const std::uint64_t value = step.call->arguments[index];
  const auto number = static_cast<std::int32_t>(value);
  const bool flags = step.call->number == SYS_execveat && index == 4;
  const bool pointer = parameter.kind == Parameter::kHex && value > 1024 && !flags;
  if (IsExec(*step.call) && pointer) return {"_"};
  if (step.call->number == SYS_clone && parameter.kind == Parameter::kHex && value != 0)
    return {"_"};
  switch (parameter.kind) {
    case Parameter::kFd:
      return {names_.OfFd(step.actor, number)};
    case Parameter::kPid:
      return {names_.OfPid(number)};
    case Parameter::kSignal: {
      const Constant* signal = SignalNamed(value);
      return {signal != nullptr ? std::string(signal->name) : fmt::format("{}", number)};
    }
    case Parameter::kWords:
      return {Words(parameter.set, parameter.set == "clone" ? value : value & 0xffffffff)};
    case Parameter::kInt:
      // An int is passed without its sign.
      return {value <= 0xffffffff ? fmt::format("{}", number)
                                  : fmt::format("{}", static_cast<std::int64_t>(value))};
    case Parameter::kHex: {
      const std::string address = names_.OfAddress(value);
      if (!address.empty()) return {address};
      return {value < 1024 ? fmt::format("{}", value) : fmt::format("0x{:x}", value)};
    }
    default:
      return Block(step, value, parameter);
  }
}

void Namer::Begin(const Call& call) {
  Step step;
  step.call = &call;
  step.actor = call.actor;
  step.signature = SignatureOf(call);
  if (call.in_handler) script_.obstacles.push_back("a signal handler makes calls");
  if (call.number == SYS_io_uring_enter) {
    script_.obstacles.push_back(
        "what io_uring is asked, and its answers, lie in memory that no call shows");
  }
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
    const bool shared = (CloneFlags(step) & CLONE_FILES) != 0;
    names_.Inherit(i, step.actor, shared);
    names_.SetPid(recording_.actors[i].pid, script_.actors[i]);
    names_.Add(script_.actors[i]);
  }
}

// The kernel's answer in memory.
void Namer::Answer(Step& step, Memory& memory) {
  const Call& call = *step.call;
  for (const Member& member : MembersIn(memory.layout, memory.after)) {
    Place place{member, "", NumberAt(memory.after, member)};
    const bool changed = NumberAt(memory.before, member) != place.value;
    if (member.kind == Member::kMadeFd) {
      const bool of_clone = call.number == SYS_clone || call.number == SYS_clone3;
      const bool with_pidfd = (CloneFlags(step) & abi::kClonePidfd) != 0;
      if (of_clone && (step.made == 0 || !changed || !with_pidfd)) continue;
      if (place.value < 0) continue;
      place.name = names_.New(member.name);
      place.made = true;
      names_.SetFd(step.actor, static_cast<int>(place.value), place.name);
    } else if (member.kind == Member::kPid) {
      place.name = names_.OfPid(place.value);
    } else if (member.kind == Member::kWord) {
      place.name = names_.OfWord(place.value);
      place.made = place.name.empty();
      if (place.made) names_.SetWord(place.value, place.name = names_.New(member.name));
    } else if (member.kind == Member::kFd) {
      continue;
    }
    memory.answered.push_back(place);
  }
}

// "/proc/self" links to a PID, perhaps of another namespace: it is the name of a directory.
void Namer::LinkAnswer(Step& step) {
  if (!step.signature.name.starts_with("readlink") || step.call->result <= 0) return;
  const auto path = std::ranges::find_if(step.memory, &Memory::is_text);
  const auto link = std::ranges::find_if(step.memory, &Memory::is_written);
  if (path == step.memory.end() || link == step.memory.end()) return;
  if (path->before != "/proc/self" && path->before != "/proc/thread-self") return;
  std::size_t position = 0;
  const auto length = std::min(static_cast<std::size_t>(step.call->result), link->after.size());
  for (std::size_t at = 0; at < length; ++at) {
    std::int64_t pid = 0;
    const auto [end, error] =
        std::from_chars(link->after.data() + at, link->after.data() + length, pid);
    if (error != std::errc()) continue;
    at = static_cast<std::size_t>(end - link->after.data());
    Place place{{Member::kProc, position++, 0, "proc"}, "", pid, true};
    if (names_.OfPid(pid) != fmt::format("{}", pid)) continue;
    place.name = names_.New("proc");
    names_.SetPid(pid, place.name);
    link->answered.push_back(place);
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
  step.executes = call.result == 0 && IsExec(call);
  for (Memory& memory : step.memory) {
    const bool control = memory.layout == "control" && call.number == SYS_recvmsg;
    if ((memory.is_written || control) && call.result >= 0) Answer(step, memory);
  }
  LinkAnswer(step);
  if (returns.starts_with("fd:") && call.result >= 0) {
    step.makes = true;
    step.result = names_.New(returns.substr(3));
    names_.SetFd(step.actor, static_cast<int>(call.result), step.result);
  } else if (returns == "map" && call.result > 0) {
    step.makes = true;
    step.result = names_.New("map");
    names_.SetMapping(static_cast<std::uint64_t>(call.result), call.arguments[1], step.result);
  } else if (returns == "pid" && call.result > 0) {
    if (step.made != 0) {
      Inherit(step);
      names_.SetPid(call.result, script_.actors[step.made]);
      step.makes = true;
    }
    const std::string name = names_.OfPid(call.result);
    const bool known = name != fmt::format("{}", call.result);
    if (known) step.result = name;
    step.varies = !known && call.result > 1;
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
  const std::vector<bool> quiet = Housekeeping(recording_);
  for (std::size_t i = 0; i < recording_.calls.size(); ++i) {
    const Call& call = recording_.calls[i];
    if (quiet[i]) {
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
  script_.variables = names_.variables();
  Collapse(script_);
  Order(script_, recording_.actors);
  return std::move(script_);
}

}  // namespace

Script Named(const Recording& recording) { return Namer(recording).Run(); }

}  // namespace pidproof::runner::transcript
