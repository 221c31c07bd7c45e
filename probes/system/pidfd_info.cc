#include "probes/system/pidfd_info.h"

namespace pidproof {

PidfdInfoReply GetInfo(int pidfd, std::uint64_t mask, unsigned size, decltype(sys::Ioctl)* ioctl) {
  PidfdInfoReply reply;
  reply.info.mask = mask;
  reply.error =
      ioctl(pidfd, abi::PidfdGetInfo(size), reinterpret_cast<std::uintptr_t>(&reply.info)).error();
  return reply;
}

}  // namespace pidproof
