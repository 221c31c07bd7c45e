// Core dumps to a socket: the connection names the process that crashes while its core is written.
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <utility>

#include "probes/system/pidfd_info.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/core_dump.h"
#include "scenarios/fixtures/core_record.h"
#include "scenarios/fixtures/core_socket.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::core_dump_socket {
namespace {

constexpr Crash kFault{.by = Crash::By::kFault, .to_socket = true};
constexpr std::string_view kNoRecord = "the dump's record is read by pidfd only";

// A child whose core is being written: it has not ended until Finish.
struct Dumping {
  explicit Dumping(Arena& arena, const Crash& crash = kFault)
      : crasher(Crasher::Make(arena, crash)) {}
  void Start() {
    crasher.child.Open();
    connection = socket.Accept(crasher.child);
  }
  void Finish() {
    TakeCore(std::move(connection));
    crasher.child.AwaitZombie();
  }

  CoreSocket socket;
  Crasher crasher;
  Fd connection;
};

// What the other end of the connection is called, by the option that a path has for it.
template <typename Name>
Name PeerOf(const Fd& connection, int option) {
  Name name{};
  socklen_t size = sizeof name;
  if (getsockopt(connection.get(), SOL_SOCKET, option, &name, &size) != 0)
    throw Unsupported("the connection of a core dump has no name");
  return name;
}

const Registered<Conformance> kPeer{{
    .name = "core_dump/socket_peer",
    .question = "Does the connection of a core dump name the process that crashes?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("names_crashing", "the kernel connects in the name of the process",
                    "Linux 6.16 fs/coredump.c")},
    .pidfd = {.needs = {"so_peerpidfd", "ioctl/info_pid"},
              .ask = [](Arena& arena) -> Outcome {
                Dumping dumping(arena);
                dumping.Start();
                const Fd peer(PeerOf<int>(dumping.connection, abi::kSoPeerPidfd));
                const PidfdInfoReply reply = tested::GetInfo(peer.get(), abi::kInfoPid);
                const pid_t child = dumping.crasher.child.pid();
                dumping.Finish();
                if (reply.error != 0) return Outcome::Of(reply.error);
                return reply.info.pid == static_cast<std::uint32_t>(child) ? "names_crashing"
                                                                           : "names_another";
              }},
    .legacy = {.ask = [](Arena& arena) -> Outcome {
      Dumping dumping(arena);
      dumping.Start();
      const pid_t peer = PeerOf<ucred>(dumping.connection, SO_PEERCRED).pid;
      dumping.Finish();
      return peer == dumping.crasher.child.pid() ? "names_crashing" : "names_another";
    }},
}};

const Registered<Conformance> kNotEnded{{
    .name = "core_dump/socket_held",
    .question = "Does a process look ended while its core is being written?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("not_ended", "it exits once its core is written",
                    "kernel/signal.c get_signal, fs/coredump.c")},
    .pidfd = {.needs = {"pidfd_open", "poll", "waitid/p_pidfd"}},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Dumping dumping(arena);
      const Handle handle = Handle::To(dumping.crasher.child, path);
      dumping.Start();
      const Result<bool> ended = handle.Ended();
      const Outcome waited = Outcome::Of(handle.Wait(WEXITED | WNOHANG | WNOWAIT));
      dumping.Finish();
      if (!ended.ok()) return Outcome::Of(ended.error());
      if (waited != Outcome("running")) return waited;
      return *ended ? "ended" : "not_ended";
    },
}};

const Registered<Conformance> kRecord{{
    .name = "core_dump/socket_record",
    .question = "Does PIDFD_GET_INFO report a core dump to the socket's owner as it begins?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"so_peerpidfd", "ioctl/info_coredump"},
              .claims = {Must("recorded", "PIDFD_COREDUMPED is set before the connection is made",
                              "Linux 6.16 fs/coredump.c, fs/pidfs.c pidfs_coredump")},
              .ask = [](Arena& arena) -> Outcome {
                Dumping dumping(arena);
                dumping.Start();
                const Fd peer(PeerOf<int>(dumping.connection, abi::kSoPeerPidfd));
                const PidfdInfoReply reply =
                    tested::GetInfo(peer.get(), abi::kInfoCoredump, abi::kPidfdInfoSize616);
                dumping.Finish();
                return RecordOfCore(reply);
              }},
    .legacy = NotPossible(kNoRecord),
}};

const Registered<Conformance> kReaped{{
    .name = "core_dump/socket_record_reaped",
    .question = "Does PIDFD_GET_INFO report a core dump to a socket once the process is reaped?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_coredump"},
              .claims = {Must("recorded", "PIDFD_COREDUMPED is kept with the pidfd",
                              "Linux 6.16 fs/pidfs.c pidfd_info")},
              .ask = [](Arena& arena) -> Outcome {
                Dumping dumping(arena);
                const Fd pidfd = Require(tested::PidfdOpen(dumping.crasher.child.pid(), 0));
                dumping.Start();
                dumping.Finish();
                dumping.crasher.child.Reap();
                return RecordOfCore(tested::GetInfo(
                    pidfd.get(), abi::kInfoCoredump | abi::kInfoExit, abi::kPidfdInfoSize616));
              }},
    .legacy = NotPossible(kNoRecord),
}};

