#include "runner/conformance.h"

#include <cstddef>

#include "runner/reporter.h"
#include "runner/workers.h"
#include "scenarios/path.h"

namespace pidproof {

namespace {

constexpr Path kPaths[] = {kPidfd, kLegacyPid};

// What a column of one trial takes outside, with its warden; on the average, and a little more.
constexpr std::uint64_t kNumbersPerColumn = 4;

// The outer numbers that are this lane's to deal: no two lanes may want the same at once.
Stage ShareOf(const Stage& stage, std::size_t lane, std::size_t lanes) {
  Stage share = stage;
  share.dealt.clear();
  for (std::size_t i = lane; i < stage.dealt.size(); i += lanes) {
    share.dealt.push_back(stage.dealt[i]);
  }
  return share;
}

CellRun TooMany() {
  CellRun column;
  column.lacks =
      "more would use up half of the pid numbers outside, which others need (--allow-pid-wrap goes "
      "on)";
  return column;
}

}  // namespace

// They are short and do not mind each other: as many at once as there are lanes.
std::vector<CellRun> RunConformance(const ConformanceCourse& course,
                                    const std::function<void(const std::vector<CellRun>&)>& told) {
  const std::size_t lanes = course.options.jobs;
  const std::size_t jobs = course.order.size() * 2;
  Limits allowance = course.allowance;
  allowance.outer_pids = kNumbersPerColumn;
  return RunInWorkers(
      lanes, jobs, allowance.deadline * static_cast<std::int64_t>(jobs + 1),
      [&](std::size_t job, std::size_t lane) {
        if (job >= course.outer_pids / kNumbersPerColumn) return TooMany();
        SayOnConsole(course.options, *course.order[job / 2], kPaths[job % 2]);
        return RunCell(course.world, course.census, ShareOf(course.stage, lane, lanes),
                       *course.order[job / 2], kPaths[job % 2], allowance);
      },
      told);
}

}  // namespace pidproof
