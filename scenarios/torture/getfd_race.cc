// A descriptor is copied from a process while that process closes it, replaces its file, or exits.
// The copy must refer to a file that had this number in that process, or the call must fail; and it
// may leave nothing in the caller's table.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "probes/system/require.h"
#include "scenarios/arena/scripted_child.h"
#include "scenarios/fixtures/fd_table.h"
#include "scenarios/fixtures/known_file.h"
#include "scenarios/handle.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::getfd_race {
namespace {

constexpr std::uint64_t kOwnTable = Arena::kShareAll & ~std::uint64_t{CLONE_FILES};

// A child that lives as long as this object, and its name on that path.
class Living {
 public:
  Living(Arena& arena, Path path, Arena::Stub stub)
      : arena_(arena), stub_(std::move(stub)), named_(Handle::Of(stub_, path)) {}
  ~Living() { arena_.End(stub_); }
  Living(const Living&) = delete;
  const Handle& operator*() const { return named_; }

 private:
  Arena& arena_;
  Arena::Stub stub_;
  Handle named_;
};

// The owner of a descriptor table, which changes the file of one number all the time: one file,
// another, and in some cases none.
struct Changer {
  Changer(const KnownFile& one, const KnownFile& other, bool closes) {
    first.Set(SYS_dup3, {one.fd(), kTakenFd, 0}, second);
    second.Set(SYS_dup3, {other.fd(), kTakenFd, 0}, closes ? third : first);
    third.Set(SYS_close, {kTakenFd}, first);
  }
  Step first;
  Step second;
  Step third;
};

void TakeChanging(Arena& arena, Path path, TrialLoop& trials, bool closes) {
  Handle::PrepareProc(path);
  MeasureBaseline(arena, trials);
  trials.OpenedBy("the owner changes it continuously: open when the result has changed");
  const KnownFile one;
  const KnownFile other;
  PutWhereTaken(one.fd());
  Changer changer(one, other, closes);
  const Living owner(
      arena, path, SpawnScripted(arena, changer.first, {.with_pidfd = true, .sharing = kOwnTable}));
  close(kTakenFd);  // so that our own file is not mistaken for the owner's
  const FdLeakCheck nothing_left;
  Outcome last = "none";
  while (trials.Next()) {
    Result<Fd> taken = (*owner).CopyFd(kTakenFd);
    Outcome saw = Outcome::Of(taken.error());
    if (taken.ok()) {
      const int fd = taken->get();
      saw = one.Is(fd) ? "one_file" : other.Is(fd) ? "other_file" : "wrong_file";
      taken->reset();
    }
    trials.Note("take", saw.word.size());
    if (!nothing_left.Holds()) saw = "file_left";
    const bool changed = saw != last && last != Outcome("none");
    trials.Record(saw, changed ? Window::kOpen : Window::kClosed);
    last = saw;
  }
}

const std::vector<Claim> kWhileItChanges = {
    May("one_file", "the owner had this file open at that moment", "pidfd_getfd(2)"),
    May("other_file", "the owner had this file open at that moment", "pidfd_getfd(2)"),
    Never("wrong_file", "that descriptor number never referred to this file", "pidfd_getfd(2)"),
    Never("file_left", "a descriptor was leaked", "pidfd_getfd(2)")};

constexpr std::string_view kWhileItLives =
    "the links in /proc/PID/fd are reliable until the PID is reused: see getfd_race/reissued";

const Registered<Torture> kDup2{{
    .name = "getfd_race/dup2",
    .question =
        "Is one of two files always fetched while the owner alternates between them by dup2?",
    .claims = kWhileItChanges,
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_getfd/child"},
              .claims = {Never("ebadf", "dup2 replaces the file atomically", "dup(2)")}},
    .legacy = {.claims = {May("enoent", "the link is looked up and followed in several steps",
                              "proc_pid_fd(5)")}},
    .no_control = kWhileItLives,
    .loop = [](Arena& arena, Path path,
               TrialLoop& trials) { TakeChanging(arena, path, trials, false); },
    .faults = {"wrong-file"},
}};

const Registered<Torture> kClose{{
    .name = "getfd_race/close",
    .question =
        "Is the right file or none fetched while the owner closes and reopens the descriptor?",
    .claims = kWhileItChanges,
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_getfd/child"},
              .claims = {May("ebadf", "the descriptor was closed at that moment",
                             "pidfd_getfd(2)")}},
    .legacy = {.claims = {May("enoent", "the descriptor was closed at that moment",
                              "proc_pid_fd(5)")}},
    .no_control = kWhileItLives,
    .loop = [](Arena& arena, Path path,
               TrialLoop& trials) { TakeChanging(arena, path, trials, true); },
    .faults = {"wrong-file", "file-left"},
}};

