#include "probes/refusal/outside.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "probes/probe_target.h"
#include "probes/system/errno_name.h"
#include "probes/system/host.h"
#include "probes/system/isolate.h"
#include "probes/system/read_file.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"

namespace pidproof::refusal {

namespace {

const Outside* standing = nullptr;

// The parts of /proc/PID/status that are used.
struct Status {
  pid_t parent = 0;
  std::string users;   // real, effective, saved, filesystem
  std::string groups;  // the same
  std::uint64_t permitted = 0;
};

std::string_view LineOf(std::string_view text, std::string_view key) {
  const std::size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + key.size());
  return rest.substr(0, rest.find('\n'));
}

template <typename Number>
Number NumberOf(std::string_view text, int base) {
  Number number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number, base);
  return number;
}

std::optional<Status> StatusOf(std::string_view process) {
  const Result<std::string> read = ReadFile(fmt::format("/proc/{}/status", process));
  if (!read.ok()) return std::nullopt;
  return Status{.parent = NumberOf<pid_t>(LineOf(*read, "\nPPid:\t"), 10),
                .users = std::string(LineOf(*read, "\nUid:\t")),
                .groups = std::string(LineOf(*read, "\nGid:\t")),
                .permitted = NumberOf<std::uint64_t>(LineOf(*read, "\nCapPrm:\t"), 16)};
}

std::optional<Status> StatusOf(pid_t pid) { return StatusOf(std::to_string(pid)); }

// In a user namespace without a map all users look the same.
bool UsersAreMapped() {
  const Result<std::string> map = ReadFile("/proc/self/uid_map");
  return map.ok() && !map->empty();
}

// Whether /proc shows this PID namespace, and so the PIDs that calls here take.
bool ProcIsOurs() {
  std::array<char, 16> text{};
  const ssize_t size = readlink("/proc/self", text.data(), text.size());
  return size > 0 && NumberOf<pid_t>({text.data(), static_cast<std::size_t>(size)}, 10) == getpid();
}

// For the child to report that it has dropped the privileges.
struct Order {
  const Privileges* view = nullptr;
  int ready = -1;
};
Order order;

int GiveUpAndLinger(int gate) {
  try {
    order.view->Enter();
  } catch (const Unsupported&) {
    return 1;
  }
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
  const char done = 1;
  if (write(order.ready, &done, 1) != 1) return 1;
  close(order.ready);
  return body::AtGate(gate);
}

// Whether pidfd_open may be called: a filter may kill for it.
bool MayOpen() {
  if (SeccompMode() == 0) return true;
  constexpr std::chrono::seconds kDeadline{5};
  const Ended ended = Isolate(
      Isolation::kChild, kDeadline,
      [](const FrameWriter&) { static_cast<void>(sys::PidfdOpen(getpid(), 0)); },
      [](const Frame&) {});
  return ended.how == Ended::kReturned;
}

}  // namespace

Outside::Outside(const std::optional<Privileges>& view, bool confined) {
  if (view) {
    MakeChild(*view);
  } else {
    FindAncestor();
    if (pid_ == 0 && confined) BeTheMaker();
  }
  if (pid_ != 0) OpenPidfd();
  standing = this;
}

Outside::~Outside() {
  standing = nullptr;
  if (child_) EndAtGate(*child_);
}

const Outside& Outside::Target() {
  if (standing == nullptr) throw Unsupported("no process outside was looked for");
  if (standing->pid_ == 0) throw Unsupported(standing->lacks_);
  return *standing;
}

int Outside::pidfd() const {
  if (!pidfd_) throw Unsupported(lacks_);
  return pidfd_.get();
}

bool Outside::IsOurEqual() const {
  const std::optional<Status> own = StatusOf("self");
  const std::optional<Status> other = StatusOf(pid_);
  return own && other && own->users == other->users && own->groups == other->groups &&
         (other->permitted & ~own->permitted) == 0;
}

void Outside::FindAncestor() {
  lacks_ = "no process outside is known to run as the same user: /proc does not show it";
  if (!ProcIsOurs() || !UsersAreMapped()) return;
  const std::optional<Status> own = StatusOf("self");
  const std::optional<Status> program = StatusOf(getppid());
  if (!own || !program) return;
  lacks_ = program->parent == 0
               ? "no process outside is visible: the parent is in another PID namespace"
               : "no process outside runs as the same user";
  pid_t next = program->parent;
  while (next > 0) {
    const std::optional<Status> status = StatusOf(next);
    if (!status) break;
    if (status->users == own->users) pid_ = next;
    next = status->parent;
  }
  description_ = "of the furthest ancestor of the same user";
}

void Outside::BeTheMaker() {
  pid_ = getppid();
  description_ = "of the process that takes the census";
}

void Outside::MakeChild(const Privileges& view) {
  lacks_ = "no process outside has the same rights: no child could give them up";
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) return;
  const Fd reading(ends[0]);
  Fd writing(ends[1]);
  order = {&view, writing.get()};
  Result<Child> child = Child::Make(GiveUpAndLinger);
  if (!child.ok()) return;
  child_.emplace(std::move(*child));
  writing.reset();
  char done = 0;
  if (read(reading.get(), &done, 1) != 1) return;
  pid_ = child_->pid();
  description_ = "of a process that was made before the world was entered";
}

void Outside::OpenPidfd() {
  lacks_ = "no pidfd of a process outside can be opened: a call of pidfd_open does not return";
  if (!MayOpen()) return;
  Result<Fd> opened = sys::PidfdOpen(pid_, 0);
  if (opened.ok()) {
    pidfd_ = std::move(*opened);
  } else {
    lacks_ = fmt::format("no pidfd of a process outside can be opened: pidfd_open answers {}",
                         ErrnoName(opened.error()));
  }
}

}  // namespace pidproof::refusal
