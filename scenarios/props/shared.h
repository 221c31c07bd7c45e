// Memory that a body, which has no captures, leaves something in for its trial, which looks once
// the child has ended, or that both look at as they run. What the trial waits for is told by
// report.h.
#pragma once

#include <sys/mman.h>

#include <new>

#include "probes/require.h"

namespace pidproof {

// The one T that this process and the children it makes after the first call see alike.
template <typename T>
T& Shared() {
  static T* const place = [] {
    void* const page =
        mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    Require(page != MAP_FAILED);
    return new (page) T{};
  }();
  return *place;
}

}  // namespace pidproof
