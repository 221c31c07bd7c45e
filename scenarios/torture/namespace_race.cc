// The namespaces of a process are looked up, or joined, as it exits, or when a stranger has its
// PID. The result must be the namespace of that process, or an error. In Linux 6.11 to 6.11.2
// PIDFD_GET_PID_NAMESPACE oopsed for a process that had none any more.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <utility>
#include <vector>

#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/system/yield_until.h"
#include "scenarios/arena/scripted_child.h"
#include "scenarios/fixtures/proc.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/tested.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::namespace_race {
namespace {

// A child like a stub, but with a UTS namespace of its own.
constexpr std::uint64_t kOwnUts = Arena::kShareAll | CLONE_NEWUTS;
constexpr std::string_view kHostName = "pidproof-worker";
constexpr char kItsOwn[] = "its_own";
constexpr char kWrong[] = "wrong_namespace";

Result<Fd> OpenOf(const Arena::Stub& of, const char* space) {
  char path[48];
  *fmt::format_to_n(path, sizeof path - 1, "/proc/{}/ns/{}", of.pid, space).out = '\0';
  Fd opened(open(path, O_RDONLY | O_CLOEXEC));
  return opened ? Result<Fd>(std::move(opened)) : Result<Fd>::Errno(errno);
}

// How one path gets the namespaces of a process.
struct Reach {
  void (*prepare)();
  Result<Fd> (*pid_namespace)(const Arena::Stub& of);
  sys::Status (*enter_uts)(const Arena::Stub& of);
  static const Reach& By(Path path);
};

constexpr Reach kReach[] = {
    /* by pidfd */
    {[] {},
     [](const Arena::Stub& of) {
       constexpr unsigned kGetPidNamespace = abi::kGetPidNamespace;
       const sys::Status got = tested::Ioctl(of.pidfd.get(), kGetPidNamespace, 0);
       return got.ok() ? Result<Fd>(Fd(*got)) : Result<Fd>::Errno(got.error());
     },
     [](const Arena::Stub& of) { return tested::Setns(of.pidfd.get(), CLONE_NEWUTS); }},
    /* by PID */
    {proc::ShowOwn, [](const Arena::Stub& of) { return OpenOf(of, "pid"); },
     [](const Arena::Stub& of) {
       const Result<Fd> opened = OpenOf(of, "uts");
       if (!opened.ok()) return sys::Status::Errno(opened.error());
       return proc::Join(opened->get(), CLONE_NEWUTS);
     }},
};

const Reach& Reach::By(Path path) { return kReach[static_cast<std::size_t>(path)]; }

ino_t Inode(const Fd& space) {
  struct stat status;
  Require(fstat(space.get(), &status) == 0);
  return status.st_ino;
}

// Keeps the trial's own namespaces, to return to them.
class Home {
 public:
  Home(Arena& arena, const Reach& reach)
      : arena_(arena), reach_(reach), keeper_(arena.SpawnWithPid(StubLife::kWaits, true, kSlot)) {}
  ~Home() { arena_.End(keeper_); }
  Home(const Home&) = delete;
  void Return() const { Require(reach_.enter_uts(keeper_)); }
  const Arena::Stub& keeper() const { return keeper_; }

 private:
  static constexpr pid_t kSlot = 1;
  Arena& arena_;
  const Reach& reach_;
  Arena::Stub keeper_;
};

// Asks as the process made for each trial exits. The call returns its result for the record; judge
// turns it into an outcome.
template <typename Spawn, typename Ask>
void AskAsItEnds(Arena& arena, TrialLoop& trials, Spawn spawn, const char* what, Ask ask) {
  Arena::Stub worker;
  Outcome saw = "none";
  Race race(trials, {{"the process ends and is reaped",
                      [&]() -> CallResult {
                        arena.End(worker);
                        return 0;
                      }},
                     {what, [&]() -> CallResult { return ask(worker, saw); }}});
  while (trials.Next()) {
    worker = spawn();
    race.Run();
    trials.Record(saw, race.window());
  }
}

void LookUp(Arena& arena, Path path, TrialLoop& trials) {
  const Reach& reach = Reach::By(path);
  reach.prepare();
  MeasureBaseline(arena, trials);
  const Home home(arena, reach);
  const ino_t ours = Inode(Require(reach.pid_namespace(home.keeper())));
  AskAsItEnds(
      arena, trials, [&] { return arena.SpawnWithPid(StubLife::kWaits, true); },
      "opens its PID namespace",
      [&](const Arena::Stub& worker, Outcome& saw) -> CallResult {
        const Result<Fd> got = reach.pid_namespace(worker);
        saw = Outcome::Of(got.error());
        if (got.ok()) saw = Inode(*got) == ours ? kItsOwn : kWrong;
        return got;
      });
}

// A child that sets the host name of its own UTS namespace, reports that, and lives.
class Named {
 public:
  explicit Named(Arena& arena) : arena_(arena) {
    names_.Set(SYS_sethostname,
               {reinterpret_cast<long>(kHostName.data()), static_cast<long>(kHostName.size())},
               named_);
    named_.Set(SYS_getpid, {}, lives_);
    lives_.Repeat(SYS_ppoll, {});
  }
  Arena::Stub Spawn() {
    named_.answer = 0;
    Arena::Stub child = SpawnScripted(arena_, names_, {.with_pidfd = true, .sharing = kOwnUts});
    YieldUntil([&] { return named_.answer != 0; });
    if (names_.answer < 0) throw Unsupported("a UTS namespace cannot be given a name here");
    return child;
  }

