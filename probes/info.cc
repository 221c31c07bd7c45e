#include "probes/info.h"

#include "probes/sys.h"

namespace pidproof {

Told AskInfo(int pidfd, std::uint64_t mask, unsigned size) {
  Told told;
  told.info.mask = mask;
  told.error =
      sys::Ioctl(pidfd, abi::PidfdGetInfo(size), reinterpret_cast<std::uintptr_t>(&told.info))
          .error();
  return told;
}

}  // namespace pidproof
