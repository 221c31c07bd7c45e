// What fchroot (7.3) makes of a pidfd, and of the numbers that stand for one.
#include <errno.h>
#include <fmt/format.h>

#include "probes/system/errno_name.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/alike.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::descriptor_root {
namespace {

constexpr std::string_view kNoDescriptor = "a PID is not a descriptor";
constexpr char kSource[] = "Linux 7.3 fs/open.c fchroot";

// Throws Unsupported where the kernel lacks fchroot, or something refuses it.
void RequireFchroot() {
  const int error = sys::Fchroot(-1).error();
  if (error != EBADF)
    throw Unsupported(fmt::format("fchroot (7.3) cannot be called here ({})", ErrnoName(error)));
}

const Registered<Conformance> kPidfd{{
    .name = "descriptor/fchroot",
    .question = "Can fchroot make a pidfd the root directory?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("enotdir", "a pidfd is not a directory", kSource)},
              .ask = [](Arena& arena) -> Outcome {
                RequireFchroot();
                const Child child = arena.Spawn(body::Lingers);
                const Fd pidfd = Require(tested::PidfdOpen(child.pid(), 0));
                return Outcome::Of(sys::Fchroot(pidfd.get()));
              }},
    .legacy = NotPossible(kNoDescriptor),
}};

const Registered<Conformance> kSentinels{{
    .name = "descriptor/fchroot_sentinels",
    .question = "Does fchroot take FD_PIDFS_ROOT or PIDFD_SELF for a directory?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open"},
              .claims = {Must("ebadf", "it knows FD_FAILFS_ROOT, and no other such number",
                              kSource)},
              .ask = [](Arena&) -> Outcome {
                RequireFchroot();
                return SameForEach(
                    {abi::kPidfsRoot, abi::kSelfThread, abi::kSelfProcess},
                    [](int sentinel) { return Outcome::Of(sys::Fchroot(sentinel)); });
              }},
    .legacy = NotPossible(kNoDescriptor),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::descriptor_root
