#include "scenarios/props/taking.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probes/require.h"
#include "probes/sys.h"
#include "scenarios/props/owner.h"
#include "scenarios/props/proc.h"

namespace pidproof {

namespace {

Result<Fd> TakeByPidfd(const Arena::Stub& from, int number) {
  return sys::PidfdGetfd(from.pidfd.get(), number, 0);
}

Result<Fd> TakeByNumber(const Arena::Stub& from, int number) {
  char path[48];
  *fmt::format_to_n(path, sizeof path - 1, "/proc/{}/fd/{}", from.pid, number).out = '\0';
  Fd opened(open(path, O_RDWR | O_CLOEXEC));
  return opened ? Result<Fd>(std::move(opened)) : Result<Fd>::Errno(errno);
}

constexpr Taking kTaking[] = {
    /* pidfd */ {[] {}, TakeByPidfd},
    /* number */ {proc::ShowOwn, TakeByNumber},
};

}  // namespace

void PutWhereTaken(int fd) {
  if (dup3(fd, kTakenNumber, O_CLOEXEC) == kTakenNumber) return;
  throw Unsupported(fmt::format("RLIMIT_NOFILE leaves no descriptor {} here", kTakenNumber));
}

KnownFile::KnownFile() : fd_(memfd_create("pidproof", MFD_CLOEXEC)) {
  struct stat status;
  Require(fd_ && fstat(fd_.get(), &status) == 0);
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

bool KnownFile::Is(int descriptor) const {
  struct stat status;
  Require(fstat(descriptor, &status) == 0);
  return status.st_dev == device_ && status.st_ino == inode_;
}

const Taking& Taking::By(Path path) { return kTaking[static_cast<std::size_t>(path)]; }

NothingLeft::NothingLeft() : lowest_free_(LowestFree()) {}

bool NothingLeft::Holds() const {
  if (fcntl(lowest_free_, F_GETFD) < 0) return true;
  close(lowest_free_);
  return false;
}

}  // namespace pidproof
