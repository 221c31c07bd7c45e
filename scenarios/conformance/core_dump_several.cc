// Several crashes at once whose cores are dumped through one socket (core_pattern @@PATH, 6.17):
// one event loop serves them all, and has to know which process each connection is of.
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "probes/system/pidfd_info.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/system/yield_until.h"
#include "scenarios/fixtures/core_dump.h"
#include "scenarios/fixtures/core_request.h"
#include "scenarios/fixtures/core_socket.h"
#include "scenarios/fixtures/event_loop.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::core_dump_several {
namespace {

constexpr std::size_t kCrashes = 5;
static_assert(kCrashes <= CoreSocket::kMostWaiting);

// The PID of the process that a connection names, or 0.
using Peer = pid_t (*)(const Fd& connection);

pid_t PeerByPidfd(const Fd& connection) {
  int pidfd = -1;
  socklen_t size = sizeof pidfd;
  if (getsockopt(connection.get(), SOL_SOCKET, abi::kSoPeerPidfd, &pidfd, &size) != 0) return 0;
  const Fd peer(pidfd);
  const PidfdInfoReply reply = tested::GetInfo(peer.get(), abi::kInfoPid);
  return reply.error == 0 ? static_cast<pid_t>(reply.info.pid) : 0;
}

pid_t PeerByCredentials(const Fd& connection) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return 0;
  return peer.pid;
}

// The socket's owner: an event loop over the listening socket and all connections.
class Server {
 public:
  explicit Server(Peer peer) : peer_(peer) { loop_.Register(socket_.listener(), EPOLLIN); }

  // Goes one step on with whatever is ready.
  void ServeReady() {
    std::array<epoll_event, kCrashes + 1> events;
    const int count = Require(loop_.Take(events, 0));
    for (int index = 0; index < count; ++index) {
      const std::uint64_t tag = events[static_cast<std::size_t>(index)].data.u64;
      if (tag == 0) {
        Accept();
      } else {
        Serve(connections_[tag - 1]);
      }
    }
  }
  // Of the connections, in their order.
  const std::vector<pid_t>& peers() const { return peers_; }
  // Whether each connection's request was accepted, and its core taken to the end.
  bool HasEveryCore() const {
    return std::ranges::all_of(connections_,
                               [](const Connection& each) { return each.core > 0 && !each.file; });
  }

 private:
  struct Connection {
    Fd file;
    bool accepted = false;
    std::size_t core = 0;  // bytes
  };

  void Accept() {
    connections_.push_back({.file = socket_.AcceptWaiting()});
    const Fd& file = connections_.back().file;
    peers_.push_back(peer_(file));
    loop_.Register(file.get(), EPOLLIN, EPOLL_CTL_ADD, connections_.size());
  }
  // Answers the request, or takes a part of the core, or closes the connection at its end.
  static void Serve(Connection& connection) {
    if (!connection.accepted) {
      TakeRequest(connection.file);
      const CoreAnswer answer{.mask = CoreAnswer::kKernel | CoreAnswer::kWait};
      Require(SendAnswer(connection.file, answer) == CoreMark::kAccepted);
      connection.accepted = true;
      return;
    }
    std::array<char, 1 << 14> part;
    const ssize_t length = read(connection.file.get(), part.data(), part.size());
    if (length > 0) {
      connection.core += static_cast<std::size_t>(length);
    } else {
      connection.file.reset();
    }
  }

  Peer peer_;
  CoreSocket socket_{CoreSocket::kListens, kCoreRequestPattern};
  EventLoop loop_;
  std::vector<Connection> connections_;
  std::vector<pid_t> peers_;
};

bool HasEnded(const Crasher& crasher) {
  const int peek = WEXITED | WNOHANG | WNOWAIT;
  return Require(sys::Waitid(P_PID, crasher.child.pid(), peek)).si_pid != 0;
}

// Whether the connections name the crashed processes, each once.
bool NamesEachOnce(std::vector<pid_t> peers, const std::vector<Crasher>& crashers) {
  std::vector<pid_t> pids;
  for (const Crasher& crasher : crashers) pids.push_back(crasher.child.pid());
  std::ranges::sort(pids);
  std::ranges::sort(peers);
  return peers == pids;
}

template <Path kPath, Peer kPeer>
Outcome FiveAtOnce(Arena& arena) {
  Server server(kPeer);
  std::vector<Crasher> crashers;
  std::vector<Handle> handles;
  for (std::size_t count = 0; count < kCrashes; ++count) {
    crashers.push_back(Crasher::Make(arena, {.by = Crash::By::kFault, .to_socket = true}));
    handles.push_back(Handle::To(crashers.back().child, kPath));
  }
  for (const Crasher& crasher : crashers) crasher.child.Open();
  // One that ends without a connection ends the loop all the same.
  YieldUntil([&] {
    server.ServeReady();
    return std::ranges::all_of(crashers, HasEnded);
  });
  if (server.peers().empty())
    throw Unsupported("the kernel does not connect to the socket of core_pattern");
  if (server.peers().size() < kCrashes) return "not_connected";
  if (!NamesEachOnce(server.peers(), crashers)) return "mixed_up";
  if (!server.HasEveryCore()) return "core_lost";
  for (const Handle& handle : handles) {
    const Outcome end = Outcome::Of(handle.Wait(WEXITED | WNOHANG | WNOWAIT));
    if (end != Outcome("dumped")) return end;
  }
  return "each_its_own";
}

const Registered<Conformance> kSeveral{{
    .name = "core_dump/request_several_at_once",
    .question = "Do the connections of five core dumps at once name each its own process?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("each_its_own",
                    "each connection names another of the five, and all waits report CLD_DUMPED",
                    "Linux 6.17 fs/coredump.c coredump_sock_connect")},
    .pidfd = {.needs = {"pidfd_open", "waitid/p_pidfd", "so_peerpidfd", "ioctl/info_pid",
                        "ioctl/info_coredump"},
              .ask = FiveAtOnce<kPidfd, PeerByPidfd>},
    .legacy = {.needs = {"ioctl/info_coredump"}, .ask = FiveAtOnce<kLegacyPid, PeerByCredentials>},
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::core_dump_several
