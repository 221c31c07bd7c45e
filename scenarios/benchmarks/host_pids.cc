#include "scenarios/benchmarks/host_pids.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "probes/system/read_file.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/benchmarks/row.h"

namespace pidproof::scenarios::benchmarks {

namespace {

// Other programs of the machine need PIDs too.
constexpr std::uint64_t kOneIn = 2;

pid_t slots = kSlotsOfRows;
std::vector<pid_t> freed;
HostPidClaim claimed;

// Read before the rows are given a PID namespace, for that has a limit of its own.
std::uint64_t ReadOuterPidMax() {
  std::uint64_t most = 32'768;
  const Result<std::string> text = ReadFile("/proc/sys/kernel/pid_max");
  if (text.ok()) std::from_chars(text->data(), text->data() + text->size(), most);
  return most;
}

}  // namespace

std::uint64_t OuterPidMax() {
  static const std::uint64_t most = ReadOuterPidMax();
  return most;
}

pid_t TakeSlots(std::size_t count) {
  const pid_t first = slots;
  slots += static_cast<pid_t>(count);
  return first;
}

void FreeHostPids() {
  const auto count = std::min(static_cast<std::uint64_t>(slots), OuterPidMax() / kOneIn);
  while (freed.size() < count) {
    const pid_t made = Require(SpawnStub({}, StubLife::kExits));
    Require(sys::Waitid(P_PID, made, WEXITED));
    freed.push_back(made);
  }
}

// With privilege PIDs outside can be chosen, too.
bool UsesPidsAgain() { return RowIsolation() == Isolation::kNamespace; }

Arena RowArena() {
  return {RowIsolation(),
          {UsesPidsAgain() ? freed : std::vector<pid_t>(), OuterPidMax() / kOneIn}};
}

HostPidClaim ClaimHostPids(std::uint64_t pids, bool again) {
  constexpr std::uint64_t kRepetitions = 11;
  (again ? claimed.again : claimed.once) += pids * kRepetitions;
  return claimed;
}

std::string MissingFor(const HostPidClaim& claim) {
  const std::uint64_t needed =
      static_cast<std::uint64_t>(slots) + claim.once + (UsesPidsAgain() ? 0 : claim.again);
  if (needed <= OuterPidMax() / kOneIn) return "";
  return fmt::format("needs privilege to use PIDs again, or kernel.pid_max of {} or more",
                     needed * kOneIn);
}

}  // namespace pidproof::scenarios::benchmarks
