// Core dumps to a socket whose owner chooses what becomes of each (core_pattern @@PATH, 6.17): the
// kernel sends a request, and goes on as the answer says.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "probes/system/pidfd_info.h"
#include "probes/system/require.h"
#include "probes/system/sys.h"
#include "scenarios/fixtures/core_dump.h"
#include "scenarios/fixtures/core_record.h"
#include "scenarios/fixtures/core_request.h"
#include "scenarios/fixtures/core_socket.h"
#include "scenarios/handle.h"
#include "scenarios/scenario.h"
#include "scenarios/tested.h"

namespace pidproof::scenarios::conformance::core_dump_request {
namespace {

const std::vector<std::string_view> kNeeds = {"pidfd_open", "waitid/p_pidfd",
                                              "ioctl/info_coredump"};
const std::vector<std::string_view> kLegacyNeeds = {"ioctl/info_coredump"};
constexpr char kSource[] = "Linux 6.17 include/uapi/linux/coredump.h, fs/coredump.c";

// A child that crashes, and whose core is not dumped before the answer.
class Asking {
 public:
  explicit Asking(Arena& arena) : crasher_(Crasher::Make(arena, kFault)) {}

  const Child& child() const { return crasher_.child; }
  // Lets it crash, and takes the request.
  CoreRequest Take() {
    crasher_.child.Open();
    connection_ = socket_.Accept(crasher_.child);
    return TakeRequest(connection_);
  }
  // The mark that the answer is given. Nothing where there is none.
  std::optional<CoreMark> Send(const CoreAnswer& answer) const {
    return SendAnswer(connection_, answer);
  }
  // Takes the core, if one is sent, and returns its length once the child has ended.
  std::size_t Finish() {
    const std::size_t length = TakeCore(std::move(connection_));
    crasher_.child.AwaitZombie();
    return length;
  }
  const Fd& connection() const { return connection_; }

