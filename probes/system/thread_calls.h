// The calls that the C library makes for threads, and of which it takes no refusal for an answer.
#pragma once

#include <span>
#include <string>

namespace pidproof {

struct ThreadCall {
  const char* name;
  int (*refusal)();  // the errno with which a filter refuses it, or 0
};
std::span<const ThreadCall> ThreadCalls();

// "a filter refuses futex (EPERM)" where this process had better begin no thread; else empty.
std::string RefusalOfThreads();

// That of futex: without it no program of the C++ library begins.
int RefusalOfFutex();

}  // namespace pidproof
