#include "probes/refusal/restriction.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <sstream>
#include <tuple>
#include <utility>

#include "probes/refusal/refused_calls.h"
#include "probes/system/errno_name.h"
#include "probes/system/fd.h"
#include "probes/system/frame.h"
#include "probes/system/sys.h"

namespace pidproof::refusal {

namespace {

// What a trial needs, with some margin: conformance has up to ten children at once.
constexpr int kProcesses = 16;
constexpr std::uint64_t kDescriptors = 32;
constexpr std::uint64_t kHighDescriptor = 128;  // some descriptors are requested by number
constexpr int kQueuedSignals = 8;
constexpr std::size_t kMemory = std::size_t{64} << 20;
constexpr std::uint64_t kFileSize = 1 << 20;
constexpr std::uint64_t kProcessorSeconds = 60;

// A limit that is set, and lower than that.
std::optional<std::uint64_t> LessThan(__rlimit_resource resource, std::uint64_t enough) {
  rlimit limit{};
  if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return limit.rlim_cur < enough ? std::optional<std::uint64_t>(limit.rlim_cur) : std::nullopt;
}

// The limit's name with its value where it is too low, else its usual description.
std::string NameOf(__rlimit_resource resource, const char* name, std::uint64_t enough,
                   const char* otherwise) {
  const std::optional<std::uint64_t> limit = LessThan(resource, enough);
  return limit ? fmt::format("{} {}", name, *limit) : otherwise;
}

// Children at the same time, each until its parent's end of the pipe is closed.
int TryProcesses() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return errno;
  const Fd reading(ends[0]);
  Fd writing(ends[1]);
  const pid_t parent = getpid();
  std::vector<pid_t> children;
  int error = 0;
  while (children.size() < kProcesses && error == 0) {
    const Result<pid_t> child = sys::Fork();
    error = child.error();
    if (!child.ok()) break;
    if (*child == 0) {
      sys::DieWithParent(parent);
      writing.reset();
      char nothing;
      _exit(static_cast<int>(read(reading.get(), &nothing, 1)));
    }
    children.push_back(*child);
  }
  // Where closing is refused they live on, and die with this process.
  if (close(writing.release()) != 0) return errno;
  for (const pid_t child : children) {
    while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  return error;
}

// Real-time signals queue up while they are blocked, each with its value (signal(7)).
int TryQueue() {
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGRTMIN);
  if (sigprocmask(SIG_BLOCK, &blocked, nullptr) != 0) return errno;
  for (int i = 0; i < kQueuedSignals; ++i) {
    if (sigqueue(getpid(), SIGRTMIN, {}) != 0) return errno;
  }
  return 0;
}

int TryMemory() {
  void* const taken =
      mmap(nullptr, kMemory, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (taken == MAP_FAILED) return errno;
  munmap(taken, kMemory);
  return 0;
}

// Every user may read the root directory, unless a security module forbids it (landlock(7)).
int TryFiles() {
  const Fd root(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return root ? 0 : errno;
}

// Something to try where the trials will run, and the restriction that follows from its errno.
struct Need {
  int (*take)();  // the errno, 0 when it works
  Restriction (*lack)(int error);
};

const Need kNeeds[] = {
    {TryProcesses,
     [](int error) -> Restriction {
       return {NameOf(RLIMIT_NPROC, "RLIMIT_NPROC", 4096,
                      "a limit on processes (pids.max, RLIMIT_NPROC)"),
               {error, EAGAIN},
               {},
               true};
     }},
    {TryQueue,
     [](int error) -> Restriction {
       return {NameOf(RLIMIT_SIGPENDING, "RLIMIT_SIGPENDING", 64, "a limit on queued signals"),
               {error},
               {},
               true};
     }},
    {TryMemory,
     [](int error) -> Restriction {
       const std::string data = NameOf(RLIMIT_DATA, "RLIMIT_DATA", kMemory, "a limit on memory");
       return {NameOf(RLIMIT_AS, "RLIMIT_AS", 4 * kMemory, data.c_str()),
               {error, ENOMEM, EAGAIN},
               {SIGSEGV, SIGABRT},
               true};
     }},
    {TryFiles,
     [](int error) -> Restriction {
       return {fmt::format("files may not be opened ({}; a security module such as Landlock)",
                           ErrnoName(error)),
               {error}};
     }},
};

// It is not known what else a filter refuses. Containers have one, too: only answers that no claim
// lists are suspect.
const Restriction kFilter{.name = "a seccomp filter", .errors = {EPERM, ENOSYS}};

// From the body: that need, or call, is refused with that errno.
constexpr char kNeed = 'n';
constexpr char kCall = 'c';
constexpr char kFiltered = 'f';  // a filter is installed

void SendRefusal(const FrameWriter& up, char kind, std::size_t which, int error) {
  if (error != 0) SendValues(up, kind, which, error);
}

void TryNeeds(const FrameWriter& up) {
  for (std::size_t i = 0; i < std::size(kNeeds); ++i) SendRefusal(up, kNeed, i, kNeeds[i].take());
}

void TryCalls(const FrameWriter& up) {
  if (!MayBeFiltered()) return;
  up.Send(kFiltered, "");
  for (std::size_t i = 0; i < CountOwnCalls(); ++i) SendRefusal(up, kCall, i, RefusalOfOwnCall(i));
}

// Limits that can be read instead of tried.
void AddLimits(std::vector<Restriction>& found) {
  if (const auto limit = LessThan(RLIMIT_NOFILE, kHighDescriptor)) {
    found.push_back({fmt::format("RLIMIT_NOFILE {}", *limit),
                     {EMFILE, EBADF, EINVAL},
                     {},
                     *limit < kDescriptors});
  }
  if (const auto limit = LessThan(RLIMIT_FSIZE, kFileSize)) {
    found.push_back({fmt::format("RLIMIT_FSIZE {}", *limit), {EFBIG}, {SIGXFSZ}});
  }
  if (const auto limit = LessThan(RLIMIT_CPU, kProcessorSeconds)) {
    found.push_back({fmt::format("RLIMIT_CPU {}", *limit), {}, {SIGXCPU, SIGKILL}});
  }
  if (const auto limit = LessThan(RLIMIT_RTTIME, 1'000'000 * kProcessorSeconds)) {
    found.push_back({fmt::format("RLIMIT_RTTIME {}", *limit), {}, {SIGXCPU, SIGKILL}});
  }
}

// The options of the last mount on /proc: each mount hides those before it (proc_pid_mountinfo(5)).
std::string ProcOptions() {
  std::ifstream mounts("/proc/self/mountinfo");
  std::string options;
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string word, on;
    for (int i = 0; i < 5 && words >> word; ++i) on = word;
    const std::size_t super = line.rfind(' ');
    if (on == "/proc" && super != std::string::npos) options = line.substr(super + 1);
  }
  return options;
}

// proc(5): for processes without access, the directory of another process answers EPERM
// (hidepid=1), or does not exist (2, invisible; 4, ptraceable; ProtectProc= of systemd).
void AddProc(std::vector<Restriction>& found) {
  std::istringstream options(ProcOptions());
  for (std::string option; std::getline(options, option, ',');) {
    if (!option.starts_with("hidepid=") && !option.starts_with("subset=")) continue;
    if (option == "hidepid=0" || option == "hidepid=off") continue;
    found.push_back({fmt::format("/proc is mounted with {}", option), {ENOENT, EPERM, EACCES}});
  }
}

// ptrace(2): a signal stops the process until its tracer lets it be delivered, and a fatal one
// kills before that. Tracing extends to descendants (strace -f).
void AddTracer(std::vector<Restriction>& found) {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    int tracer = 0;
    if (word == "TracerPid:" && status >> tracer && tracer != 0) {
      found.push_back({.name = "a tracer (strace, a debugger)", .spoils_everything = true});
    }
  }
}

Restriction FromBadEnd(const Ended& ended) {
  const std::string error = ErrnoName(ended.number);
  switch (ended.how) {
    case Ended::kNotStarted:
      return {fmt::format("{} is refused ({})", ended.text, error), {ended.number}, {}, true};
    case Ended::kSignalled:
      return {fmt::format("a call of the harness's is answered with {}", SignalName(ended.number)),
              {},
              {ended.number},
              true};
    default:
      return {ended.text.empty() ? "no trial can be set up here" : ended.text, {}, {}, true};
  }
}

void AddBadEnd(const Ended& ended, std::vector<Restriction>& found) {
  if (ended.how == Ended::kReturned || ended.how == Ended::kStopped) return;
  Restriction bad = FromBadEnd(ended);
  const bool known = std::ranges::find(found, bad.name, &Restriction::name) != found.end();
  if (!known) found.push_back(std::move(bad));
}

}  // namespace

