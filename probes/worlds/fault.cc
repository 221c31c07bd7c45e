#include "probes/worlds/fault.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

namespace pidproof {

namespace {

constexpr KnownFault kKnown[] = {
    {Fault::kSignalStranger, "signal-stranger",
     "a signal to a reaped process reaches the new owner of its PID"},
    {Fault::kSignalLost, "signal-lost", "a signal is reported as sent, and nothing is done"},
    {Fault::kZombieDead, "zombie-dead", "a zombie is reported as dead: ESRCH for a signal"},
    {Fault::kWaitStranger, "wait-stranger",
     "a wait for a reaped process reaps the process that has its PID now"},
    {Fault::kStatusTwice, "status-twice", "a status is handed out twice"},
    {Fault::kStatusLost, "status-lost", "a status is consumed, but not reported"},
    {Fault::kStatusWrong, "status-wrong", "a status is reported with another number in it"},
    {Fault::kEagainAfterExit, "eagain-after-exit",
     "a wait by a non-blocking pidfd says EAGAIN though the process has ended"},
    {Fault::kLostWakeup, "lost-wakeup", "the exit of a process is not reported to a poller"},
    {Fault::kEarlyWakeup, "early-wakeup",
     "an exit is reported to a poller while the process lives"},
    {Fault::kInfoEsrch, "info-esrch", "PIDFD_GET_INFO says ESRCH though it knows"},
    {Fault::kInfoEmpty, "info-empty", "PIDFD_GET_INFO succeeds with an empty mask"},
    {Fault::kInfoWrong, "info-wrong", "PIDFD_GET_INFO reports another exit status"},
    {Fault::kWrongFile, "wrong-file", "pidfd_getfd hands out a file of the caller's own"},
    {Fault::kFileLeft, "file-left", "a descriptor stays open after a call that failed"},
    {Fault::kChildLeft, "child-left", "a child is left behind by a clone that failed"},
    {Fault::kWrongNamespace, "wrong-namespace",
     "another namespace is given than that asked for, and setns says it went where it did not"},
};

std::uint64_t threshold = 0;
std::atomic<std::uint64_t> drawn = 0;

// splitmix64 of a counter that all threads share.
std::uint64_t Mixed(std::uint64_t x) {
  x = (x + 1) * 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace

std::span<const KnownFault> KnownFaults() { return kKnown; }

Fault Fault::Parse(std::string_view text) {
  const std::size_t at = text.find('@');
  const std::string_view name = text.substr(0, at);
  const auto* const known = std::ranges::find(kKnown, name, &KnownFault::name);
  if (known == std::end(kKnown)) {
    throw std::invalid_argument(fmt::format(
        "world 'fault:{}': unknown fault '{}'; 'pidproof list --worlds' prints all", text, name));
  }
  Fault fault{known->kind, 1};
  if (at == std::string_view::npos) return fault;
  const std::string_view rate = text.substr(at + 1);
  const auto parsed = std::from_chars(rate.begin(), rate.end(), fault.rate);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == rate.end();
  if (!whole || !(fault.rate > 0) || fault.rate > 1) {
    throw std::invalid_argument(fmt::format(
        "world 'fault:{}': '{}' is not a rate; use a number above 0 and up to 1, such as 1e-3",
        text, rate));
  }
  return fault;
}

void Fault::Play() const {
  constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
  threshold = rate >= 1 ? kMost : static_cast<std::uint64_t>(std::ldexp(rate, 64));
  fault::played = kind;
}

bool fault::Draw() { return Mixed(drawn.fetch_add(1)) <= threshold; }

}  // namespace pidproof
