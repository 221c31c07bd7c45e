// A socket names one process to another, and the process exits while its name is in flight or being
// asked for; then its PID is reused. A pidfd that arrives names that process, which is gone; a PID
// names the stranger that has it now.
#include <fcntl.h>
#include <signal.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "probes/system/require.h"
#include "probes/system/unix_socket.h"
#include "scenarios/arena/scripted_child.h"
#include "scenarios/fixtures/sockets.h"
#include "scenarios/handle.h"
#include "scenarios/loop/baseline.h"
#include "scenarios/loop/race.h"
#include "scenarios/torture.h"

namespace pidproof::scenarios::torture::socket_race {
namespace {

// The open descriptors of this process, without the timer that disturbs a race.
int CountOpen() {
  constexpr int kMost = 128;
  int count = 0;
  itimerspec timer;
  for (int fd = 0; fd < kMost; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0 && timerfd_gettime(fd, &timer) != 0) ++count;
  }
  return count;
}

// Whether descriptors have leaked, checked every few trials.
class Table {
 public:
  bool HasGrown(std::uint64_t trial) {
    constexpr std::uint64_t kBetween = 64;
    if (trial % kBetween != 0) return false;
    const int now = CountOpen();
    const bool grown = count_ && now > *count_;
    count_ = now;
    return grown;
  }