std::vector<Restriction> FindRestrictions(Isolation isolation, std::chrono::milliseconds deadline,
                                          const std::function<void()>& enter) {
  std::vector<Restriction> found;
  AddLimits(found);
  AddProc(found);
  AddTracer(found);
  const auto on_frame = [&](const Frame& frame) {
    if (frame.kind == kFiltered) found.push_back(kFilter);
    if (frame.kind != kNeed && frame.kind != kCall) return;
    const auto [which, error] = ValueOf<std::tuple<std::size_t, int>>(frame);
    if (which >= (frame.kind == kNeed ? std::size(kNeeds) : CountOwnCalls()))
      throw MalformedFrame();
    found.push_back(frame.kind == kNeed ? kNeeds[which].lack(error) : RefusedOwnCall(which, error));
  };
  // The calls are tried in a plain child, in case a namespace is impossible without one of them.
  const Ended calls = Isolate(
      Isolation::kChild, deadline,
      [&](const FrameWriter& up) {
        enter();
        TryCalls(up);
      },
      on_frame);
  AddBadEnd(calls, found);
  const Ended needs = Isolate(
      isolation, deadline,
      [&](const FrameWriter& up) {
        enter();
        TryNeeds(up);
      },
      on_frame);
  AddBadEnd(needs, found);
  return found;
}

}  // namespace pidproof::refusal
