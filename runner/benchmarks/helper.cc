#include "runner/benchmarks/helper.h"

#include <errno.h>
#include <sys/socket.h>

#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "probes/system/codec.h"
#include "probes/system/require.h"
#include "scenarios/benchmarks/row.h"

namespace pidproof::runner::benchmarks {

namespace {

using Request = std::tuple<std::size_t, int>;    // a work, and the rows' isolation
using Answer = std::tuple<double, std::string>;  // seconds, or what was needed

// One message of a SOCK_SEQPACKET socket each.
bool SendMessage(int socket, std::string_view bytes) {
  return send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

// Nothing: the other end is gone.
template <typename T>
std::optional<T> ReceiveMessage(int socket) {
  std::string bytes(4096, '\0');
  ssize_t size = 0;
  do {
    size = recv(socket, bytes.data(), bytes.size(), 0);
  } while (size < 0 && errno == EINTR);
  bytes.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  return Decoded<T>(bytes);
}

// What a body without captures is given.
struct Role {
  int socket = -1;
  const std::vector<Helper::Work>* works = nullptr;
};
Role role;

Answer Do(const Helper::Work& work) {
  try {
    return {work(), ""};
  } catch (const std::exception& failed) {
    return {0, failed.what()};
  }
}

int Help(int) {
  while (const auto request = ReceiveMessage<Request>(role.socket)) {
    const auto& [number, isolation] = *request;
    scenarios::benchmarks::SetRowIsolation(static_cast<Isolation>(isolation));
    if (!SendMessage(role.socket, Encoded(Do(role.works->at(number))))) return 1;
  }
  return 0;
}

}  // namespace

std::size_t Helper::Add(Work work) {
  works_.push_back(std::move(work));
  return works_.size() - 1;
}

void Helper::Start() {
  int ends[2];
  // Rows will say what they lack.
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) return;
  socket_ = Fd(ends[0]);
  const Fd other(ends[1]);
  role = {.socket = other.get(), .works = &works_};
  process_.emplace(Require(Child::Make(Help)));
}

double Helper::Run(std::size_t number) {
  const int isolation = static_cast<int>(scenarios::benchmarks::RowIsolation());
  std::optional<Answer> answer;
  if (SendMessage(socket_.get(), Encoded(number, isolation))) {
    answer = ReceiveMessage<Answer>(socket_.get());
  }
  if (!answer) throw Unsupported("needs its helper, which has ended");
  const auto& [seconds, needed] = *answer;
  if (!needed.empty()) throw Unsupported(needed);
  return seconds;
}

}  // namespace pidproof::runner::benchmarks
