// A wait in an io_uring for each child: the status comes with the completion.
#include <errno.h>
#include <linux/io_uring.h>
#include <sys/wait.h>

#include <memory>
#include <unordered_map>

#include "probes/system/abi.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/uring_wait.h"
#include "scenarios/watch/strategy.h"

namespace pidproof::scenarios::watch {

namespace {

// As many as children, and their cancellation.
constexpr unsigned kMostUnderWay = 16'384;

unsigned CompletionsWhereKnown() {
  const Result<Fd> ring = sys::IoUringSetup(1);
  if (!ring.ok()) throw Unsupported("needs io_uring_setup(2), which is refused here");
  const Result<bool> waits = sys::IoUringKnows(ring->get(), abi::kIoUringWaitid);
  if (!waits.ok() || !*waits) throw Unsupported("needs IORING_OP_WAITID of io_uring, 6.7");
  return kMostUnderWay;
}

class UringWatcher : public Watcher {
 public:
  // A ring that is closed cancels its waits some time later, when another watcher may wait for the
  // same children.
  ~UringWatcher() override {
    constexpr std::uint64_t kCancel = 0;
    io_uring_sqe request{};
    request.opcode = IORING_OP_ASYNC_CANCEL;
    request.fd = -1;
    request.cancel_flags = IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY;
    request.user_data = kCancel;
    ring_.Submit(request);
    AwaitCompletions(static_cast<unsigned>(waits_.size()) + 1);
  }

  void Add(pid_t child) override {
    auto wait = std::make_unique<Wait>();
    wait->pidfd = Counted(OpenPidfd(child));
    ring_.Submit(WaitRequest({abi::kIdPidfd, wait->pidfd.get()}, WEXITED, wait->found,
                             static_cast<std::uint64_t>(child)));
    Count(1);
    waits_.emplace(child, std::move(wait));
  }

  void Await(std::vector<Exit>& exits) override {
    AwaitCompletions(1);
    while (const std::optional<Uring::Answer> answer = ring_.Take()) {
      const auto found = waits_.find(static_cast<pid_t>(answer->tag));
      Require(found != waits_.end() && answer->result == 0);
      exits.push_back(
          {.pid = found->first, .status = found->second->found.si_status, .in_hand_ns = NowNs()});
      waits_.erase(found);
      Count(1);  // close(2)
    }
  }

 private:
  struct Wait {
    Fd pidfd;
    siginfo_t found{};
  };

  void AwaitCompletions(unsigned count) {
    for (;;) {
      const sys::Status entered = Counted(ring_.Await(count, kPatience));
      if (entered.ok()) return;
      Require(entered.error() == EINTR);
    }
  }

  Uring ring_{CompletionsWhereKnown()};
  std::unordered_map<pid_t, std::unique_ptr<Wait>> waits_;
};

const Registered<Strategy> kUring{
    {.name = "io_uring_waitid",
     .path = kPidfd,
     .mechanism = "a wait for each pidfd in an io_uring(7), IORING_OP_WAITID: 6.7 and later",
     .make = Make<UringWatcher>}};

}  // namespace

}  // namespace pidproof::scenarios::watch
