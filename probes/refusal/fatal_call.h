#pragma once

#include <chrono>
#include <functional>
#include <optional>

namespace pidproof::refusal {

// Runs the body again, in a traced child, and returns the number of the system call in which SIGSYS
// ended it: a filter that kills leaves no other evidence. Nothing where the body ends otherwise, or
// cannot be traced here. A tracer is notified of a call before the filters run
// (kernel/entry/common.c syscall_trace_enter; Linux 4.8), and gets its number since 5.3 (ptrace(2)
// PTRACE_GET_SYSCALL_INFO). Children of the body are not traced.
std::optional<long> FindFatalCall(const std::function<void()>& body,
                                  std::chrono::milliseconds deadline);

}  // namespace pidproof::refusal
