#include "probes/refusal/seccomp_reach.h"

#include <errno.h>
#include <fmt/format.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "probes/system/errno_name.h"
#include "probes/system/frame.h"
#include "probes/system/isolate.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "probes/system/unix_socket.h"
#include "probes/worlds/world.h"

namespace pidproof::refusal {

namespace {

constexpr char kNotification = 'T';
constexpr char kNoFilter = 'N';  // the errno

// The filter of a world that refuses these calls, changed to notify instead of refuse.
std::vector<sock_filter> NotifyingFilter(const Probe& probe, std::uint32_t action) {
  World world{"asking", "", {}};
  for (const std::string_view call : probe.calls) world.refusals.push_back({call, EPERM});
  std::vector<sock_filter> program = CompileFilter(world);
  for (sock_filter& step : program) {
    if (step.code == (BPF_RET | BPF_K) && step.k == (SECCOMP_RET_ERRNO | EPERM)) step.k = action;
  }
  return program;
}

sock_fprog Program(std::vector<sock_filter>& filter) {
  return {.len = static_cast<unsigned short>(filter.size()), .filter = filter.data()};
}

// The descriptor that was sent. EPIPE: the other end is closed.
Result<Fd> ReceiveFd(int socket) {
  int fd = -1;
  const Result<ControlMessage> message = ReceiveWith(socket, SCM_RIGHTS, fd);
  if (!message.ok()) return Result<Fd>::Errno(message.error());
  return fd < 0 ? Result<Fd>::Errno(ENODATA) : Result<Fd>(Fd(fd));
}

void SendNoFilter(const FrameWriter& up, int error) { SendValues(up, kNoFilter, error); }

[[noreturn]] void RefuseToAsk(const FrameWriter& up, int error) {
  SendNoFilter(up, error);
  _exit(0);
}

// The child: adds its filter, sends the listener, makes the attempt.
[[noreturn]] void AttemptNotified(const Probe& probe, int socket, const FrameWriter& up) {
  std::vector<sock_filter> filter = NotifyingFilter(probe, SECCOMP_RET_USER_NOTIF);
  Result<Fd> listener = sys::InstallListener(Program(filter));
  if (!listener.ok()) RefuseToAsk(up, listener.error());
  Require(SendWith(socket, SCM_RIGHTS, listener->get()) == 0);
  listener->reset();  // once the other end is closed too, waiting calls go on
  SendAttempt(probe, up);
  _exit(0);
}

// Continues every call that the listener reports, until the child and its descendants are gone.
void LetAllPass(int listener, int socket, const FrameWriter& up) {
  for (;;) {
    std::array<pollfd, 2> polled{pollfd{listener, POLLIN, 0}, pollfd{socket, POLLIN, 0}};
    if (poll(polled.data(), polled.size(), -1) < 0) continue;
    if ((polled[0].revents & POLLIN) == 0) {
      if (polled[1].revents != 0 || polled[0].revents != 0) return;
      continue;
    }
    seccomp_notif notified{};
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notified) < 0) {
      if (errno == ENOENT || errno == EINTR) continue;  // the caller died meanwhile
      return SendNoFilter(up, errno);                   // a filter refuses the notification ioctl
    }
    up.Send(kNotification, "");
    seccomp_notif_resp go_on{};
    go_on.id = notified.id;
    go_on.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &go_on);
  }
}

void AskByNotification(const Probe& probe, const FrameWriter& up) {
  SocketPair pair;
  const pid_t parent = getpid();
  const pid_t child = Require(sys::Fork());
  if (child == 0) {
    sys::DieWithParent(parent);
    pair.receiver.reset();
    AttemptNotified(probe, pair.sender.get(), up);
  }
  pair.sender.reset();
  Result<Fd> listener = ReceiveFd(pair.receiver.get());
  if (listener.ok()) {
    LetAllPass(listener->get(), pair.receiver.get(), up);
    listener->reset();  // waiting calls go on
  } else if (listener.error() != EPIPE) {
    SendNoFilter(up, listener.error());
  }
  pair.receiver.reset();
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

[[noreturn]] void AttemptTraced(const Probe& probe, const FrameWriter& up) {
  if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) < 0) RefuseToAsk(up, errno);
  raise(SIGSTOP);  // until the tracer has set its options
  std::vector<sock_filter> filter = NotifyingFilter(probe, SECCOMP_RET_TRACE);
  const sys::Status installed = sys::InstallFilter(Program(filter));
  if (!installed.ok()) RefuseToAsk(up, installed.error());
  SendAttempt(probe, up);
  _exit(0);
}

void AskByTrace(const Probe& probe, const FrameWriter& up) {
  const pid_t parent = getpid();
  const pid_t child = Require(sys::Fork());
  if (child == 0) {
    sys::DieWithParent(parent);
    AttemptTraced(probe, up);
  }
  bool prepared = false;
  for (;;) {
    int status = 0;
    const pid_t stopped = waitpid(-1, &status, __WALL);
    if (stopped < 0 && errno == EINTR) continue;
    if (stopped < 0) return;  // all gone
    if (!WIFSTOPPED(status)) continue;
    if (!prepared && stopped == child) {
      ptrace(PTRACE_SETOPTIONS, child, nullptr,
             PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                 PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL);
      prepared = true;
      ptrace(PTRACE_CONT, stopped, nullptr, nullptr);
      continue;
    }
    const int event = status >> 16;
    if (event == PTRACE_EVENT_SECCOMP) up.Send(kNotification, "");
    const int signal = WSTOPSIG(status);
    const bool of_tracing = event != 0 || signal == SIGSTOP;
    ptrace(PTRACE_CONT, stopped, nullptr, of_tracing ? 0 : signal);
  }
}

SeccompReach AskBy(void (*form)(const Probe&, const FrameWriter&), SeccompReach::How how,
                   const Probe& probe, std::chrono::milliseconds deadline) {
  SeccompReach asked;
  asked.how = how;
  const Ended ended = Isolate(
      Isolation::kChild, deadline, [&](const FrameWriter& up) { form(probe, up); },
      [&](const Frame& frame) {
        if (frame.kind == kNotification) asked.notified = true;
        if (frame.kind == kNoFilter) {
          asked.how = SeccompReach::kUnable;
          asked.why = ErrnoName(ValueOf<int>(frame));
        }
        if (const std::optional<Attempted> answer = ReadAttempt(frame)) asked.answer = *answer;
      });
  // An attempt that could not be set up has not made the call.
  if (!asked.notified && !asked.answer && asked.how != SeccompReach::kUnable) {
    asked.how = SeccompReach::kUnable;
    asked.why = ended.text.empty() ? "the attempt could not be repeated" : ended.text;
  }
  return asked;
}

}  // namespace

SeccompReach Ask(const Probe& probe, std::chrono::milliseconds deadline) {
  SeccompReach asked = AskBy(AskByNotification, SeccompReach::kNotified, probe, deadline);
  if (asked.how != SeccompReach::kUnable) return asked;
  return AskBy(AskByTrace, SeccompReach::kTraced, probe, deadline);
}

}  // namespace pidproof::refusal
