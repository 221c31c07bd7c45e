// process_madvise and process_mrelease: what they refuse, and whose memory they find.
#include <sys/mman.h>
#include <sys/ptrace.h>

#include <array>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/fixtures/call_in_child.h"
#include "scenarios/fixtures/process_state.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof {
namespace {

constexpr char kOwnOnly[] = "madvise(2) is about the caller's own memory";
constexpr char kNoRelease[] = "no call takes a number to release memory of";

// The errno of a call.
using Call = int (*)(int pidfd);

int Advise(int pidfd) { return sys::ProcessMadvise(pidfd, {}, abi::kMadvCold, 0).error(); }

int Release(int pidfd) { return sys::ProcessMrelease(pidfd, 0).error(); }

template <ProcessState kLife, Call kCall>
Outcome On(Arena& arena) {
  return In(kLife, arena, [](int pidfd) { return Outcome::Of(kCall(pidfd)); });
}

Scenario Row(std::string_view name, std::string_view question, std::string_view need, Claim claim,
             Outcome (*by_pidfd)(Arena&)) {
  return {.name = name,
          .question = question,
          .pidfd_needs = {"pidfd_open", need},
          .without_pid_namespace = kPidfdOnly,
          .claims = {claim},
          .by_pidfd = by_pidfd,
          .not_possible_by_pid = need == "process_madvise" ? kOwnOnly : kNoRelease};
}

const Registered<Scenario> kAdviseZombie{
    Row("memory/advise_zombie", "Has a zombie memory to advise about?", "process_madvise",
        {kPidfd, "esrch", kMust, "its memory went when it ended", "process_madvise(2)"},
        On<ProcessState::kZombie, Advise>)};

const Registered<Scenario> kAdviseDead{Row(
    "memory/advise_dead", "What is the error for advice about a reaped process?", "process_madvise",
    {kPidfd, "esrch", kMust, "the process has terminated and been waited for",
     "process_madvise(2)"},
    On<ProcessState::kDead, Advise>)};

const Registered<Scenario> kReleaseAlive{
    Row("memory/release_living", "Can memory be taken from a living process?", "process_mrelease",
        {kPidfd, "einval", kMust, "only who has been killed can be robbed", "process_mrelease(2)"},
        On<ProcessState::kAlive, Release>)};

const Registered<Scenario> kReleaseZombie{
    Row("memory/release_zombie", "Has a zombie memory to release?", "process_mrelease",
        {kPidfd, "esrch", kMust, "its memory went when it ended", "mm/oom_kill.c process_mrelease"},
        On<ProcessState::kZombie, Release>)};

const Registered<Scenario> kReleaseDead{
    Row("memory/release_dead", "What is the error for the memory of a reaped process?",
        "process_mrelease",
        {kPidfd, "esrch", kMust, "the process has terminated and been waited for",
         "process_mrelease(2)"},
        On<ProcessState::kDead, Release>)};

// Stops at its own end, while it still has its memory.
int EndsTraced(int) {
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) < 0) return kCannot;
  raise(SIGSTOP);
  return 0;
}

const Registered<Scenario> kReleaseDying{
    Row("memory/release_dying", "Can the memory of a dying process be released before it is gone?",
        "process_mrelease",
        {kPidfd, "ok", kMust, "that is what the call is for", "process_mrelease(2)"},
        [](Arena& arena) -> Outcome {
          Child child = arena.Spawn(EndsTraced);
          const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
          const siginfo_t begun =
              Require(sys::Waitid(P_PID, child.pid(), WSTOPPED | WEXITED | WNOWAIT));
          if (begun.si_code == CLD_EXITED) throw Unsupported("a process cannot be traced here");
          Require(ptrace(PTRACE_SETOPTIONS, child.pid(), nullptr,
                         PTRACE_O_EXITKILL | PTRACE_O_TRACEEXIT) == 0);
          // The next stop is in its exit, after it was decided and before its memory goes.
          Require(ptrace(PTRACE_CONT, child.pid(), nullptr, nullptr) == 0);
          const siginfo_t ending = Require(sys::Waitid(P_PID, child.pid(), WSTOPPED));
          Require(ending.si_status == (SIGTRAP | PTRACE_EVENT_EXIT << 8));
          const int released = Release(pidfd.get());
          Require(ptrace(PTRACE_DETACH, child.pid(), nullptr, nullptr) == 0);
          child.Reap();
          return Outcome::Of(released);
        })};

