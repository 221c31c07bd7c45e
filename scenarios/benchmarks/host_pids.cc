#include "scenarios/benchmarks/host_pids.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

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
struct Claim {
  std::uint64_t pids;
  bool again;
};
std::vector<Claim> claims;

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
    const Result<pid_t> made = SpawnStub({}, StubLife::kExits);
    // Rows will say what they lack.
    if (!made.ok() || !sys::Waitid(P_PID, *made, WEXITED).ok()) return;
    freed.push_back(*made);
  }
}

void BeginBehindSlots() {
  if (!HasOwnNamespace()) return;
  const Fd file(open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC));
  if (!file) return;  // rows are right without it
  const std::string last = fmt::format("{}", Arena::kFirstPid + slots);
  static_cast<void>(write(file.get(), last.data(), last.size()) < 0);
}

// With privilege PIDs outside can be chosen, too.
bool UsesPidsAgain() { return RowIsolation() == Isolation::kNamespace; }

Arena RowArena() {
  return {RowIsolation(), {UsesPidsAgain() ? freed : std::vector<pid_t>(), OuterPidMax() / kOneIn}};
}

HostPidClaim ClaimHostPids(std::uint64_t pids, bool again) {
  claims.push_back({pids, again});
  return claims.size() - 1;
}

namespace {

// Whether each claim is met.
std::vector<bool> MeetClaims() {
  std::uint64_t left = OuterPidMax() / kOneIn - std::min(OuterPidMax() / kOneIn, freed.size());
  std::vector<bool> met;
  for (const Claim& claim : claims) {
    const std::uint64_t cost = claim.again && UsesPidsAgain() ? 0 : claim.pids;
    met.push_back(cost <= left);
    if (met.back()) left -= cost;
  }
  return met;
}

}  // namespace

std::string MissingFor(HostPidClaim claim) {
  static const std::vector<bool> met = MeetClaims();
  if (met[claim]) return "";
  return "needs privilege to use PIDs again, or a larger kernel.pid_max";
}

}  // namespace pidproof::scenarios::benchmarks
