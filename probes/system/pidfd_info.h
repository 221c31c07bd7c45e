#pragma once

#include <cstdint>

#include "probes/system/abi.h"
#include "probes/system/sys.h"

namespace pidproof {

// The reply of PIDFD_GET_INFO to a request with mask and a buffer of size bytes: an errno, or the
// info. The mask of the reply says which fields are set.
struct PidfdInfoReply {
  int error = 0;
  abi::PidfdInfo info;

  bool Has(std::uint64_t bits) const { return (info.mask & bits) == bits; }
};
// ioctl: sys::Ioctl, or a replacement.
PidfdInfoReply GetInfo(int pidfd, std::uint64_t mask, unsigned size = abi::kPidfdInfoSize613,
                       decltype(sys::Ioctl)* ioctl = sys::Ioctl);

}  // namespace pidproof
