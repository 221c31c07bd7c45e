#include "runner/reporter.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>

#include "reports/typeset.h"

namespace pidproof {

namespace {

using Clock = std::chrono::steady_clock;

// How much is still to be done, by what ends the loop.
std::string Left(const Options& options, const Tally& tally) {
  const Budget& budget = options.torture;
  if (budget.trials != 0) {
    const std::uint64_t left = budget.trials - std::min(budget.trials, tally.trials);
    return fmt::format("{} trials left", reports::Thousands(left));
  }
  if (budget.opportunities != 0) {
    const std::uint64_t left =
        budget.opportunities - std::min(budget.opportunities, tally.opportunities);
    return fmt::format("{} opportunities left", reports::Thousands(left));
  }
  const double left = std::chrono::duration<double>(budget.time).count() - tally.seconds;
  return fmt::format("{:.0f} s left", std::max(0.0, left));
}

}  // namespace

Reporter::Reporter(const Options& options, const Keep& keep)
    : shows_(!options.quiet && isatty(STDERR_FILENO) != 0),
      options_(options),
      keep_(keep),
      begun_(Clock::now()),
      kept_(begun_) {}

Reporter::~Reporter() {
  if (shows_) fmt::print(stderr, "\r\033[K");
}

void Reporter::Show(std::string_view world, const Scenario& scenario, Path path,
                    const Column& column) {
  constexpr std::chrono::milliseconds kBetween{100};
  if (!shows_ || Clock::now() - shown_ < kBetween) return;
  shown_ = Clock::now();
  const Tally& tally = column.tally;
  const double rate = tally.seconds > 0 ? static_cast<double>(tally.trials) / tally.seconds : 0;
  fmt::print(stderr, "\r\033[K{}: {} {}: {} trials, {} hits, {:.0f} a second, {}", world,
             scenario.name, Word(path), reports::Thousands(tally.trials),
             reports::Thousands(Hits(scenario, path, tally)), rate, Left(options_, tally));
}

bool Reporter::WantsToKeep() {
  constexpr std::chrono::seconds kBetween{1};
  const auto now = Clock::now();
  if (!keep_ || now - kept_ < kBetween) return false;
  kept_ = now;
  return true;
}

void Reporter::KeepSoFar(reports::Matrix so_far) const {
  so_far.run.interrupted = true;
  so_far.run.seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
  keep_(so_far);
}

}  // namespace pidproof
