// The ways in which a process gets the number that we want, in a pid namespace of our own.
#pragma once

#include <sys/types.h>

#include <string_view>

#include "probes/system/fd.h"
#include "probes/system/result.h"
#include "scenarios/stage/stub.h"

namespace pidproof {

// From the surest on: where one is refused, the next is tried.
enum class PidMethod {
  kSetTid,   // clone3 is told the number (5.5)
  kLastPid,  // the number before it is written to ns_last_pid (3.3)
  kPidMax,   // the namespace's own pid_max leaves one number free (6.14)
  kWrap,     // numbers are used up until it comes round again
  kNoWay,
};
std::string_view Word(PidMethod deal);

// What the namespace allows.
struct PidRules {
  PidMethod first = PidMethod::kSetTid;  // ways before it are passed over
  bool own_pid_max = false;              // pid_max may be written: it is this namespace's own
  bool may_walk = false;                 // numbers may be used up by the ten thousands
};

// Deals a number to plain children, by any way but kSetTid. Each try says whether it worked.
class PidPlacer {
 public:
  // The next child has that number: true. Numbers that this costs are added to used.
  bool Prepare(PidMethod deal, pid_t number, std::uint64_t& used);

 private:
  bool WriteLast(pid_t number);
  bool LeaveOne(pid_t number, std::uint64_t& used);
  Fd last_pid_;
  bool one_left_ = false;
};

}  // namespace pidproof