void TakeFromDying(Arena& arena, Path path, TrialLoop& trials) {
  Handle::PrepareProc(path);
  MeasureBaseline(arena, trials);
  const KnownFile file;
  Step waits;
  waits.Repeat(SYS_ppoll, {});
  Arena::Stub owner;
  std::optional<Handle> named;
  Outcome saw = "none";
  Race race(trials, {{"the owner ends and is reaped",
                      [&]() -> CallResult {
                        arena.End(owner);
                        return 0;
                      }},
                     {"take", [&]() -> CallResult {
                        const FdLeakCheck nothing_left;
                        Result<Fd> taken = named->CopyFd(kTakenFd);
                        const CallResult what = taken;
                        saw = Outcome::Of(taken.error());
                        if (taken.ok()) saw = file.Is(taken->get()) ? "the_file" : "wrong_file";
                        if (taken.ok()) taken->reset();
                        if (!nothing_left.Holds()) saw = "file_left";
                        return what;
                      }}});
  while (trials.Next()) {
    PutWhereTaken(file.fd());
    owner = SpawnScripted(arena, waits, {.with_pidfd = true, .sharing = kOwnTable});
    named = Handle::Of(owner, path);
    close(kTakenFd);
    race.Run();
    trials.Record(saw, race.window());
  }
}

const Registered<Torture> kExit{{
    .name = "getfd_race/exit",
    .question = "Is the right file or none fetched while the owner ends?",
    .pidfd =
        {.needs = {"clone3/pidfd", "pidfd_getfd/child"},
         .claims = {May("the_file", "the descriptor was fetched first", "pidfd_getfd(2)"),
                    May("ebadf",
                        "the owner has closed its descriptors; later kernels report ESRCH first",
                        "kernel/pid.c __pidfd_fget, Linux 7.1 (6.12.94, 6.1.176)"),
                    May("esrch", "the owner is gone", "pidfd_getfd(2)"),
                    May("eperm",
                        "denied by Yama while it is reaped, or by the missing memory without "
                        "CAP_SYS_PTRACE",
                        "security/yama/yama_lsm.c yama_ptrace_access_check, ptrace(2)"),
                    Never("wrong_file", "the owner never had this file open", "pidfd_getfd(2)"),
                    Never("file_left", "a descriptor was leaked", "pidfd_getfd(2)")}},
    .legacy =
        {.claims = {May("the_file", "the descriptor was fetched first", "proc_pid_fd(5)"),
                    May("enoent", "the link or the whole directory is gone", "proc_pid_fd(5)"),
                    May("eacces", "the owner ended after the link was looked up",
                        "fs/proc/base.c proc_pid_get_link"),
                    May("esrch", "the owner ended after the directory was looked up",
                        "fs/proc/fd.c"),
                    Never("wrong_file", "the owner never had this file open", "proc_pid_fd(5)"),
                    Never("file_left", "a descriptor was leaked", "open(2)")}},
    .no_control = kWhileItLives,
    .loop = TakeFromDying,
    .faults = {"wrong-file", "file-left"},
}};

// The stranger of one trial is the worker of the next.
void TakeStale(Arena& arena, Path path, TrialLoop& trials) {
  Handle::PrepareProc(path);
  MeasureBaseline(arena, trials);
  const KnownFile file;
  PutWhereTaken(file.fd());
  Arena::Stub worker = arena.SpawnWithPid(StubLife::kWaits, true, 0, kOwnTable);
  Handle stale = Handle::Of(worker, path);
  arena.End(worker);
  while (trials.Next()) {
    // Free since the worker was reaped; taken by the stranger here.
    Arena::Stub stranger = arena.SpawnWithPid(StubLife::kWaits, true, 0, kOwnTable);
    const Result<Fd> taken = stale.CopyFd(kTakenFd);
    trials.Record(taken.ok() ? Outcome("anothers_file") : Outcome::Of(taken.error()));
    stale = Handle::Of(stranger, path);
    arena.End(stranger);
  }
}

const Registered<Torture> kReissued{{
    .name = "getfd_race/reissued",
    .question =
        "Is a descriptor fetched from another process when the owner's PID has been reused?",
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_getfd/child"},
              .claims = {Must("esrch", "the owner is gone", "pidfd_getfd(2)"),
                         Never("anothers_file", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)")}},
    .legacy = {.claims = {Hazard("anothers_file", "/proc/PID/fd looks up the PID on each use",
                                 "proc_pid_fd(5)")}},
    .loop = TakeStale,
    .single_cpu = true,
    .faults = {"wrong-file"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::getfd_race
