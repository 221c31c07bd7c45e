#include "runner/reporter.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>

#include "reports/document/statistics.h"
#include "reports/text/text_layout.h"

namespace pidproof::runner {

namespace {

using Clock = std::chrono::steady_clock;

// Of the terminal: a longer line would go on below, where nothing replaces it.
std::size_t Columns() {
  constexpr std::size_t kUsual = 80;
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > kUsual / 4;
  return known ? size.ws_col : kUsual;
}

}  // namespace

std::optional<double> SecondsLeft(const scenarios::Budget& budget, const scenarios::Tally& tally) {
  std::optional<double> left;
  const auto shorten = [&](double seconds) { left = std::min(left.value_or(seconds), seconds); };
  if (budget.time != std::chrono::nanoseconds::max()) {
    shorten(std::max(0.0, std::chrono::duration<double>(budget.time).count() - tally.seconds));
  }
  const auto shorten_at_rate = [&](std::uint64_t wanted, std::uint64_t so_far) {
    if (wanted == 0 || so_far == 0 || tally.seconds <= 0) return;
    shorten(tally.seconds * static_cast<double>(wanted - std::min(wanted, so_far)) /
            static_cast<double>(so_far));
  };
  shorten_at_rate(budget.trials, tally.trials);
  shorten_at_rate(budget.opportunities, tally.opportunities);
  return left;
}

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
  using reports::text::About;
  if (end_) {
    const double until_end = std::chrono::duration<double>(*end_ - Clock::now()).count();
    return fmt::format(", about {} left", About(std::max(0.0, until_end)));
  }
  const std::optional<double> left = SecondsLeft(options_.torture, tally);
  if (!left) return "";
  const std::size_t to_come = loops_ - std::min(loops_, done_ + 1);
  if (to_come == 0) return fmt::format(", about {} left", About(*left));
  const double of_all = *left + (tally.seconds + *left) * static_cast<double>(to_come);
  return fmt::format(", about {} left, of all {}", About(*left), About(of_all));
}

void Reporter::Show(std::string_view world, const scenarios::Scenario& scenario,
                    scenarios::Path path, const CellRun& cell) {
  constexpr std::chrono::milliseconds kBetween{100};
  if (!shows_ || Clock::now() - shown_ < kBetween) return;
  shown_ = Clock::now();
  const scenarios::Tally& tally = cell.tally;
  const std::uint64_t hits = Hits(scenario, path, tally);
  const double so_far = std::chrono::duration<double>(shown_ - begun_).count();
  // What is cut off on a narrow terminal is what matters least.
  const std::string line =
      fmt::format("[{}/{}] {}{}: {} {}{}: harm: {}", std::min(done_ + 1, loops_), loops_,
                  reports::text::About(so_far), Left(tally), scenario.name, Word(path),
                  options_.worlds.size() > 1 ? fmt::format(" in {}", world) : "",
                  reports::RateSentence(hits, std::max(hits, tally.opportunities)));
  fmt::print(stderr, "\r\033[K{}", reports::text::Clipped(line, Columns() - 1));
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