 private:
  static constexpr Crash kFault{.by = Crash::By::kFault, .to_socket = true};
  CoreSocket socket_{CoreSocket::kListens, kCoreRequestPattern};
  Crasher crasher_;
  Fd connection_;
};

// What comes of an answer that is accepted: how the child ends, and whether its core was sent.
template <std::uint64_t kMask>
Outcome After(Arena& arena, Path path) {
  Asking asking(arena);
  const Handle handle = Handle::To(asking.child(), path);
  if ((asking.Take().mask & kMask) != kMask) return "not_offered";
  if (asking.Send({.mask = kMask}) != CoreMark::kAccepted) return "not_accepted";
  const bool sent = asking.Finish() > 0;
  const Outcome end = Outcome::Of(handle.Wait(WEXITED | WNOHANG | WNOWAIT));
  if (end == Outcome("dumped")) return sent ? "dumped_and_sent" : "dumped_not_sent";
  if (end == Outcome("killed")) return sent ? "killed_and_sent" : "killed_not_sent";
  return end;
}

const Registered<Conformance> kByKernel{{
    .name = "core_dump/request_kernel",
    .question = "Is a core sent if the socket's owner asks the kernel for it (COREDUMP_KERNEL)?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("dumped_and_sent", "the core follows, and waits report CLD_DUMPED", kSource)},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kLegacyNeeds},
    .ask = After<CoreAnswer::kKernel>,
}};

const Registered<Conformance> kByUser{{
    .name = "core_dump/request_userspace",
    .question = "What do waits report if the socket's owner dumps by itself (COREDUMP_USERSPACE)?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("dumped_not_sent", "CLD_DUMPED, though the kernel sends nothing", kSource)},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kLegacyNeeds},
    .ask = After<CoreAnswer::kUserspace>,
}};

const Registered<Conformance> kRejected{{
    .name = "core_dump/request_reject",
    .question = "What do waits report if the socket's owner wants no core (COREDUMP_REJECT)?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("killed_not_sent", "CLD_KILLED, and the kernel sends nothing", kSource)},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kLegacyNeeds},
    .ask = After<CoreAnswer::kReject>,
}};

// What comes of an answer that is refused: the mark.
template <std::uint32_t kSize, std::uint64_t kMask>
Outcome Refused(Arena& arena, Path path) {
  Asking asking(arena);
  const Handle handle = Handle::To(asking.child(), path);
  asking.Take();
  const std::optional<CoreMark> mark = asking.Send({.size = kSize, .mask = kMask});
  const std::size_t sent = asking.Finish();
  const Outcome end = Outcome::Of(handle.Wait(WEXITED | WNOHANG | WNOWAIT));
  if (sent > 0) return "core_sent";
  if (end != Outcome("killed")) return end;
  if (!mark) return "no_mark";
  switch (*mark) {
    case CoreMark::kTooSmall:
      return "too_small";
    case CoreMark::kTooLarge:
      return "too_large";
    case CoreMark::kUnknown:
      return "unknown";
    case CoreMark::kConflicting:
      return "conflicting";
    default:
      return "another_mark";
  }
}

const Registered<Conformance> kTwoWays{{
    .name = "core_dump/request_conflicting",
    .question = "What follows if the socket's owner answers with two ways at once?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("conflicting", "COREDUMP_MARK_CONFLICTING, and no core is dumped", kSource)},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kLegacyNeeds},
    .ask =
        Refused<sizeof(CoreAnswer), CoreAnswer::kKernel | CoreAnswer::kReject | CoreAnswer::kWait>,
}};

const Registered<Conformance> kUnknownFlag{{
    .name = "core_dump/request_unknown_flag",
    .question = "What follows if the socket's owner answers with a flag that was not offered?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("unknown", "COREDUMP_MARK_UNSUPPORTED, and no core is dumped", kSource)},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kLegacyNeeds},
    .ask = Refused<sizeof(CoreAnswer), std::uint64_t{1} << 63>,
}};

const Registered<Conformance> kShort{{
    .name = "core_dump/request_short_answer",
    .question = "What follows if the socket's owner says that its answer is too short?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("too_small", "COREDUMP_MARK_MINSIZE, and no core is dumped", kSource)},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kLegacyNeeds},
    .ask = Refused<sizeof(CoreAnswer) / 2, CoreAnswer::kKernel>,
}};

const Registered<Conformance> kLong{{
    .name = "core_dump/request_long_answer",
    .question = "What follows if the socket's owner says that its answer is longer than a page?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("too_large", "COREDUMP_MARK_MAXSIZE, and no core is dumped", kSource)},
    .pidfd = {.needs = kNeeds},
    .legacy = {.needs = kLegacyNeeds},
    .ask = Refused<1 << 16, CoreAnswer::kKernel>,
}};

const Registered<Conformance> kHeld{{
    .name = "core_dump/request_wait",
    .question = "Does a process look ended while the reader of its core has it wait "
                "(COREDUMP_WAIT)?",
    .without_pid_namespace = kBothPaths,
    .claims = {Must("not_ended", "it exits once the connection is closed", kSource)},
    .pidfd = {.needs = {"pidfd_open", "poll", "ioctl/info_coredump"}},
    .legacy = {.needs = kLegacyNeeds},
    .ask = [](Arena& arena, Path path) -> Outcome {
      Asking asking(arena);
      const Handle handle = Handle::To(asking.child(), path);
      asking.Take();
      if (asking.Send({.mask = CoreAnswer::kUserspace | CoreAnswer::kWait}) != CoreMark::kAccepted)
        return "not_accepted";
      char none = 0;
      if (read(asking.connection().get(), &none, 1) != 0) return "core_sent";
      const Result<bool> ended = handle.Ended();
      asking.Finish();
      if (!ended.ok()) return Outcome::Of(ended.error());
      return *ended ? "ended" : "not_ended";
    },
}};

const Registered<Conformance> kRecord{{
    .name = "core_dump/request_record",
    .question = "Does PIDFD_GET_INFO report a core dump that the socket's owner has rejected?",
    .without_pid_namespace = kPidfdOnly,
    .pidfd = {.needs = kNeeds,
              .claims = {Must("recorded", "PIDFD_COREDUMPED is set before the request is sent",
                              "Linux 6.17 fs/coredump.c, fs/pidfs.c pidfs_coredump")},
              .ask = [](Arena& arena) -> Outcome {
                Asking asking(arena);
                const Fd pidfd = Require(tested::PidfdOpen(asking.child().pid(), 0));
                asking.Take();
                asking.Send({.mask = CoreAnswer::kReject});
                asking.Finish();
                return RecordOfCore(
                    tested::GetInfo(pidfd.get(), abi::kInfoCoredump, abi::kPidfdInfoSize616));
              }},
    .legacy = NotPossible("the dump's record is read by pidfd only"),
}};

}  // namespace
}  // namespace pidproof::scenarios::conformance::core_dump_request