template <Call kCall>
Outcome OnNoPidfd(Arena&) {
  const Fd memory(memfd_create("pidproof", MFD_CLOEXEC));
  return SameForEach({-1, memory.get()}, [](int fd) { return Outcome::Of(kCall(fd)); });
}

const Registered<Scenario> kAdviseNoPidfd{
    Row("memory/advise_no_pidfd", "What is the error for advice through what is no pidfd?",
        "process_madvise",
        {kPidfd, "ebadf", kMust, "closed, or a descriptor of something else", "process_madvise(2)"},
        OnNoPidfd<Advise>)};

const Registered<Scenario> kReleaseNoPidfd{Row(
    "memory/release_no_pidfd", "Does process_mrelease refuse what is not a pidfd?",
    "process_mrelease",
    {kPidfd, "ebadf", kMust, "closed, or a descriptor of something else", "process_mrelease(2)"},
    OnNoPidfd<Release>)};

const Registered<Scenario> kAdviseFlags{
    Row("memory/advise_unknown_flag", "The flag is unknown and the pidfd closed: which error wins?",
        "process_madvise",
        {kPidfd, "einval", kMust, "flags are for the future, and judged first",
         "process_madvise(2), mm/madvise.c"},
        [](Arena&) -> Outcome {
          return Outcome::Of(sys::ProcessMadvise(-1, {}, abi::kMadvCold, 1).error());
        })};

const Registered<Scenario> kReleaseFlags{
    Row("memory/release_unknown_flag", "Does process_mrelease refuse unknown flags?",
        "process_mrelease",
        {kPidfd, "einval", kMust, "flags are for the future, and judged first",
         "process_mrelease(2), mm/oom_kill.c"},
        [](Arena&) -> Outcome { return Outcome::Of(sys::ProcessMrelease(-1, 1)); })};

const Registered<Scenario> kTooMany{
    Row("memory/advise_too_many_ranges", "How many ranges are too many, and is that told first?",
        "process_madvise",
        {kPidfd, "einval", kMust, "IOV_MAX is 1024; ranges are read before the pidfd",
         "process_madvise(2), mm/madvise.c"},
        [](Arena&) -> Outcome {
          const std::array<iovec, 1025> ranges{};
          return Outcome::Of(sys::ProcessMadvise(-1, ranges, abi::kMadvCold, 0).error());
        })};

const Registered<Scenario> kBadAddress{Row(
    "memory/advise_bad_address", "What is the error for ranges that cannot be read?",
    "process_madvise",
    {kPidfd, "efault", kMust, "the list lies outside of the caller's memory", "process_madvise(2)"},
    [](Arena& arena) -> Outcome {
      const Child child = arena.Spawn(body::Lingers);
      const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
      const auto* const nowhere = reinterpret_cast<const iovec*>(16);
      return Outcome::Of(sys::ProcessMadvise(pidfd.get(), {nowhere, 1}, abi::kMadvCold, 0).error());
    })};

template <Call kCall>
Outcome AsStranger(Arena& arena) {
  const Child child = arena.Spawn(body::Lingers);
  const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
  return AskAsStranger(arena, [&] { return kCall(pidfd.get()); });
}

const Registered<Scenario> kAdviseStranger{
    Row("memory/advise_by_another_user", "May another user advise about the process?",
        "process_madvise",
        {kPidfd, "eacces", kMust, "who may not trace it may not; the page says EPERM",
         "mm/madvise.c process_madvise, mm_access"},
        AsStranger<Advise>)};

const Registered<Scenario> kReleaseStranger{
    Row("memory/release_by_another_user",
        "Another user asks to release the memory of a living process: which error wins?",
        "process_mrelease",
        {kPidfd, "einval", kMust, "that it lives is all that counts: no right is asked for",
         "mm/oom_kill.c process_mrelease"},
        AsStranger<Release>)};

}  // namespace
}  // namespace pidproof
