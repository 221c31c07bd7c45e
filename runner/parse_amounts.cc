#include "runner/parse_amounts.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <random>
#include <stdexcept>
#include <string_view>
#include <thread>

#include "reports/document/statistics.h"
#include "reports/document/strength.h"

namespace pidproof::runner {

namespace {

// The number at the front of the text, and what is left behind it.
template <typename Number>
bool TakeNumber(std::string_view& text, Number& number) {
  const auto parsed = std::from_chars(text.begin(), text.end(), number);
  text.remove_prefix(static_cast<std::size_t>(parsed.ptr - text.begin()));
  return parsed.ec == std::errc();
}

template <typename Number>
Number ParseWhole(std::string_view option, const std::string& text, Number least,
                  Number most = std::numeric_limits<Number>::max()) {
  Number number = 0;
  std::string_view rest = text;
  if (!TakeNumber(rest, number) || !rest.empty() || number < least || number > most) {
    throw std::invalid_argument(
        fmt::format("{} '{}' is not a whole number from {} to {}", option, text, least, most));
  }
  return number;
}

}  // namespace

std::chrono::milliseconds ParseDuration(std::string_view option, const std::string& text) {
  double number = 0;
  std::string_view unit = text;
  const bool is_number = TakeNumber(unit, number);
  const double scale = unit == "ms"  ? 1
                       : unit == "s" ? 1e3
                       : unit == "m" ? 60e3
                       : unit == "h" ? 3600e3
                                     : 0;
  constexpr double kLongest = 1000.0 * 3600e3;
  if (!is_number || scale == 0 || !(number * scale >= 1) || number * scale > kLongest) {
    throw std::invalid_argument(fmt::format(
        "{} '{}' is not a duration from 1ms to 1000h, such as 250ms, 10s, 5m or 1h", option, text));
  }
  return std::chrono::milliseconds(static_cast<std::int64_t>(number * scale));
}

int ParseNiceness(const std::string& text) { return ParseWhole<int>("--nice", text, 0, 19); }

std::uint64_t ParseSeed(const std::string& text) {
  return text.empty() ? std::random_device{}() : ParseWhole<std::uint64_t>("--seed", text, 0);
}

std::size_t ParseJobs(const std::string& text) {
  constexpr std::size_t kMost = 64;
  if (!text.empty()) return ParseWhole<std::size_t>("--jobs", text, 1, kMost);
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMost);
}

scenarios::Budget ParseBudget(const std::string& time, const std::string& trials,
                              const std::string& until) {
  scenarios::Budget budget{.time = std::chrono::milliseconds(100)};
  if (time.empty() && trials.empty() && until.empty()) {
    budget.enough = reports::kOpportunitiesIfStrong;
  }
  if (!trials.empty() || !until.empty()) budget.time = std::chrono::nanoseconds::max();
  if (!time.empty()) budget.time = ParseDuration("--for", time);
  if (!trials.empty()) budget.trials = ParseWhole<std::uint64_t>("--trials", trials, 1);
  double share = 0;
  std::string_view rest = until;
  if (!until.empty() &&
      (!TakeNumber(rest, share) || !rest.empty() || !(share >= 1e-12) || !(share <= 0.5))) {
    throw std::invalid_argument(
        fmt::format("--until '{}' is not a fraction from 1e-12 to 0.5, such as 1e-6", until));
  }
  if (!until.empty()) {
    budget.opportunities =
        std::max(reports::NeededForBound95(share), scenarios::kFewestOpportunities);
  }
  return budget;
}

scenarios::PidMethod ParsePidMethod(const std::string& text) {
  for (const scenarios::PidMethod method :
       {scenarios::PidMethod::kSetTid, scenarios::PidMethod::kLastPid,
        scenarios::PidMethod::kPidMax, scenarios::PidMethod::kWrap}) {
    if (text == Word(method)) return method;
  }
  throw std::invalid_argument(fmt::format(
      "--pid-method: unknown method '{}'; use set_tid, ns_last_pid, pid_max or wrap", text));
}

}  // namespace pidproof::runner
