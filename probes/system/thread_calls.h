// The calls that the C library makes for threads, and whose refusal it does not survive.
#pragma once

#include <span>
#include <string>

namespace pidproof {

struct ThreadCall {
  const char* name;
  int (*refusal)();  // the errno with which a filter refuses it, or 0
};
std::span<const ThreadCall> ThreadCalls();

// "a filter refuses futex (EPERM)" where this process must not start threads; else empty.
std::string RefusalOfThreads();

// The errno with which futex is refused, or 0: without it no C++ program starts.
int RefusalOfFutex();

}  // namespace pidproof
