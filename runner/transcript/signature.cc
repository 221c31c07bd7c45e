#include "runner/transcript/signature.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "probes/system/abi.h"
#include "runner/transcript/signature_table.h"

namespace pidproof::runner::transcript {

namespace {

constexpr std::size_t kMostBytes = 16384;

std::vector<std::string_view> Split(std::string_view text, char at) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(at, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

Parameter Parsed(std::string_view text) {
  const std::vector<std::string_view> parts = Split(text, ':');
  constexpr std::pair<std::string_view, Parameter::Kind> kKinds[] = {
      {"int", Parameter::kInt},     {"hex", Parameter::kHex},        {"fd", Parameter::kFd},
      {"pid", Parameter::kPid},     {"signal", Parameter::kSignal},  {"path", Parameter::kPath},
      {"of", Parameter::kWords},    {"in", Parameter::kIn},          {"out", Parameter::kOut},
      {"inout", Parameter::kInOut}, {"handler", Parameter::kHandler}};
  Parameter parameter;
  const auto* kind =
      std::ranges::find(kKinds, parts[0], [](const auto& pair) { return pair.first; });
  if (kind != std::end(kKinds)) parameter.kind = kind->second;
  if (parameter.kind == Parameter::kWords) {
    parameter.set = parts[1];
  } else if (parts.size() > 1) {
    parameter.size = parts[1];
  }
  if (parts.size() > 2) parameter.layout = parts[2];
  return parameter;
}

const TableEntry* Find(long number) {
  const auto entry = std::ranges::find(Table(), number, &TableEntry::number);
  return entry == Table().end() ? nullptr : &*entry;
}

// What the last argument is, where another one decides it.
std::string_view Variant(const Call& call) {
  const std::uint64_t asked = call.arguments[1];
  if (call.number == SYS_fcntl) {
    if (asked == F_SETFL) return "of:open";
    if (asked == F_GETOWN_EX) return "out:8";
    if (asked == F_SETOWN_EX) return "in:8:owner";
    return "int";
  }
  if (call.number == SYS_ioctl) {
    constexpr std::uint64_t kSizeShift = 16;
    constexpr std::uint64_t kMostSize = 0x3fff;
    const std::uint64_t size = asked >> kSizeShift & kMostSize;
    if ((asked & 0xffff) == (abi::PidfdGetInfo(0) & 0xffff)) return "inout:ioctl:info";
    return size == 0 ? "hex" : "inout:ioctl";
  }
  return "";
}

std::string_view PrctlVariant(std::uint64_t option) {
  switch (option) {
    case PR_SET_PDEATHSIG:
      return "signal";
    case PR_GET_CHILD_SUBREAPER:
    case PR_GET_PDEATHSIG:
      return "out:4";
    case PR_SET_PTRACER:
      return "pid";
    case PR_SET_NAME:
      return "path";
    default:
      return "int";
  }
}

template <typename T>
T At(std::string_view bytes, std::size_t offset) {
  T value{};
  if (offset + sizeof value <= bytes.size())
    std::memcpy(&value, bytes.data() + offset, sizeof value);
  return value;
}

}  // namespace

bool IsKnown(long number) { return Find(number) != nullptr; }

Signature SignatureOf(const Call& call) {
  const TableEntry* entry = Find(call.number);
  if (entry == nullptr) return {fmt::format("call_{}", call.number), {}, ""};
  Signature signature{std::string(entry->name), {}, entry->returns};
  if (!entry->parameters.empty()) {
    for (const std::string_view text : Split(entry->parameters, ' ')) {
      signature.parameters.push_back(Parsed(text));
    }
  }
  const std::string_view variant = Variant(call);
  if (!variant.empty()) signature.parameters.back() = Parsed(variant);
  if (call.number == SYS_prctl) signature.parameters[1] = Parsed(PrctlVariant(call.arguments[0]));
  const bool makes_copy = call.arguments[1] == F_DUPFD || call.arguments[1] == F_DUPFD_CLOEXEC;
  if (call.number == SYS_fcntl && makes_copy) signature.returns = "fd:copy";
  const std::uint64_t request = call.arguments[1];
  if (call.number == SYS_ioctl && request >= abi::kGetCgroupNamespace &&
      request <= abi::kGetUtsNamespace) {
    signature.returns = "fd:namespace";
  }
  // waitid: the first argument says what the second one is.
  if (call.number == SYS_waitid && call.arguments[0] == static_cast<unsigned>(abi::kIdPidfd)) {
    signature.parameters[1].kind = Parameter::kFd;
  }
  return signature;
}

std::size_t SizeOf(const Parameter& parameter, const Call& call) {
  const std::string_view size = parameter.size;
  if (size == "ioctl") {
    constexpr int kSizeShift = 16;
    return call.arguments[1] >> kSizeShift & 0x3fff;
  }
  if (size.empty()) return 0;
  const bool indirect = size[0] == '*';
  std::size_t value = 0;
  std::size_t times = 1;
  const std::string_view digits = size[0] == '@' || indirect ? size.substr(1) : size;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  // "@1x16": argument 1 counts elements of 16 bytes.
  if (parsed.ptr != digits.data() + digits.size()) {
    std::from_chars(parsed.ptr + 1, digits.data() + digits.size(), times);
  }
  if (indirect) {
    const auto block = std::ranges::find(call.memory, call.arguments[value], &Block::address);
    value = block == call.memory.end() ? 0 : At<std::uint32_t>(block->before, 0);
  } else if (size[0] == '@') {
    value = call.arguments[value];
  }
  return value > kMostBytes / times ? kMostBytes : value * times;
}

std::vector<Pointer> PointersIn(std::string_view layout, std::string_view bytes) {
  constexpr std::size_t kWord = 8;
  std::vector<Pointer> pointers;
  if (layout == "iovec") {
    for (std::size_t at = 0; at + 2 * kWord <= bytes.size(); at += 2 * kWord) {
      pointers.push_back({at, At<std::uint64_t>(bytes, at + kWord), ""});
    }
  } else if (layout == "message" && bytes.size() >= 7 * kWord) {
    pointers.push_back({0, At<std::uint32_t>(bytes, kWord), "socket"});
    pointers.push_back({2 * kWord, At<std::uint64_t>(bytes, 3 * kWord) * 2 * kWord, "iovec"});
    pointers.push_back({4 * kWord, At<std::uint64_t>(bytes, 5 * kWord), "control"});
  } else if (layout == "filter") {
    pointers.push_back({kWord, At<std::uint16_t>(bytes, 0) * kWord, ""});
  } else if (layout == "clone3" && bytes.size() >= abi::kCloneArgsSize53) {
    const bool with_pidfd = (At<std::uint64_t>(bytes, 0) & abi::kClonePidfd) != 0;
    pointers.push_back({kWord, sizeof(int), with_pidfd ? "made/pidfd" : ""});
    pointers.push_back({2 * kWord, sizeof(int), ""});
    pointers.push_back({3 * kWord, sizeof(int), ""});
    if (bytes.size() >= abi::kCloneArgsSize55) {
      pointers.push_back({8 * kWord, At<std::uint64_t>(bytes, 9 * kWord) * sizeof(pid_t), ""});
    }
  }
  std::erase_if(pointers, [&](const Pointer& pointer) {
    return At<std::uint64_t>(bytes, pointer.offset) == 0 || pointer.size == 0 ||
           pointer.size > kMostBytes;
  });
  return pointers;
}

namespace {

// Descriptors that a message carries: cmsghdr {length, level, type}, then the data.
std::vector<Member> InControl(std::string_view bytes) {
  constexpr std::size_t kHeader = 16;
  constexpr int kRights = 1;
  constexpr int kCredentials = 2;
  std::vector<Member> members;
  for (std::size_t at = 0; at + kHeader <= bytes.size();) {
    const auto length = At<std::uint64_t>(bytes, at);
    if (length < kHeader || at + length > bytes.size()) break;
    const int type = At<int>(bytes, at + kHeader - sizeof(int));
    if (type == kRights || type == abi::kScmPidfd) {
      for (std::size_t fd = at + kHeader; fd + sizeof(int) <= at + length; fd += sizeof(int)) {
        members.push_back({Member::kMadeFd, fd, sizeof(int), "received"});
      }
    } else if (type == kCredentials) {
      members.push_back({Member::kPid, at + kHeader, sizeof(int), "ucred.pid"});
    }
    at += (length + 7) / 8 * 8;
  }
  return members;
}

}  // namespace

std::vector<Member> MembersIn(std::string_view layout, std::string_view bytes) {
  std::vector<Member> members;
  if (layout == "siginfo") {
    members = {{Member::kNumber, 8, 4, "si_code"},
               {Member::kPid, 16, 4, "si_pid"},
               {Member::kNumber, 24, 4, "si_status"}};
  } else if (layout == "sent") {  // a siginfo that is sent with a signal
    members = {{Member::kPid, 16, 4, "si_pid"}};
  } else if (layout == "poll") {
    constexpr std::size_t kEach = 8;
    for (std::size_t at = 0; at + kEach <= bytes.size(); at += kEach) {
      members.push_back({Member::kFd, at, 4, "fd"});
      members.push_back({Member::kNumber, at + 6, 2, "revents"});
    }
  } else if (layout == "info") {
    members = {{Member::kNumber, 0, 8, "mask"}};
    if (bytes.size() >= 64 && (At<std::uint64_t>(bytes, 0) & abi::kInfoPid) != 0) {
      members.push_back({Member::kPid, 16, 4, "pid"});
      members.push_back({Member::kPid, 20, 4, "tgid"});
      members.push_back({Member::kPid, 24, 4, "ppid"});
    }
    if (bytes.size() >= 64 && (At<std::uint64_t>(bytes, 0) & abi::kInfoExit) != 0) {
      members.push_back({Member::kNumber, 60, 4, "exit_code"});
    }
  } else if (layout == "credentials") {
    members = {{Member::kPid, 0, 4, "pid"}};
  } else if (layout == "number") {
    members = {{Member::kNumber, 0, 4, "value"}};
  } else if (layout == "owner") {
    members = {{Member::kPid, 4, 4, "pid"}};
  } else if (layout == "control") {
    members = InControl(bytes);
  } else if (layout == "made/pidfd" || layout == "made/end" || layout == "made/socket_pidfd") {
    for (std::size_t at = 0; at + sizeof(int) <= bytes.size(); at += sizeof(int)) {
      members.push_back({Member::kMadeFd, at, 4, layout == "made/end" ? "end" : "pidfd"});
    }
  } else if (layout == "fd_number") {
    members = {{Member::kFd, 0, 4, "fd"}};
  } else if (layout == "ranges") {
    constexpr std::size_t kEach = 16;
    for (std::size_t at = 0; at + kEach <= bytes.size(); at += kEach) {
      members.push_back({Member::kAddress, at, 8, "base"});
    }
  } else if (layout == "handle") {
    members = {{Member::kWord, 8, 8, "handle"}};
  } else if (layout == "socket" && bytes.size() >= 8 && At<std::uint16_t>(bytes, 0) == AF_UNIX &&
             bytes[2] == '\0' && bytes[3] != '\0') {
    members = {{Member::kWord, 0, 8, "name"}};
  }
  std::erase_if(members,
                [&](const Member& member) { return member.offset + member.size > bytes.size(); });
  return members;
}

}  // namespace pidproof::runner::transcript
