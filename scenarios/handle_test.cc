#include "scenarios/handle.h"

#include <errno.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "probes/system/errno_name.h"
#include "probes/system/require.h"
#include "scenarios/arena/arena_testing.h"
#include "scenarios/fixtures/known_file.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/fixtures/threaded.h"

namespace pidproof::scenarios::handle_test {
namespace {

constexpr ProcessState kStates[] = {ProcessState::kAlive, ProcessState::kZombie,
                                    ProcessState::kDead};

template <typename T>
std::string WordOf(const Result<T>& result, const std::function<std::string(const T&)>& word) {
  return result.ok() ? word(*result) : ErrnoName(result.error());
}
std::string WordOf(const sys::Status& status) {
  return status.ok() ? "ok" : ErrnoName(status.error());
}
std::string WordOf(const Result<bool>& answer) {
  return WordOf<bool>(answer, [](bool yes) { return yes ? "yes" : "no"; });
}
std::string WordOf(const Result<siginfo_t>& waited) {
  return WordOf<siginfo_t>(waited, [](const siginfo_t& info) {
    if (info.si_pid == 0) return std::string("nothing");
    return std::string(info.si_code == CLD_KILLED ? "killed" : "another end");
  });
}

// What a verb returns for a living child, a zombie and a reaped one.
using Verb = std::string (*)(const Handle&);
struct Answers {
  std::string pidfd[3];
  std::string legacy_pid[3];
};

// The child leads a process group of its own.
std::string AnswerOf(Verb verb, Arena& arena, Path path, ProcessState state) {
  Child child = arena.Spawn(body::Lingers);
  Require(setpgid(child.pid(), child.pid()) == 0);
  const Handle handle = Handle::To(child, path);
  DriveTo(child, state);
  return verb(handle);
}

void ExpectAnswers(Verb verb, const Answers& expected) {
  RunInArena([&](Arena& arena) {
    for (const Path path : {kPidfd, kLegacyPid}) {
      for (std::size_t i = 0; i < std::size(kStates); ++i) {
        const std::string answer = AnswerOf(verb, arena, path, kStates[i]);
        const std::string& due = (path == kPidfd ? expected.pidfd : expected.legacy_pid)[i];
        if (answer == due) continue;
        throw Broken(fmt::format("{}, state {}: {} instead of {}", Word(path), i, answer, due));
      }
    }
  });
}

TEST(Handle, SignalAnswersEsrchOnceTheProcessIsReaped) {
  ExpectAnswers([](const Handle& handle) { return WordOf(handle.Signal(0)); },
                {{"ok", "ok", "ESRCH"}, {"ok", "ok", "ESRCH"}});
  ExpectAnswers([](const Handle& handle) { return WordOf(handle.Signal(SIGURG)); },
                {{"ok", "ok", "ESRCH"}, {"ok", "ok", "ESRCH"}});
  ExpectAnswers([](const Handle& handle) { return WordOf(handle.Signal(-1)); },
                {{"EINVAL", "EINVAL", "ESRCH"}, {"EINVAL", "EINVAL", "ESRCH"}});
}

TEST(Handle, QueueSendsWhatOneProcessMaySendAnother) {
  ExpectAnswers(
      [](const Handle& handle) {
        siginfo_t info{};
        info.si_signo = SIGURG;
        info.si_code = SI_QUEUE;
        return WordOf(handle.Queue(SIGURG, &info));
      },
      {{"ok", "ok", "ESRCH"}, {"ok", "ok", "ESRCH"}});
}

TEST(Handle, QueueForgesNoSignalOfTheKernels) {
  RunInArena([](Arena& arena) {
    const Child child = arena.Spawn(body::Lingers);
    for (const Path path : {kPidfd, kLegacyPid}) {
      siginfo_t info{};
      info.si_signo = SIGURG;
      info.si_code = SI_KERNEL;
      Require(Handle::To(child, path).Queue(SIGURG, &info).error() == EPERM);
    }
  });
}

TEST(Handle, SignalGroupReachesTheGroupThatTheProcessLeads) {
  RunInArena([](Arena& arena) {
    Child leader = arena.Spawn(body::Lingers);
    Child member = arena.Spawn(body::Lingers);
    for (const Child* child : {&leader, &member}) Require(setpgid(child->pid(), leader.pid()) == 0);
    const Handle by_pidfd = Handle::To(leader, kPidfd);
    const Handle by_pid = Handle::To(leader, kLegacyPid);
    Require(by_pid.SignalGroup(0));
    const sys::Status group = by_pidfd.SignalGroup(0);
    if (group.error() == EINVAL) throw Unsupported("no PIDFD_SIGNAL_PROCESS_GROUP (6.9) here");
    Require(group);
    // The leader has been reaped; the group still exists.
    DriveTo(leader, ProcessState::kDead);
    Require(by_pidfd.SignalGroup(SIGKILL));
    Require(member.Reap().si_status == SIGKILL);
    Require(by_pidfd.SignalGroup(0).error() == ESRCH);
    Require(by_pid.SignalGroup(0).error() == ESRCH);
  });
}

TEST(Handle, WaitReapsOnceAndKnowsNoChildAfterwards) {
  ExpectAnswers([](const Handle& handle) { return WordOf(handle.Wait(WEXITED | WNOHANG)); },
                {{"nothing", "killed", "ECHILD"}, {"nothing", "killed", "ECHILD"}});
  RunInArena([](Arena& arena) {
    for (const Path path : {kPidfd, kLegacyPid}) {
      Child child = arena.Spawn(body::Lingers);
      const Handle handle = Handle::To(child, path);
      DriveTo(child, ProcessState::kZombie);
      Require(Require(handle.Wait()).si_pid == child.pid());
      child.Disown();
      Require(handle.Wait().error() == ECHILD);
    }
  });
}

TEST(Handle, WaitDoesNotSleepWhereTheHandleIsNonblocking) {
  RunInArena([](Arena& arena) {
    Child child = arena.Spawn(body::Lingers);
    Result<Handle> pidfd = Handle::ToPid(child.pid(), kPidfd, Handle::kNonblocking);
    if (pidfd.error() == EINVAL) throw Unsupported("no PIDFD_NONBLOCK (5.10) here");
    Require(Require(std::move(pidfd)).Wait().error() == EAGAIN);
    const Handle legacy = Handle::To(child, kLegacyPid, Handle::kNonblocking);
    Require(Require(legacy.Wait()).si_pid == 0);
    DriveTo(child, ProcessState::kZombie);
    Require(Require(legacy.Wait()).si_pid == child.pid());
    child.Disown();
  });
}

TEST(Handle, EndedKnowsAZombieByPidfdOnly) {
  ExpectAnswers([](const Handle& handle) { return WordOf(handle.Ended()); },
                {{"no", "yes", "yes"}, {"no", "no", "yes"}});
}

TEST(Handle, AwaitEndReturnsOnceTheProcessHasEndedAndDoesNotReap) {
  RunInArena([](Arena& arena) {
    for (const Path path : {kPidfd, kLegacyPid}) {
      Child child = arena.Spawn(body::AtGate);
      const Handle handle = Handle::To(child, path);
      child.Open();
      Require(Require(handle.AwaitEnd()));
      Require(Require(handle.AwaitEnd()));
      Require(child.Reap().si_status == body::kGateStatus);
      if (path == kPidfd) Require(Require(handle.AwaitEnd()));
      if (path == kLegacyPid) Require(handle.AwaitEnd().error() == ECHILD);
    }
  });
}

TEST(Handle, HasPidUntilTheProcessIsReaped) {
  ExpectAnswers([](const Handle& handle) { return WordOf(handle.HasPid()); },
                {{"yes", "yes", "no"}, {"yes", "yes", "no"}});
}

TEST(Handle, IsMadeOfALivingOrUnreapedProcess) {
  RunInArena([](Arena& arena) {
    Child child = arena.Spawn(body::Lingers);
    const pid_t pid = child.pid();
    DriveTo(child, ProcessState::kZombie);
    Require(Handle::ToPid(pid, kPidfd).ok());
    DriveTo(child, ProcessState::kDead);
    Require(Handle::ToPid(pid, kPidfd).error() == ESRCH);
    Require(Handle::ToPid(pid, kLegacyPid).ok());  // a PID names whichever process has it
    bool broken = false;
    try {
      Handle::To(child, kPidfd);
    } catch (const Broken&) {
      broken = true;
    }
    Require(broken);
  });
}

TEST(Handle, TakesOverThePidfdOfAClone) {
  EXPECT_TRUE(Handle::NeedsPidfdAtSpawn(kPidfd));
  EXPECT_FALSE(Handle::NeedsPidfdAtSpawn(kLegacyPid));
  RunInArena([](Arena& arena) {
    for (const Path path : {kPidfd, kLegacyPid}) {
      const auto how = Handle::NeedsPidfdAtSpawn(path) ? SpawnOptions::kClone : SpawnOptions::kFork;
      Child child = arena.Spawn(body::Lingers, {.how = how});
      const Handle handle = Handle::From(child.pid(), std::move(child.pidfd()), path);
      Require(handle.Signal(SIGTERM));
      Require(Require(handle.Wait()).si_status == SIGTERM);
      child.Disown();
    }
  });
}

TEST(Handle, ReadsTheSameIdsByEachPath) {
  RunInArena([](Arena& arena) {
    proc::ShowOwn();
    const Threaded threaded = Threaded::Make(arena);
    const pid_t pid = threaded.child.pid();
    for (const Path path : {kPidfd, kLegacyPid}) {
      const Handle process = Handle::To(threaded.child, path);
      Require(*process.NumbersInProc("Pid") == std::vector<std::int64_t>{pid});
      Require(process.wait_id().type == (path == kPidfd ? abi::kIdPidfd : P_PID));
      Require((process.wait_id().id == pid) == (path == kLegacyPid));
      const Result<ProcessIds> ids = process.Ids();
      if (ids.error() == ENOTTY) throw Unsupported("no PIDFD_GET_INFO (6.13) here");
      Require(ids->pids == std::vector<std::int64_t>{pid, pid, getpid()});
      const ProcessIds of_thread = Require(Handle::ToThread(threaded.other, path).Ids());
      Require(of_thread.pids == std::vector<std::int64_t>{threaded.other, pid, getpid()});
    }
  });
}

TEST(Handle, CopiesADescriptorByEachPath) {
  RunInArena([](Arena& arena) {
    for (const Path path : {kPidfd, kLegacyPid}) {
      Handle::PrepareProc(path);
      const KnownFile file;
      PutWhereTaken(file.fd());
      // Its table of descriptors is a copy.
      Arena::Stub owner =
          arena.SpawnWithPid(StubLife::kWaits, Handle::NeedsPidfdAtSpawn(path), 0, CLONE_VM);
      const Handle named = Handle::Of(owner, path);
      const Result<Fd> taken = named.CopyFd(kTakenFd);
      const Result<Fd> missing = named.CopyFd(kTakenFd + 1);
      arena.End(owner);
      if (taken.error() == ENOSYS) throw Unsupported("no pidfd_getfd (5.6) here");
      Require(taken.ok() && file.Is(taken->get()));
      Require(missing.error() == (path == kPidfd ? EBADF : ENOENT));
    }
  });
}

}  // namespace
}  // namespace pidproof::scenarios::handle_test
