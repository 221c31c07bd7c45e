#include "runner/reporter.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>

#include "reports/text/text_layout.h"

namespace pidproof::runner {

namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

Reporter::Reporter(const Options& options, const Keep& keep)
    : shows_(!options.quiet && isatty(STDERR_FILENO) != 0),
      options_(options),
      keep_(keep),
      begun_(Clock::now()),
      kept_(begun_) {}

Reporter::~Reporter() {
  if (shown_ != Clock::time_point()) fmt::print(stderr, "\r\033[K");
}

std::string Reporter::Left(const scenarios::Tally& tally) const {
  const scenarios::Budget& budget = options_.torture;
  if (budget.trials != 0) {
    const std::uint64_t left = budget.trials - std::min(budget.trials, tally.trials);
    return fmt::format("{} trials left", reports::text::Thousands(left));
  }
  if (budget.opportunities != 0) {
    const std::uint64_t left =
        budget.opportunities - std::min(budget.opportunities, tally.opportunities);
    return fmt::format("{} opportunities left", reports::text::Thousands(left));
  }
  if (end_) {
    const double until_end = std::chrono::duration<double>(*end_ - Clock::now()).count();
    return fmt::format("{} left of all", reports::text::About(std::max(0.0, until_end)));
  }
  const double each = std::chrono::duration<double>(budget.time).count();
  const double left = std::max(0.0, each - tally.seconds);
  const std::size_t to_come = loops_ - std::min(loops_, done_ + 1);
  if (to_come == 0) return fmt::format("{} left", reports::text::About(left));
  return fmt::format("{} left, of all {}", reports::text::About(left),
                     reports::text::About(left + each * static_cast<double>(to_come)));
}

void Reporter::Show(std::string_view world, const scenarios::Scenario& scenario,
                    scenarios::Path path, const CellRun& cell) {
  constexpr std::chrono::milliseconds kBetween{100};
  if (!shows_ || Clock::now() - shown_ < kBetween) return;
  shown_ = Clock::now();
  const scenarios::Tally& tally = cell.tally;
  const double rate = tally.seconds > 0 ? static_cast<double>(tally.trials) / tally.seconds : 0;
  fmt::print(stderr, "\r\033[K[{}/{}] {}: {} {}: {} trials, {} hits, {:.0f} a second, {}",
             std::min(done_ + 1, loops_), loops_, world, scenario.name, Word(path),
             reports::text::Thousands(tally.trials),
             reports::text::Thousands(Hits(scenario, path, tally)), rate, Left(tally));
}

void SayOnConsole(const Options& options, const scenarios::Scenario& scenario,
                  scenarios::Path path) {
  if (options.is_init) fmt::print(stderr, "pidproof: begins {} {}\n", scenario.name, Word(path));
}

bool Reporter::WantsToKeep() {
  const auto now = Clock::now();
  if (!keep_ || now - kept_ < between_) return false;
  kept_ = now;
  return true;
}

void Reporter::KeepSoFar(reports::Document so_far) {
  if (!keep_) return;
  constexpr int kShare = 20;  // of the time, at most
  const auto begun = Clock::now();
  so_far.run.interrupted = true;
  so_far.run.seconds = std::chrono::duration<double>(Clock::now() - begun_).count();
  try {
    keep_(so_far);
  } catch (const std::runtime_error&) {
    // What was kept before stays; what fails at the end of the run is reported.
  }
  between_ = std::max(between_, (Clock::now() - begun) * kShare);
}

}  // namespace pidproof::runner
