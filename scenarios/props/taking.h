// A descriptor that is taken from another process: by pidfd_getfd(2), or by opening its link in
// /proc, and which file it is.
#pragma once

#include <sys/types.h>

#include "probes/fd.h"
#include "probes/result.h"
#include "scenarios/arena.h"
#include "scenarios/path.h"

namespace pidproof {

// The number of the descriptor that is taken: higher than any that a trial opens for itself, lower
// than any limit (RLIMIT_NOFILE) that the harness can live with.
inline constexpr int kTakenNumber = 31;

// Makes the file that descriptor too. Throws Unsupported where the limit forbids it.
void PutWhereTaken(int fd);

// A file that is known again by its inode.
class KnownFile {
 public:
  KnownFile();
  int fd() const { return fd_.get(); }
  bool Is(int descriptor) const;

 private:
  Fd fd_;
  dev_t device_;
  ino_t inode_;
};

// How one path takes the descriptor with that number from a process. prepare: before the first
// process is made; throws Unsupported.
struct Taking {
  void (*prepare)();
  Result<Fd> (*take)(const Arena::Stub& from, int number);
  static const Taking& By(Path path);
};

// Tells descriptors that a call has left behind. The table must be as it was when this was made.
class NothingLeft {
 public:
  NothingLeft();
  // Whether it is so; what was left is closed.
  bool Holds() const;

 private:
  int lowest_free_;
};

}  // namespace pidproof
