#include "probes/system/pidfd_info.h"

namespace pidproof {

PidfdInfoReply GetInfo(int pidfd, std::uint64_t mask, unsigned size, decltype(sys::Ioctl)* ioctl) {
  PidfdInfoReply told;
  told.info.mask = mask;
  told.error =
      ioctl(pidfd, abi::PidfdGetInfo(size), reinterpret_cast<std::uintptr_t>(&told.info)).error();
  return told;
}

}  // namespace pidproof
