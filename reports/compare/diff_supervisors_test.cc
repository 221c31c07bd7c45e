#include "reports/compare/diff_supervisors.h"

#include <gtest/gtest.h>

#include "reports/compare/small_documents_testing.h"

namespace pidproof::reports::compare::diff_supervisors_test {
namespace {

using small::Lines;
using small::Text;

constexpr const char* kByPidfd = "supervise/strategy:epoll_pidfd/workers:100/path:pidfd";
constexpr const char* kByPid = "supervise/strategy:sigchld/workers:100/path:legacy_pid";

Document Of(const char* name, double stops, double misdirected, double lost = 0) {
  Benchmark row{.name = name, .mechanism = "m", .unsupported = ""};
  row.stops = stops;
  row.misdirected = misdirected;
  row.lost = lost;
  row.doubled = 0;
  Document document;
  document.benchmarks.push_back(row);
  return document;
}

Text Of(const Document& before, const Document& after) {
  Diff diff;
  AddSupervisors(before, after, diff);
  return Lines(diff);
}

TEST(DiffOfSupervisors, OneHitByPidfdIsWorse) {
  EXPECT_EQ(Of(Of(kByPidfd, 18000, 0), Of(kByPidfd, 18000, 1)),
            Text{"worse cost supervise/strategy:epoll_pidfd/workers:100/path:pidfd : 0 misdirected "
                 "in 18000 stops -> 1 misdirected in 18000 stops"});
  EXPECT_EQ(Of(Of(kByPidfd, 18000, 0, 0), Of(kByPidfd, 0, 0, 2)),
            Text{"worse cost supervise/strategy:epoll_pidfd/workers:100/path:pidfd : 0 lost in "
                 "18000 stops -> 2 lost in 0 stops"});
  EXPECT_EQ(Of(Of(kByPidfd, 18000, 3), Of(kByPidfd, 18000, 0)),
            Text{"better cost supervise/strategy:epoll_pidfd/workers:100/path:pidfd : 3 "
                 "misdirected in 18000 stops -> 0 misdirected in 18000 stops"});
  EXPECT_EQ(Of(Of(kByPidfd, 18000, 0), Of(kByPidfd, 9000, 0)), Text{});
}

TEST(DiffOfSupervisors, HitsByPidAreAHazardThatComesAndGoes) {
  EXPECT_EQ(Of(Of(kByPid, 20000, 0), Of(kByPid, 20000, 19000)),
            Text{"neutral cost supervise/strategy:sigchld/workers:100/path:legacy_pid : 0 "
                 "misdirected in 20000 stops -> 19000 misdirected in 20000 stops"});
  EXPECT_EQ(Of(Of(kByPid, 20000, 0), Of(kByPid, 20000, 2)), Text{}) << "by chance";
  EXPECT_EQ(Of(Of(kByPid, 20000, 200), Of(kByPid, 20000, 2000)), Text{}) << "load moves it";
}

TEST(DiffOfSupervisors, NeedsTheRowOnBothSides) {
  Document without;
  EXPECT_EQ(Of(Of(kByPidfd, 18000, 0), without), Text{});
  EXPECT_EQ(Of(without, Of(kByPidfd, 18000, 1)), Text{});
  Document unmeasured = Of(kByPidfd, 18000, 1);
  unmeasured.benchmarks[0].stops.reset();
  EXPECT_EQ(Of(Of(kByPidfd, 18000, 0), unmeasured), Text{});
}

}  // namespace
}  // namespace pidproof::reports::compare::diff_supervisors_test