 private:
  Arena& arena_;
  Step names_;
  Step named_;
  Step lives_;
};

bool IsInNamed() {
  utsname here;
  return uname(&here) == 0 && here.nodename == kHostName;
}

void Enter(Arena& arena, Path path, TrialLoop& trials) {
  const Reach& reach = Reach::By(path);
  reach.prepare();
  MeasureBaseline(arena, trials);
  const Home home(arena, reach);
  Named named(arena);
  AskAsItEnds(
      arena, trials, [&] { return named.Spawn(); }, "setns",
      [&](const Arena::Stub& worker, Outcome& saw) -> CallResult {
        const sys::Status entered = reach.enter_uts(worker);
        saw = Outcome::Of(entered.error());
        if (!entered.ok()) return entered;
        saw = IsInNamed() ? kItsOwn : kWrong;
        home.Return();
        return entered;
      });
}

// The stranger of one trial is the worker of the next.
void EnterStale(Arena& arena, Path path, TrialLoop& trials) {
  const Reach& reach = Reach::By(path);
  reach.prepare();
  const OnOneProcessor here;
  MeasureBaseline(arena, trials);
  const Home home(arena, reach);
  Arena::Stub worker = arena.SpawnWithPid(StubLife::kWaits, true, 0, kOwnUts);
  arena.End(worker);
  while (trials.Next()) {
    // Free since the worker was reaped; taken by the stranger here.
    Arena::Stub stranger = arena.SpawnWithPid(StubLife::kWaits, true, 0, kOwnUts);
    const sys::Status entered = reach.enter_uts(worker);
    trials.Note("setns", entered);
    if (entered.ok()) home.Return();
    trials.Record(entered.ok() ? Outcome("entered_stranger") : Outcome::Of(entered));
    arena.End(stranger);
    worker = std::move(stranger);
  }
}

std::vector<Claim> OfPidfdAsItEnds(std::string_view call) {
  return {May(kItsOwn, "the descriptor was fetched first", call),
          May("esrch", "the process is gone", call),
          Never(kWrong, "the process was never in this namespace", call)};
}

const std::vector<Claim> kOfLinkAsItEnds = {
    May(kItsOwn, "the descriptor was fetched first", "namespaces(7)"),
    May("enoent", "the link or the whole directory is gone", "namespaces(7)"),
    May("eacces", "the process ended after the link was looked up",
        "fs/proc/namespaces.c proc_ns_get_link"),
    May("esrch", "the process ended after the directory was looked up", "fs/proc/namespaces.c"),
    Never(kWrong, "the process was never in this namespace", "namespaces(7)")};

constexpr std::string_view kPidfdIoctl = "Linux 6.11.3 fs/pidfs.c pidfd_ioctl";
constexpr std::string_view kWhileItIs =
    "the links in /proc/PID/ns are reliable until the PID is reused: see namespace_race/reissued";

std::vector<Claim> ClaimsOfIoctl() {
  std::vector<Claim> claims = OfPidfdAsItEnds(kPidfdIoctl);
  claims.push_back(May("eopnotsupp",
                       "reaped between two checks: reported as on a kernel without PID namespaces",
                       kPidfdIoctl));
  return claims;
}

const Registered<Torture> kLookUp{{
    .name = "namespace_race/get",
    .question = "Is the right PID namespace or none returned for a process that ends?",
    .pidfd = {.needs = {"clone3/pidfd", "ioctl/pid_namespace"}, .claims = ClaimsOfIoctl()},
    .legacy = {.claims = kOfLinkAsItEnds},
    .no_control = kWhileItIs,
    .loop = LookUp,
    .pids = 2,
    .faults = {"wrong-namespace"},
}};

const Registered<Torture> kEnter{{
    .name = "namespace_race/enter",
    .question =
        "Does setns into the UTS namespace of a process that ends enter that namespace or none?",
    .pidfd = {.needs = {"clone3/pidfd", "setns/pidfd"}, .claims = OfPidfdAsItEnds("setns(2)")},
    .legacy = {.needs = {"setns/pidfd"}, .claims = kOfLinkAsItEnds},
    .no_control = kWhileItIs,
    .loop = Enter,
    .pids = 2,
    .faults = {"wrong-namespace"},
}};

const Registered<Torture> kReissued{{
    .name = "namespace_race/reissued",
    .question =
        "Which UTS namespace does setns enter when the process is reaped and its PID reused?",
    .pidfd = {.needs = {"clone3/pidfd", "setns/pidfd"},
              .claims = {Must("esrch", "the process is gone", "setns(2)"),
                         Never("entered_stranger", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)")}},
    .legacy = {.needs = {"setns/pidfd"},
               .claims = {Hazard("entered_stranger", "/proc/PID/ns looks up the PID on each use",
                                 "namespaces(7)")}},
    .loop = EnterStale,
    .pids = 2,
    .single_cpu = true,
    .faults = {"wrong-namespace"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::namespace_race