 private:
  std::optional<int> count_;
};

// Act: the process is killed and reaped, and its PID reused.
CallResult Replace(Arena& arena, pid_t pid, Arena::Stub& stranger) {
  Require(sys::Kill(pid, SIGKILL));
  Require(sys::Waitid(P_PID, pid, WEXITED));
  // The PID is free here.
  stranger = arena.SpawnWithPid(StubLife::kWaits, false);
  return stranger.pid;
}

// Uses the name of a process that is gone, and kills the stranger that has its PID.
Outcome Use(Arena& arena, const Handle& name, const Arena::Stub& stranger) {
  const bool gone = Require(name.Ended());
  const sys::Status sent = name.Signal(SIGUSR1);
  const siginfo_t ended = arena.End(stranger, SIGUSR2);
  if (ended.si_status == SIGUSR1) return "hit_stranger";
  return gone && sent.error() == ESRCH ? "gone" : "still_there";
}

// How one path sends a name and receives it. What has been sent is closed.
struct Passing {
  int (*send)(int socket, Arena::Stub& process);
  Result<Handle> (*receive)(int socket, const Arena::Stub& sent);
  static const Passing& By(Path path);
};

int SendPidfd(int socket, Arena::Stub& process) {
  const int error = SendWith(socket, SCM_RIGHTS, process.pidfd.get());
  process.pidfd.reset();
  return error;
}

Result<Handle> ReceivePidfd(int socket, const Arena::Stub& sent) {
  int pidfd = -1;
  const Result<ControlMessage> message = ReceiveWith(socket, SCM_RIGHTS, pidfd);
  if (!message.ok()) return Result<Handle>::Errno(message.error());
  if (!message->came) return Result<Handle>::Errno(ENOMSG);
  return Handle::From(sent.pid, Fd(pidfd), kPidfd);
}

int SendPid(int socket, Arena::Stub& process) {
  return write(socket, &process.pid, sizeof process.pid) == sizeof process.pid ? 0 : errno;
}

Result<Handle> ReceivePid(int socket, const Arena::Stub&) {
  pid_t pid = 0;
  if (read(socket, &pid, sizeof pid) != sizeof pid) return Result<Handle>::Errno(errno);
  return Handle::From(pid, Fd(), kLegacyPid);
}

constexpr Passing kPassing[] = {
    /* by pidfd */ {SendPidfd, ReceivePidfd},
    /* by PID */ {SendPid, ReceivePid},
};
const Passing& Passing::By(Path path) { return kPassing[static_cast<std::size_t>(path)]; }

void Pass(Arena& arena, Path path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  const Passing& by = Passing::By(path);
  const SocketPair sockets;
  Arena::Stub process;
  Arena::Stub stranger;
  auto arrived = Result<Handle>::Errno(ENOMSG);
  int sent = 0;
  Race race(trials, {{"the process ends and its PID is reused",
                      [&] { return Replace(arena, process.pid, stranger); }},
                     {"sends and receives the pidfd or PID", [&]() -> CallResult {
                        sent = by.send(sockets.sender.get(), process);
                        arrived = by.receive(sockets.receiver.get(), process);
                        return -arrived.error();
                      }}});
  Table table;
  while (trials.Next()) {
    process = arena.SpawnWithPid(StubLife::kWaits, Handle::NeedsPidfdAtSpawn(path));
    race.Run();
    Require(sent == 0);
    Outcome saw = "lost";
    if (arrived.ok()) {
      saw = Use(arena, *arrived, stranger);
    } else {
      arena.End(stranger);
    }
    arrived = Result<Handle>::Errno(ENOMSG);
    trials.Record(table.HasGrown(trials.trial()) ? Outcome("file_left") : saw, race.window());
  }
}

const Registered<Torture> kPass{{
    .name = "socket_race/pass",
    .question = "Which process does a pidfd or PID sent through a socket name when the process "
                "ends meanwhile?",
    .pidfd = {.needs = {"clone3/pidfd", "pidfd_send_signal"},
              .claims = {Must("gone", "a pidfd always refers to one process, also in transit",
                              "unix(7) SCM_RIGHTS, pidfd_open(2)"),
                         Never("hit_stranger", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)")}},
    .legacy = {.claims = {Hazard("hit_stranger",
                                 "the PID that was sent belongs to another process by now",
                                 "kill(2)")}},
    .loop = Pass,
    .faults = {"signal-stranger", "lost-wakeup"},
}};

// A client that connects and then waits.
struct Client {
  explicit Client(const Listener& to) : address(to.address), length(static_cast<long>(to.length)) {
    lives.Repeat(SYS_ppoll, {});
  }
  Step& Connects(int socket) {
    connects.Set(SYS_connect, {socket, reinterpret_cast<long>(&address), length}, lives);
    return connects;
  }
  sockaddr_un address;
  long length;
  Step connects;
  Step lives;
};

void Peer(Arena& arena, Path path, TrialLoop& trials) {
  MeasureBaseline(arena, trials);
  const SocketNaming& naming = SocketNaming::By(path);
  const Listener listener;
  Client client(listener);
  Arena::Stub process;
  Arena::Stub stranger;
  Fd accepted;
  Named named{};
  Race race(trials, {{"the peer ends and its PID is reused",
                      [&] { return Replace(arena, process.pid, stranger); }},
                     {"gets the peer", [&]() -> CallResult {
                        named = naming.peer_of(accepted.get());
                        return named.handle ? 1 : 0;
                      }}});
  Table table;
  while (trials.Next()) {
    const Fd end(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    Require(static_cast<bool>(end));
    process = SpawnScripted(arena, client.Connects(end.get()), {});
    accepted = listener.Accept();
    race.Run();
    Outcome saw = named.instead;
    if (named.handle) {
      saw = Use(arena, *named.handle, stranger);
    } else {
      arena.End(stranger);
    }
    named.handle.reset();
    accepted.reset();
    trials.Record(table.HasGrown(trials.trial()) ? Outcome("file_left") : saw, race.window());
  }
}

const Registered<Torture> kPeer{{
    .name = "socket_race/peer",
    .question = "Which process does the peer of a socket name when it ends and its PID is reused?",
    .pidfd = {.needs = {"so_peerpidfd", "pidfd_send_signal"},
              .claims = {Must("gone", "a pidfd of the peer, which is gone", "unix(7) SO_PEERPIDFD"),
                         May("einval", "no pidfd was made for a reaped peer",
                             "kernel/fork.c pidfd_prepare")
                             .Until(eras::kReapedPeers),
                         May("esrch", "no pidfd was made for a reaped peer",
                             "kernel/fork.c pidfd_prepare")
                             .Until(eras::kReapedPeers),
                         Never("hit_stranger", "a pidfd refers to a process, not to a PID",
                               "pidfd_open(2)")}},
    .legacy = {.claims = {May("gone", "the peer's PID could not be placed: no process has it yet",
                              "kill(2)"),
                          Hazard("hit_stranger",
                                 "the socket stores the PID of the connecting process, which "
                                 "belongs to another by now",
                                 "unix(7) SO_PEERCRED")}},
    .loop = Peer,
    .faults = {"lost-wakeup"},
}};

}  // namespace
}  // namespace pidproof::scenarios::torture::socket_race
