#include "probes/system/pidfd_info.h"

#include "probes/system/sys.h"

namespace pidproof {

PidfdInfoReply GetInfo(int pidfd, std::uint64_t mask, unsigned size) {
  PidfdInfoReply told;
  told.info.mask = mask;
  told.error =
      sys::Ioctl(pidfd, abi::PidfdGetInfo(size), reinterpret_cast<std::uintptr_t>(&told.info))
          .error();
  return told;
}

}  // namespace pidproof
