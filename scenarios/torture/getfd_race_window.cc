// A process that its caller may not ptrace exits, and releases its memory before its descriptors.
// In between, the check that forbade access has nothing to check (kernel/ptrace.c), and its files
// can be copied.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/system/yield_until.h"
#include "scenarios/fixtures/fd_table.h"
#include "scenarios/fixtures/known_file.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/tested.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::getfd_race_window {
namespace {

// Has no more privilege than the caller, but is not dumpable, hence not traceable.
int Undumpable(int gate) {
  if (!sys::DropCapabilities().ok() || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return 1;
  const std::uint64_t one = 1;
  if (write(kTakenFd, &one, sizeof one) != sizeof one) return 1;
  return body::Lingers(gate);
}

void TakeForbidden(Arena& arena, Path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  const KnownFile file;
  std::optional<Child> owner;
  Fd pidfd;
  bool powerless = false;
  Outcome saw = "none";
  Race race(trials, {{"the owner ends and is reaped",
                      [&]() -> CallResult {
                        owner->Kill();
                        owner->Reap();
                        return 0;
                      }},
                     {"pidfd_getfd without permission", [&]() -> CallResult {
                        // Capabilities belong to each thread.
                        if (!powerless) Require(sys::DropCapabilities());
                        powerless = true;
                        const FdLeakCheck nothing_left;
                        // As long as the owner's exit takes, until one call is not refused.
                        for (int i = 0; i < 64; ++i) {
                          Result<Fd> taken = tested::PidfdGetfd(pidfd.get(), kTakenFd, 0);
                          saw = Outcome::Of(taken.error());
                          if (taken.ok()) saw = file.Is(taken->get()) ? "the_file" : "wrong_file";
                          if (taken.ok() || taken.error() != EPERM) break;
                        }
                        if (!nothing_left.Holds()) saw = "file_left";
                        return saw.word.size();
                      }}});
  while (trials.Next()) {
    Require(ftruncate(file.fd(), 0) == 0);
    Require(lseek(file.fd(), 0, SEEK_SET) == 0);
    PutWhereTaken(file.fd());
    owner.emplace(arena.SpawnWithPid(Undumpable));
    close(kTakenFd);
    pidfd = Require(tested::PidfdOpen(owner->pid(), 0));
    // The owner writes once it is not dumpable.
    YieldUntil([&] {
      struct stat status {};
      if (fstat(file.fd(), &status) != 0 || status.st_size != 0) return true;
      Require(Require(sys::Waitid(P_PID, owner->pid(), WEXITED | WNOHANG | WNOWAIT)).si_pid == 0);
      return false;
    });
    race.Run();
    owner.reset();
    trials.Record(saw, race.window());
  }
}

const Registered<Torture> kWindow{{
    .name = "getfd_race/undumpable",
    .question = "Is pidfd_getfd without ptrace permission refused until the target has ended?",
    .pidfd =
        {.needs = {"pidfd_open", "pidfd_getfd"},
         .claims = {May("eperm", "PR_SET_DUMPABLE 0: no unprivileged process can trace it",
                        "ptrace(2), prctl(2)"),
                    May("esrch", "the target is ending or gone", "pidfd_getfd(2)"),
                    May("ebadf",
                        "the target has released the memory that forbade it, and its descriptors",
                        "kernel/pid.c __pidfd_fget before Linux 7.1 (6.12.94, 6.1.176)"),
                    Hazard("the_file",
                           "the check is skipped between the release of memory and of descriptors",
                           "kernel/ptrace.c __ptrace_may_access, kernel/exit.c do_exit")
                        .Until(eras::kGetfdRefusesExiting)
                        .Bug("getfd-exit-window"),
                    Never("wrong_file", "the owner never had this file open", "pidfd_getfd(2)"),
                    Never("file_left", "a descriptor was leaked", "pidfd_getfd(2)")}},
    .legacy = NotPossible("no call fetches a descriptor by PID; /proc/PID/fd uses another check"),
    .no_control = "not possible by PID",
    .loop = TakeForbidden,
    .faults = {"wrong-file", "file-left"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::getfd_race_window
