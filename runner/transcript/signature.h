// What the arguments of system calls mean.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runner/transcript/recording.h"

namespace pidproof::runner::transcript {

// What one argument is.
struct Parameter {
  enum Kind {
    kInt,
    kHex,
    kFd,
    kPid,
    kSignal,
    kPath,
    kWords,    // flags or one of several constants: set
    kIn,       // memory that the kernel reads
    kOut,      // memory that it writes
    kInOut,    // both
    kHandler,  // a sigaction
  };
  Kind kind = kHex;
  std::string_view set;   // of constants (constants.h)
  std::string_view size;  // bytes: a number, "@2" the value of argument 2, "*2" what that points to
  std::string_view layout;  // what the memory holds
};

struct Signature {
  std::string name;
  std::vector<Parameter> parameters;
  std::string_view returns;  // "fd:NAME" makes a descriptor, "pid" a PID; else a number
};

// As the call's other arguments decide it (ioctl, fcntl, prctl). A call that is not in the table
// has a name only, and no parameters.
Signature SignatureOf(const Call& call);
bool IsKnown(long number);

// How many bytes the memory of an argument has. A size that is itself in memory is one of the
// call's blocks.
std::size_t SizeOf(const Parameter& parameter, const Call& call);

// A pointer in memory of that layout: where it is, and how many bytes it points to.
struct Pointer {
  std::size_t offset;
  std::size_t size;
  std::string_view layout;
};
std::vector<Pointer> PointersIn(std::string_view layout, std::string_view bytes);

// A value in memory of that layout that is a PID, a descriptor, or an answer to compare.
struct Member {
  enum Kind {
    kPid,
    kFd,
    kMadeFd,
    kNumber,
    kAddress,
    kWord,  // what the kernel made up, such as a name
    kProc,  // a PID in the text of a link: the offset counts the numbers there
  };
  Kind kind;
  std::size_t offset;
  std::size_t size;
  std::string_view name;
};
std::vector<Member> MembersIn(std::string_view layout, std::string_view bytes);

}  // namespace pidproof::runner::transcript
