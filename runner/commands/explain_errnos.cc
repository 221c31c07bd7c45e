#include "runner/commands/explain_errnos.h"

#include <errno.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <string_view>
#include <utility>
#include <vector>

#include "probes/probe.h"
#include "probes/system/errno_name.h"
#include "reports/document/claims.h"
#include "reports/text/terminal_style.h"
#include "reports/text/text_layout.h"
#include "runner/document.h"
#include "scenarios/scenario.h"

namespace pidproof::runner::commands {

namespace {

// The moments of which the table tells: of the life of the process, or of the caller's relation to
// a live one.
enum Moment { kAlive, kZombie, kReaped, kReused, kOutside, kNoRight, kThread, kMoments };
constexpr std::array<std::string_view, kMoments> kTitles = {
    "alive", "zombie", "reaped", "PID reused", "outside", "no right", "thread"};

// A call, and the scenarios that say what it answers at each moment; empty: none asks that.
struct Call {
  std::string_view title;
  std::string_view feature;  // what it needs; empty: nothing that can be missing
  scenarios::Path path;
  std::array<std::string_view, kMoments> scenarios;
};

constexpr Call kCalls[] = {
    {"pidfd_open",
     "pidfd_open",
     scenarios::kPidfd,
     {"open/init", "open/zombie", "open/reaped", "pid_reuse/open", "",
      "open/process_of_another_user", "open/thread_as_process"}},
    {"pidfd_send_signal",
     "pidfd_send_signal",
     scenarios::kPidfd,
     {"life_cycle/alive_signal", "life_cycle/zombie_signal", "life_cycle/dead_signal",
      "pid_reuse/signal", "namespace/signal_outside", "signal/by_another_user"}},
    {"kill",
     "",
     scenarios::kLegacyPid,
     {"life_cycle/alive_signal", "life_cycle/zombie_signal", "life_cycle/dead_signal",
      "pid_reuse/signal", "", "signal/by_another_user", "open/thread_as_process"}},
    {"waitid(P_PIDFD, WNOHANG)",
     "waitid/p_pidfd",
     scenarios::kPidfd,
     {"life_cycle/alive_status", "life_cycle/zombie_status", "life_cycle/dead_status",
      "pid_reuse/wait", "namespace/wait_outside", "wait/sibling"}},
    {"waitid(P_PIDFD) of a PIDFD_NONBLOCK pidfd",
     "waitid/nonblock",
     scenarios::kPidfd,
     {"nonblock/wait_alive", "nonblock/wait_zombie", "nonblock/wait_dead"}},
    {"waitid(P_PID, WNOHANG)",
     "",
     scenarios::kLegacyPid,
     {"life_cycle/alive_status", "life_cycle/zombie_status", "life_cycle/dead_status",
      "pid_reuse/wait", "", "wait/sibling"}},
    {"poll",
     "poll",
     scenarios::kPidfd,
     {"ready/alive_bits", "ready/zombie_bits", "ready/dead_bits", "pid_reuse/poll",
      "namespace/ready_outside", "ready/no_child"}},
    {"ioctl(PIDFD_GET_INFO), its PIDs",
     "ioctl/info_pid",
     scenarios::kPidfd,
     {"info/pids", "info/pids_zombie", "info/pids_dead", "", "namespace/info_outside",
      "info/other_user"}},
    {"ioctl(PIDFD_GET_INFO), its exit status",
     "ioctl/info_exit",
     scenarios::kPidfd,
     {"info/exit_alive", "info/exit_zombie", "info/exit_reaped", "", "", "info/exit_not_parent"}},
    {"ioctl(PIDFD_GET_UTS_NAMESPACE) and others",
     "ioctl/uts_namespace",
     scenarios::kPidfd,
     {"namespace/other_than_own", "namespace/file_of_zombie", "namespace/file_of_dead", "",
      "namespace/file_of_outside", "namespace/file_by_another_user"}},
    {"pidfd_getfd",
     "pidfd_getfd",
     scenarios::kPidfd,
     {"getfd/sibling", "getfd/zombie", "getfd/reaped", "getfd_race/reissued",
      "namespace/getfd_outside", "getfd/other_user"}},
    {"setns",
     "setns/pidfd",
     scenarios::kPidfd,
     {"namespace/join_of_child", "namespace/join_of_zombie", "namespace/join_of_dead", "",
      "namespace/join_outside", "namespace/join_without_right"}},
    {"process_madvise",
     "process_madvise",
     scenarios::kPidfd,
     {"memory/advise_child", "memory/advise_zombie", "memory/advise_dead", "", "",
      "memory/advise_by_another_user"}},
    {"process_mrelease",
     "process_mrelease",
     scenarios::kPidfd,
     {"memory/release_alive", "memory/release_zombie", "memory/release_dead", "", "",
      "memory/release_by_another_user"}},
    {"open_by_handle_at",
     "open_by_handle_at",
     scenarios::kPidfd,
     {"file_handle/alive", "file_handle/zombie", "file_handle/dead", "file_handle/reissued",
      "file_handle/from_namespace_below"}},
    {"getsockopt(SO_PEERPIDFD), then a signal",
     "so_peerpidfd",
     scenarios::kPidfd,
     {"socket/peer_client", "socket/peer_zombie", "socket/peer_reaped", "socket/peer_reissued"}},
    {"/proc/self/fdinfo, its Pid",
     "pidfd_getpid",
     scenarios::kPidfd,
     {"fdinfo/alive", "fdinfo/zombie", "fdinfo/dead", "fdinfo/reissued", "fdinfo/outside"}},
};

constexpr std::string_view kExpected = "expected";
constexpr std::string_view kFallback = "fallback";
constexpr std::string_view kAbnormal = "abnormal";

struct Row {
  std::string_view moment;
  std::string answer;
  std::string_view is;
  std::string meaning;
};

// "ESRCH" for "esrch"; a word that is not an errno as it is.
std::string AnswerOf(std::string_view outcome) {
  return ErrnoOf(outcome) == 0 ? std::string(outcome) : ErrnoName(ErrnoOf(outcome));
}

// An errno is the normal end of a race where the process may have ended meanwhile; of a live
// process it means that the call was wrong, unless it says "not yet".
std::string_view Judged(Moment moment, const reports::Claim& claim) {
  if (claim.expect == reports::Expect::kHazard || claim.expect == reports::Expect::kNever) {
    return kAbnormal;
  }
  const int error = ErrnoOf(claim.outcome);
  const bool has_ended = moment == kZombie || moment == kReaped || moment == kReused;
  return error == 0 || error == EAGAIN || has_ended ? kExpected : kAbnormal;
}

Row RowOf(Moment moment, std::string_view scenario, const reports::Claim& claim) {
  const std::string era = reports::EraText(claim.since, claim.until);
  return {kTitles[moment], AnswerOf(claim.outcome), Judged(moment, claim),
          fmt::format("{}{} [{}]", claim.reason, era.empty() ? "" : "; " + era, scenario)};
}

// By which a kernel says that it does not know a call, a request or a flag. Other answers of a
// probe are about the process that it is tried on.
bool SaysUnknown(int error) {
  return error == ENOSYS || error == EINVAL || error == ENOTTY || error == EOPNOTSUPP ||
         error == ENOPROTOOPT;
}

// What the call answers whatever the process: where the kernel lacks it, or a filter refuses it.
std::vector<Row> Refusals(const Probe& probe) {
  constexpr std::string_view kFilter = "a seccomp filter refuses it";
  std::vector<Row> rows;
  const auto add = [&](int error, std::string meaning) {
    rows.push_back({"any", ErrnoName(error), kFallback, std::move(meaning)});
  };
  const bool refusable = !probe.calls.empty();
  bool filtered = false;
  for (const int error : probe.absent) {
    if (!SaysUnknown(error)) continue;
    const bool both = refusable && error == ENOSYS;
    filtered |= both;
    add(error, fmt::format("the kernel lacks it: Linux {} has it{}{}", probe.since.Text(),
                           both ? "; or " : "", both ? kFilter : ""));
  }
  if (refusable && !filtered) add(ENOSYS, std::string(kFilter));
  if (refusable) add(EPERM, fmt::format("{}, to a caller with every right too", kFilter));
  return rows;
}

std::vector<Row> RowsOf(const Call& call) {
  std::vector<Row> rows;
  for (std::size_t moment = kAlive; moment < kMoments; ++moment) {
    const std::string_view name = call.scenarios[moment];
    if (name.empty()) continue;
    for (const reports::Claim& claim : ToRow(*scenarios::FindScenario(name)).claims) {
      if (claim.path == ToRow(call.path)) {
        rows.push_back(RowOf(static_cast<Moment>(moment), name, claim));
      }
    }
  }
  if (!call.feature.empty()) {
    std::ranges::move(Refusals(*Registered<Probe>::Find(call.feature)), std::back_inserter(rows));
  }
  return rows;
}

std::string TextOf(const Row& row) {
  constexpr std::size_t kIndent = 45;
  const std::vector<std::string> lines =
      reports::text::Wrapped(row.meaning, reports::text::TerminalStyle::kColumns - kIndent);
  std::string text = fmt::format("  {:<11} {:<20} {:<9}", row.moment, row.answer, row.is);
  for (const std::string& line : lines) {
    text += (&line == lines.data() ? " " : std::string(kIndent, ' ')) + line + "\n";
  }
  return text;
}

constexpr std::string_view kHead =
    R"(What each answer means, by the moment at which a call is made on a process that may end.

  outside   the process is not visible in the caller's PID namespace
  no right  the caller is another user, or not the parent
  thread    the PID is the TID of a thread other than the first
  any       whatever the process

  expected  a success, a normal race with the end of the process, or not yet (EAGAIN)
  fallback  this machine refuses the call: go on by PID, with its hazards
  abnormal  a wrong call, a missing right, a harm or a known kernel bug
)";

}  // namespace

std::string ExplainErrnos() {
  std::string text(kHead);
  for (const Call& call : kCalls) {
    text += fmt::format("\n{}\n", call.title);
    std::string_view moment;
    for (Row& row : RowsOf(call)) {
      const bool again = row.moment == std::exchange(moment, row.moment);
      if (again) row.moment = "";
      text += TextOf(row);
    }
  }
  return text;
}

}  // namespace pidproof::runner::commands
