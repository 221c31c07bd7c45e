#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "reports/document/document.h"
#include "runner/judge.h"
#include "runner/options.h"
#include "scenarios/scenario.h"

namespace pidproof::runner {

// How long a loop goes on at the rate so far, at most: harm may end it sooner. Nothing while there
// is no rate and it has no limit of time.
std::optional<double> SecondsLeft(const scenarios::Budget& budget, const scenarios::Tally& tally);

// Shows the user how far the run has come, and hands out the document so far to be kept.
class Reporter {
 public:
  using Keep = std::function<void(const reports::Document&)>;
  Reporter(const Options& options, const Keep& keep);
  ~Reporter();
  Reporter(const Reporter&) = delete;

  // So many torture loops are to come, and one is done: each is a scenario on one path.
  void Expect(std::size_t loops) { loops_ = loops; }
  void Done() { ++done_; }

  // The loops share the time until then.
  void EndsAbout(std::chrono::steady_clock::time_point end) { end_ = end; }

  // A line that the next one replaces, where stderr is a terminal: the time so far, how long it
  // still takes, and what bound of the rate has been reached.
  void Show(std::string_view world, const scenarios::Scenario& scenario, scenarios::Path path,
            const CellRun& cell);

  // Where documents are kept, true about once a second, or less often where keeping takes long.
  bool WantsToKeep();
  void KeepSoFar(reports::Document so_far);

 private:
  // ", about 12 s left", of this loop and of all; empty where that is not known.
  std::string Left(const scenarios::Tally& tally) const;

  bool shows_;
  const Options& options_;
  const Keep& keep_;
  std::size_t loops_ = 0;
  std::size_t done_ = 0;
  std::chrono::steady_clock::time_point begun_;
  std::optional<std::chrono::steady_clock::time_point> end_;
  std::chrono::steady_clock::time_point kept_;
  std::chrono::steady_clock::duration between_ = std::chrono::seconds(1);
  std::chrono::steady_clock::time_point shown_;
};

// Names on the console what begins now, where the kernel was booted for this program: should it
// panic, the document is lost, and the console shows what it died of.
void SayOnConsole(const Options& options, const scenarios::Scenario& scenario,
                  scenarios::Path path);

}  // namespace pidproof::runner
