#pragma once

#include <cstdint>

#include "probes/system/abi.h"
#include "probes/system/sys.h"

namespace pidproof {

// What PIDFD_GET_INFO answers to who asks for mask and has room for size bytes: an errno, or what
// is told. Whether a field is told stands in the mask of the answer.
struct PidfdInfoReply {
  int error = 0;
  abi::PidfdInfo info;

  bool Has(std::uint64_t bits) const { return (info.mask & bits) == bits; }
};
// ioctl: sys::Ioctl, or what stands for it.
PidfdInfoReply GetInfo(int pidfd, std::uint64_t mask, unsigned size = abi::kPidfdInfoSize613,
                       decltype(sys::Ioctl)* ioctl = sys::Ioctl);

}  // namespace pidproof
