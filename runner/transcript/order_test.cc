#include "runner/transcript/order.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>

#include "runner/transcript/script.h"

namespace pidproof::runner::transcript::order_test {
namespace {

Call Made(std::size_t actor, long number, std::size_t began, std::size_t ended) {
  Call call;
  call.actor = actor;
  call.number = number;
  call.began = began;
  call.ended = ended;
  call.returned = ended != 0;
  return call;
}

// The trial makes a child, 1, by its first call.
Recording WithChild(std::vector<Call> calls) {
  Recording recording{{{10, -1, false, 0}, {11, 0, false, 0}}, {Made(0, SYS_clone, 0, 1)}, ""};
  recording.calls[0].result = 11;
  for (Call& call : calls) recording.calls.push_back(std::move(call));
  return recording;
}

TEST(TranscriptOrder, CallThatDoesNotReturnKeepsNoOtherWaiting) {
  Recording recording =
      WithChild({Made(0, SYS_kill, 2, 4), Made(1, SYS_getppid, 3, 0), Made(0, SYS_getpid, 6, 7)});
  recording.actors[1].ended = 5;
  const Script script = Named(recording);
  ASSERT_EQ(script.steps.size(), 4u);
  EXPECT_EQ(script.steps[2].turn, script.steps[1].turn);
  EXPECT_EQ(script.steps[3].turn, script.steps[1].turn + 1);
  EXPECT_EQ(script.steps[3].after, std::vector<std::size_t>{1}) << "it has ended by then";
}

TEST(TranscriptOrder, StopComesAfterWhatTheStoppedOneStillDoes) {
  Recording recording =
      WithChild({Made(0, SYS_kill, 2, 3), Made(1, SYS_getppid, 4, 5), Made(0, SYS_getpid, 6, 7)});
  recording.calls[1].arguments = {11, SIGSTOP};
  const Script script = Named(recording);
  ASSERT_EQ(script.steps.size(), 4u);
  EXPECT_LT(script.steps[2].turn, script.steps[1].turn);
  EXPECT_LT(script.steps[1].turn, script.steps[3].turn);
}

TEST(TranscriptOrder, CallThatWaitsHasTwoTurns) {
  const Script script = Named(WithChild({Made(0, SYS_read, 2, 5), Made(1, SYS_getppid, 3, 4)}));
  ASSERT_EQ(script.steps.size(), 3u);
  EXPECT_LT(script.steps[1].turn, script.steps[2].turn);
  EXPECT_GT(script.steps[1].turn_back, script.steps[2].turn);
  EXPECT_EQ(script.steps[2].turn_back, 0u);
}

// The call that makes it returns, and then its end is seen.
TEST(TranscriptOrder, ChildExitsBeforeTheCallThatWaitsForItReturns) {
  Recording recording = WithChild({Made(1, SYS_exit_group, 1, 0), Made(0, SYS_getpid, 4, 5)});
  recording.calls[0].ended = 2;
  recording.actors[1].ended = 3;
  const Script script = Named(recording);
  ASSERT_EQ(script.steps.size(), 3u);
  EXPECT_LE(script.steps[1].turn, script.steps[0].turn_back);
}

}  // namespace
}  // namespace pidproof::runner::transcript::order_test
