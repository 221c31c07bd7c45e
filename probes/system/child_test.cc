#include "probes/system/child.h"

#include <errno.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include "probes/system/fdinfo.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::child_test {
namespace {

TEST(Child, WaitsAtItsGateAndIsReaped) {
  for (const SpawnOptions::How how :
       {SpawnOptions::kFork, SpawnOptions::kClone, SpawnOptions::kClone3}) {
    Child child = Require(Child::Make(body::AtGate, {.how = how}));
    const pid_t pid = child.pid();
    EXPECT_EQ(sys::Waitid(P_PID, pid, WEXITED | WNOHANG | WNOWAIT)->si_pid, 0) << how;
    child.Open();
    child.AwaitZombie();
    EXPECT_EQ(child.Reap().si_status, body::kGateStatus) << how;
    EXPECT_EQ(sys::Waitid(P_PID, pid, WEXITED | WNOHANG).error(), ECHILD) << how;
  }
}

TEST(Child, ComesWithAPidfdWhenClonedSo) {
  Child child = Require(Child::Make(body::Lingers, {.how = SpawnOptions::kClone}));
  EXPECT_EQ(*FdinfoPid(child.pidfd().get()), child.pid());
  EXPECT_FALSE(Require(Child::Make(body::Lingers)).pidfd());
}

TEST(Child, IsKilledAndReapedWhenItGoesOutOfScope) {
  pid_t pid = 0;
  {
    const Child child = Require(Child::Make(body::Lingers));
    pid = child.pid();
  }
  EXPECT_EQ(sys::Waitid(P_PID, pid, WEXITED | WNOHANG).error(), ECHILD);
}

TEST(Child, IsBrokenToAwaitOnceItIsNoChild) {
  Child child = Require(Child::Make(body::Exits));
  ASSERT_EQ(waitpid(child.pid(), nullptr, 0), child.pid());
  EXPECT_THROW(child.AwaitZombie(), Broken);
  child.Disown();
}

TEST(Child, ExecutesThisProgramAnew) {
  Child child = Require(Child::Make(body::ExecsThenAtGate));
  child.Open();
  EXPECT_EQ(child.Reap().si_status, body::kGateStatus);
}

TEST(FdinfoPid, ReportsWhatIsNotAPidfd) {
  EXPECT_EQ(FdinfoPid(0).error(), EBADMSG);
  EXPECT_EQ(FdinfoPid(100'000).error(), ENOENT);
}

}  // namespace
}  // namespace pidproof::child_test