// A field of the record of a dump.
template <typename Word>
Outcome Field(Arena& arena, std::uint64_t bit, Word word, const Crash& crash = kFault) {
  Dumping dumping(arena, crash);
  const Fd pidfd = Require(tested::PidfdOpen(dumping.crasher.child.pid(), 0));
  dumping.Start();
  const PidfdInfoReply reply =
      tested::GetInfo(pidfd.get(), abi::kInfoCoredump | bit, abi::kPidfdInfoSize71);
  dumping.Finish();
  if (reply.error != 0) return Outcome::Of(reply.error);
  return reply.Has(bit) ? word(reply.info) : Outcome("not_reported");
}

const Registered<Conformance> kSignal{{
    .name = "core_dump/socket_signal",
    .question = "Does PIDFD_GET_INFO report the signal that a core is dumped for?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_coredump_signal"},
              .claims = {Must("sigsegv", "coredump_signal",
                              "Linux 6.19 fs/pidfs.c pidfs_coredump")},
              .ask =
                  [](Arena& arena) {
                    return Field(arena, abi::kInfoCoredumpSignal, [](const abi::PidfdInfo& info) {
                      return Outcome(info.coredump_signal == SIGSEGV ? "sigsegv"
                                                                     : "another_signal");
                    });
                  }},
    .legacy = NotPossible(kNoRecord),
}};

const Registered<Conformance> kCode{{
    .name = "core_dump/socket_code",
    .question = "Does PIDFD_GET_INFO report why the signal of a core dump was sent?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_coredump_code"},
              .claims = {Must("segv_maperr",
                              "coredump_code is the si_code: nothing is mapped there",
                              "Linux 7.1 fs/pidfs.c pidfs_coredump, sigaction(2)")},
              .ask =
                  [](Arena& arena) {
                    return Field(arena, abi::kInfoCoredumpCode, [](const abi::PidfdInfo& info) {
                      return Outcome(static_cast<std::uint32_t>(info.at_72) == SEGV_MAPERR
                                         ? "segv_maperr"
                                         : "another_code");
                    });
                  }},
    .legacy = NotPossible(kNoRecord),
}};

constexpr Crash kAbort{.to_socket = true};

const Registered<Conformance> kAborted{{
    .name = "core_dump/socket_abort",
    .question = "Does PIDFD_GET_INFO report the signal and its origin of a child that aborted?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"pidfd_open", "ioctl/info_coredump_code"},
              .claims = {Must("sigabrt_of_user", "SIGABRT, and SI_USER: it was sent by kill(2)",
                              "Linux 7.1 fs/pidfs.c pidfs_coredump, sigaction(2)")},
              .ask =
                  [](Arena& arena) {
                    return Field(
                        arena, abi::kInfoCoredumpSignal | abi::kInfoCoredumpCode,
                        [](const abi::PidfdInfo& info) {
                          if (info.coredump_signal != SIGABRT) return Outcome("another_signal");
                          return Outcome(static_cast<std::uint32_t>(info.at_72) == SI_USER
                                             ? "sigabrt_of_user"
                                             : "another_code");
                        },
                        kAbort);
                  }},
    .legacy = NotPossible(kNoRecord),
}};

// A crash whose core finds no reader.
template <CoreSocket::State kState>
Outcome Unread(Arena& arena, Path path) {
  const CoreSocket socket(kState);
  const Crasher crasher = Crasher::Make(arena, kFault);
  const Handle handle = Handle::To(crasher.child, path);
  crasher.Fall();
  return Outcome::Of(handle.Wait(WEXITED | WNOHANG | WNOWAIT));
}

const std::vector<Claim> kUnread = {Must("killed",
                                         "no core is dumped, and the process ends all the same",
                                         "core(5), Linux 6.16 fs/coredump.c")};

const Registered<Conformance> kAbsent{{
    .name = "core_dump/socket_absent",
    .question = "Is a crash reported as a core dump if the socket of core_pattern does not exist?",
    .without_pid_namespace = kBothPaths,
    .claims = kUnread,
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd", "ioctl/info_coredump"}},
    .legacy = {.needs = {"ioctl/info_coredump"}},
    .ask = Unread<CoreSocket::kIsAbsent>,
}};

const Registered<Conformance> kDeaf{{
    .name = "core_dump/socket_not_listening",
    .question = "Is a crash reported as a core dump if the socket of core_pattern takes no "
                "connections?",
    .without_pid_namespace = kBothPaths,
    .claims = kUnread,
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd", "ioctl/info_coredump"}},
    .legacy = {.needs = {"ioctl/info_coredump"}},
    .ask = Unread<CoreSocket::kDoesNotListen>,
}};

const Registered<Conformance> kClient{{
    .name = "core_dump/socket_client",
    .question = "Does PIDFD_GET_INFO tell a process that just connects to the socket from one "
                "that dumps core?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = {"so_peerpidfd", "ioctl/info_coredump"},
              .claims = {Must("not_recorded", "only the kernel sets PIDFD_COREDUMPED",
                              "Linux 6.16 fs/pidfs.c pidfs_coredump")},
              .ask = [](Arena&) -> Outcome {
                const CoreSocket socket;
                const Fd client = ConnectToCoreSocket();
                Require(bool(client));
                const Fd connection = socket.AcceptWaiting();
                const Fd peer(PeerOf<int>(connection, abi::kSoPeerPidfd));
                return RecordOfCore(
                    tested::GetInfo(peer.get(), abi::kInfoCoredump, abi::kPidfdInfoSize616));
              }},
    .legacy = NotPossible(kNoRecord),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::core_dump_socket
