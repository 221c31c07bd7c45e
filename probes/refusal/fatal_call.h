#pragma once

#include <chrono>
#include <functional>
#include <optional>

namespace pidproof {

// Runs the body once more, in a child that is traced, and returns the number of the system call in
// which SIGSYS ended it: a filter that kills leaves no other trace of what it killed for. Nothing
// where the body ends otherwise, or cannot be traced here. A tracer is told of a call before the
// filters are (kernel/entry/common.c syscall_trace_enter; Linux 4.8), and of its number since 5.3
// (ptrace(2) PTRACE_GET_SYSCALL_INFO). What the body forks is not traced.
std::optional<long> FindFatalCall(const std::function<void()>& body,
                                  std::chrono::milliseconds deadline);

}  // namespace pidproof
