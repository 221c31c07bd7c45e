#include "scenarios/watch/stage.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <exception>
#include <random>
#include <string_view>
#include <tuple>
#include <vector>

#include "probes/system/codec.h"
#include "probes/system/require.h"

namespace pidproof::scenarios::watch {

namespace {

// What a body without captures is given.
struct Role {
  int socket = -1;
  Arena* arena = nullptr;
  std::size_t children = 0;
  pid_t first_slot = 0;
};
Role role;

using Wire = std::tuple<std::optional<Figures>, std::string, bool>;

// One message of a SOCK_SEQPACKET socket each. The largest is the latencies of a burst.
bool SendMessage(int socket, std::string_view bytes) {
  return send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

// Empty: the other end is gone.
std::string ReceiveMessage(int socket) {
  std::string bytes(std::size_t{1} << 17, '\0');
  ssize_t size = 0;
  do {
    size = recv(socket, bytes.data(), bytes.size(), 0);
  } while (size < 0 && errno == EINTR);
  bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return bytes;
}

void RaiseDescriptorLimit() {
  rlimit limit{};
  Require(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = limit.rlim_max;
  Require(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

class Keeper {
 public:
  Wire Answer(std::string_view bytes) {
    try {
      const std::optional<Order> order = Decoded<Order>(bytes);
      Require(order.has_value());
      while (crowd_.size() < role.children) crowd_.Spawn();
      return {watch::Measure(*order, crowd_, random_), "", false};
    } catch (const Unsupported& unsupported) {
      return {std::nullopt, unsupported.what(), false};
    } catch (const std::exception& broken) {
      return {std::nullopt, broken.what(), true};
    }
  }

 private:
  Crowd crowd_{*role.arena, role.first_slot};
  std::mt19937 random_{1};
};

int KeepStage(int) {
  RaiseDescriptorLimit();
  Keeper keeper;
  for (;;) {
    const std::string request = ReceiveMessage(role.socket);
    if (request.empty()) return 0;
    if (!SendMessage(role.socket, Encoded(keeper.Answer(request)))) return 1;
  }
}

}  // namespace

Stage::Stage(Arena& arena, std::size_t children, pid_t first_slot) {
  int ends[2];
  Require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
  socket_ = Fd(ends[0]);
  const Fd other(ends[1]);
  role = {.socket = other.get(), .arena = &arena, .children = children, .first_slot = first_slot};
  process_.emplace(Require(Child::Make(KeepStage)));
}

Stage::Answer Stage::Measure(const Order& order) {
  if (!SendMessage(socket_.get(), Encoded(order))) {
    return {.figures = std::nullopt, .reason = "the stage has ended", .broken = true};
  }
  std::optional<Wire> wire = Decoded<Wire>(ReceiveMessage(socket_.get()));
  if (!wire) return {.figures = std::nullopt, .reason = "the stage has ended", .broken = true};
  auto& [figures, reason, broken] = *wire;
  return {std::move(figures), std::move(reason), broken};
}

}  // namespace pidproof::scenarios::watch
