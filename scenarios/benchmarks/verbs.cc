// What is done to one process, by pidfd and by PID: as it lives, as a zombie, and when it is gone.
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "probes/registry.h"
#include "probes/system/abi.h"
#include "probes/system/pidfd_info.h"
#include "probes/system/read_file.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/arena/arena.h"
#include "scenarios/benchmarks/row.h"
#include "scenarios/benchmarks/target.h"

namespace pidproof::scenarios::benchmarks::verbs {
namespace {

// One call by one path. It returns whether it was answered: with success, or as one is for a
// process that is gone.
struct Verb {
  std::string_view topic;  // verbs or identify
  std::string_view call;
  Path path;
  const char* mechanism;
  bool (*call_it)(const Target& target);
  bool by_proc = false;  // reads /proc
};

bool IsGone(int error) { return error == 0 || error == ESRCH || error == ECHILD; }

bool SendsByPidfd(const Target& target, int signal) {
  return IsGone(sys::PidfdSendSignal(target.pidfd(), signal, nullptr, 0).error());
}
bool SendsByPid(const Target& target, int signal) {
  return IsGone(sys::Kill(target.pid(), signal).error());
}

bool Waits(int type, int id) {
  return IsGone(sys::Waitid(type, id, WEXITED | WNOHANG | WNOWAIT).error());
}

std::string ProcFile(const Target& target, const char* name) {
  return fmt::format("/proc/{}/{}", target.pid(), name);
}

bool Opens(const std::string& path, int flags) {
  const Fd opened(open(path.c_str(), flags | O_CLOEXEC));
  return opened.get() >= 0 || errno == ENOENT;
}

// An open, a read and a close, as programs read such files.
bool Reads(const std::string& path) {
  const Result<std::string> text = ReadFile(path);
  return text.ok() || text.error() == ENOENT || text.error() == ESRCH;
}

// A signal that is ignored unless a program asks for it: it is sent in full, and changes nothing.
constexpr int kHarmless = SIGURG;

const Verb kVerbs[] = {
    {"verbs", "signal_0", kPidfd, "pidfd_send_signal(2) of 0",
     [](const Target& target) { return SendsByPidfd(target, 0); }},
    {"verbs", "signal_0", kLegacyPid, "kill(2) of 0",
     [](const Target& target) { return SendsByPid(target, 0); }},
    {"verbs", "signal", kPidfd, "pidfd_send_signal(2) of SIGURG",
     [](const Target& target) { return SendsByPidfd(target, kHarmless); }},
    {"verbs", "signal", kLegacyPid, "kill(2) of SIGURG",
     [](const Target& target) { return SendsByPid(target, kHarmless); }},
    {"verbs", "wait", kPidfd, "waitid(2) of P_PIDFD with WNOHANG and WNOWAIT",
     [](const Target& target) { return Waits(abi::kIdPidfd, target.pidfd()); }},
    {"verbs", "wait", kLegacyPid, "waitid(2) of P_PID with WNOHANG and WNOWAIT",
     [](const Target& target) { return Waits(P_PID, target.pid()); }},
    {"verbs", "has_ended", kPidfd, "poll(2) of a pidfd",
     [](const Target& target) { return sys::Poll(target.pidfd(), POLLIN, 0).ok(); }},
    {"verbs", "has_ended", kLegacyPid, "kill(2) of 0, which takes a zombie for alive",
     [](const Target& target) { return SendsByPid(target, 0); }},
    {"verbs", "open_close", kPidfd, "pidfd_open(2) and close(2)",
     [](const Target& target) { return IsGone(sys::PidfdOpen(target.pid(), 0).error()); }},
    {"verbs", "open_close", kLegacyPid, "open(2) of /proc/PID and close(2)",
     [](const Target& target) { return Opens(ProcFile(target, ""), O_PATH | O_DIRECTORY); }, true},
    {"identify", "fstat", kPidfd, "fstat(2) of a pidfd",
     [](const Target& target) {
       struct stat status;
       return fstat(target.pidfd(), &status) == 0;
     }},
    {"identify", "statx", kPidfd, "statx(2) of a pidfd",
     [](const Target& target) {
       struct statx status;
       return sys::Statx(target.pidfd(), STATX_INO, &status).ok();
     }},
    {"identify", "get_info", kPidfd, "ioctl(2) PIDFD_GET_INFO, 6.13 and later",
     [](const Target& target) { return IsGone(GetInfo(target.pidfd(), abi::kInfoPid).error); }},
    {"identify", "file_handle", kPidfd, "name_to_handle_at(2) of a pidfd, 6.14 and later",
     [](const Target& target) {
       abi::PidfdHandle handle{};
       return sys::NameToHandle(target.pidfd(), handle).ok();
     }},
    {"identify", "fdinfo", kPidfd, "a read of /proc/self/fdinfo/FD",
     [](const Target& target) {
       return Reads(fmt::format("/proc/self/fdinfo/{}", target.pidfd()));
     }},
    {"identify", "stat_file", kLegacyPid, "a read of /proc/PID/stat",
     [](const Target& target) { return Reads(ProcFile(target, "stat")); }, true},
};

void Measure(benchmark::State& state, const Verb& verb, State of) {
  if (of == State::kDead && !HasOwnNamespace()) {
    throw Unsupported("needs a PID namespace of its own, which is refused here");
  }
  if (verb.by_proc && !HasOwnProc()) {
    throw Unsupported("needs a /proc of the PID namespace, which cannot be mounted here");
  }
  const Target target(of);
  if (!verb.call_it(target)) throw Unsupported("needs a kernel that has the call");
  const OnOneProcessor here;
  for (auto _ : state) benchmark::DoNotOptimize(verb.call_it(target));
}

void AddRows(Amount) {
  for (const Verb& verb : kVerbs) {
    for (const State of : kStates) {
      Register(RowName(verb.topic, {{"call", std::string(verb.call)},
                                    {"state", std::string(Word(of))},
                                    {"path", std::string(Word(verb.path))}}),
               verb.mechanism, [&verb, of](benchmark::State& state) { Measure(state, verb, of); });
    }
  }
}

const Registered<RowSource> kRows{{.name = "verbs", .add = AddRows}};

}  // namespace
}  // namespace pidproof::scenarios::benchmarks::verbs
