// What /proc says of a process that is named by its number.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "probes/result.h"

namespace pidproof::proc {

// Makes /proc show this trial's processes under the numbers that it knows them by: where the one
// that is mounted shows another pid namespace, one of our own is laid over it, for this process
// and its children alone. Throws Unsupported where that is not to be had.
void ShowOwn();

// A file of /proc/PID. ENOENT: nobody has the number; ESRCH: nobody any more.
Result<std::string> Read(pid_t pid, std::string_view file);
// The fdinfo of a descriptor of this process. Throws Unsupported when there is no /proc.
std::string Fdinfo(int fd);

// The numbers in the line "key:" of a text. Throws Unsupported when there is no such line.
std::vector<std::int64_t> Numbers(std::string_view text, std::string_view key);

// The number by which /proc, which may show another pid namespace than ours, knows the calling
// process; 0 where there is no /proc, or it does not know it.
pid_t OwnNumber();

// The letter for the state of the process's first thread (proc_pid_stat(5)), by /proc's number of
// it; 0 when there is none to read.
char State(pid_t number);

// When the process was started, in clock ticks since the boot.
Result<std::uint64_t> StartTime(pid_t pid);

}  // namespace pidproof::proc
