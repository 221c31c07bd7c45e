#include "scenarios/props/racing_threads.h"

#include <fmt/format.h>
#include <sched.h>
#include <sys/auxv.h>
#include <sys/eventfd.h>

#include "probes/abi.h"
#include "probes/require.h"

namespace pidproof {

namespace {

constexpr pid_t kFirstSlot = 0;
constexpr pid_t kOtherSlot = 1;
constexpr std::uint64_t kThread = Arena::kShareAll | CLONE_THREAD;

char program_name[] = "pidproof";
char resume[sizeof body::kResume];

template <typename T>
long Address(T* pointer) {
  return reinterpret_cast<long>(pointer);
}

}  // namespace

RacingThreads::RacingThreads(Arena& arena, Other other)
    : arena_(arena),
      rest_(eventfd(0, 0)),  // kept across the execve
      arguments_{program_name, resume, rest_number_, nullptr},
      other_(arena, kOtherSlot, kThread, 0, &other_left_) {
  Require(static_cast<bool>(rest_));
  *fmt::format_to_n(rest_number_, sizeof rest_number_ - 1, "{}", rest_.get()).out = '\0';
  std::copy(std::begin(body::kResume), std::end(body::kResume), resume);
  other_.Lead(other_waits_, first_waits_, fails_);
  first_waits_.AwaitGate(first_gate_.fd(), opened_, first_leaves_);
  first_leaves_.Repeat(SYS_exit, {kFirstStatus});
  other_waits_.AwaitGate(other_gate_.fd(), opened_,
                         other == Other::kLeaves ? other_leaves_ : executes_);
  other_leaves_.Repeat(SYS_exit, {kOtherStatus});
  const long with[] = {Address(arguments_), Address(environment_)};
  executes_.Set(SYS_execve, {Address("/proc/self/exe"), with[0], with[1]}, executes_by_name_);
  // There may be no /proc.
  executes_by_name_.Set(SYS_execve, {static_cast<long>(getauxval(AT_EXECFN)), with[0], with[1]},
                        fails_);
  fails_.Repeat(SYS_ppoll, {});
}

Arena::Stub RacingThreads::Spawn(bool with_pidfd) {
  first_gate_.Shut();
  other_gate_.Shut();
  other_.Renew();
  Arena::Stub child = SpawnScripted(
      arena_, other_.first(), {.slot = kFirstSlot, .with_pidfd = with_pidfd, .left = &first_left_});
  other_.Await();
  return child;
}

void RacingThreads::AwaitOtherLeft() const {
  while (other_left_ != 0) {
    if (executes_by_name_.answer < 0)
      throw Unsupported("this program cannot be executed anew here");
    sched_yield();
  }
}

}  // namespace pidproof
