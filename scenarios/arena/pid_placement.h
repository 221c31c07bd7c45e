// Methods to make a process with a chosen PID, in a PID namespace of our own.
#pragma once

#include <sys/types.h>

#include <string_view>

#include "probes/system/fd.h"
#include "probes/system/result.h"
#include "scenarios/arena/stub.h"

namespace pidproof::scenarios {

// The most reliable first: where one is refused, the next is tried.
enum class PidMethod {
  kSetTid,   // clone3 set_tid names the PID (5.5)
  kLastPid,  // the PID before it is written to ns_last_pid (3.3)
  kPidMax,   // the namespace's own pid_max leaves one PID free (6.14)
  kWrap,     // PIDs are used up until the wanted one is next
  kNoMethod,
};
std::string_view Word(PidMethod method);

// What the namespace permits.
struct PidRules {
  PidMethod first = PidMethod::kSetTid;  // methods before it are skipped
  bool own_pid_max = false;  // pid_max may be written: it belongs to this namespace only
  bool may_walk = false;     // PIDs may be used up by the ten thousands
};

// Places the PID of a plain child, by any method but kSetTid.
class PidPlacer {
 public:
  // True: the next child will have that PID. PIDs used up on the way are added to used.
  bool Prepare(PidMethod method, pid_t pid, std::uint64_t& used);

 private:
  bool WriteLast(pid_t pid);
  bool LeaveOne(pid_t pid, std::uint64_t& used);
  Fd last_pid_;
  bool one_left_ = false;
};

}  // namespace pidproof::scenarios
