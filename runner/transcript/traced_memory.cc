#include "runner/transcript/traced_memory.h"

#include <sys/uio.h>

#include <string>
#include <string_view>

#include "runner/transcript/signature.h"

namespace pidproof::runner::transcript {

namespace {

std::string ReadMemory(pid_t pid, std::uint64_t address, std::size_t size) {
  std::string bytes(size, '\0');
  const iovec here{bytes.data(), size};
  const iovec there{reinterpret_cast<void*>(address), size};
  const ssize_t count = process_vm_readv(pid, &here, 1, &there, 1, 0);
  bytes.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  return bytes;
}

// A string may end just before memory that is not mapped.
std::string ReadText(pid_t pid, std::uint64_t address) {
  constexpr std::size_t kStep = 64;
  std::string text;
  while (text.size() < 4096) {
    const std::size_t step = kStep - (address + text.size()) % kStep;
    const std::string more = ReadMemory(pid, address + text.size(), step);
    const std::size_t end = more.find('\0');
    text += more.substr(0, end);
    if (more.size() < step || end != std::string::npos) break;
  }
  return text;
}

void ReadNested(pid_t pid, Call& call, std::string_view layout, const std::string& bytes) {
  for (const Pointer& pointer : PointersIn(layout, bytes)) {
    std::uint64_t address = 0;
    bytes.copy(reinterpret_cast<char*>(&address), sizeof address, pointer.offset);
    std::string pointed = ReadMemory(pid, address, pointer.size);
    if (pointed.size() < pointer.size) continue;
    call.memory.push_back({address, pointed, ""});
    ReadNested(pid, call, pointer.layout, pointed);
  }
}

}  // namespace

void ReadBefore(pid_t pid, Call& call) {
  const Signature signature = SignatureOf(call);
  // Sizes that are themselves in memory come last in a call.
  for (std::size_t i = signature.parameters.size(); i-- > 0;) {
    const Parameter& parameter = signature.parameters[i];
    const std::uint64_t address = call.arguments[i];
    if (address == 0) continue;
    if (parameter.kind == Parameter::kPath) {
      call.memory.push_back({address, ReadText(pid, address), ""});
    } else if (parameter.kind == Parameter::kHandler) {
      call.memory.push_back({address, ReadMemory(pid, address, 32), ""});
    } else if (parameter.kind >= Parameter::kIn) {
      const std::size_t size = SizeOf(parameter, call);
      std::string bytes = ReadMemory(pid, address, size);
      if (bytes.size() < size) continue;  // not an address
      call.memory.push_back({address, bytes, ""});
      ReadNested(pid, call, parameter.layout, bytes);
    }
  }
}

void ReadAfter(pid_t pid, Call& call) {
  for (Block& block : call.memory) {
    block.after = ReadMemory(pid, block.address, block.before.size());
  }
}

}  // namespace pidproof::runner::transcript
