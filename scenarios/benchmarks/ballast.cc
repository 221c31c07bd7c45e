#include "scenarios/benchmarks/ballast.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstring>
#include <map>

#include "probes/system/memory.h"

namespace pidproof::scenarios::benchmarks {

namespace {

// Of each size, made once, for writing it takes longer than all that is measured with it.
std::map<std::size_t, void*>& Made() {
  static std::map<std::size_t, void*> made;
  return made;
}

void* Make(std::size_t size) {
  void* const at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return nullptr;
  // Pages of 4 KiB, as most programs' are: a large one would be one entry of the tables.
  madvise(at, size, MADV_NOHUGEPAGE);
  std::memset(at, 1, size);
  return at;
}

}  // namespace

std::string CarryBallast(std::size_t mebibytes) {
  const std::size_t size = mebibytes << 20;
  if (mebibytes > 1 && !Made().contains(size)) {
    constexpr std::uint64_t kShare = 2;  // of what other programs may want too
    const std::string needs = fmt::format("needs {} MiB of free memory", kShare * mebibytes);
    if (AvailableMemory().value_or(UINT64_MAX) < kShare * size) return needs;
    void* const at = Make(size);
    if (at == nullptr) return needs;
    Made()[size] = at;
  }
  // What children are not given is not copied.
  for (const auto& [each, at] : Made())
    madvise(at, each, each == size ? MADV_DOFORK : MADV_DONTFORK);
  return "";
}

}  // namespace pidproof::scenarios::benchmarks
